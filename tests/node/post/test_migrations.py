"""A store of call-backs that an earlier version made is read by this one."""

from contextlib import closing
from pathlib import Path

import node.post
from node.post.callback_store import (
    _AWAITED,
    _OPEN,
    CallBack,
    CallBackKind,
    CallBackStore,
    open_post_database,
)
from protocol.identifiers import MemberId, RoundId
from protocol.messages.callback import CallBackRequest, Urgency
from tests.node.migrating import take_back
from tests.node.small_federation import STORE_KEY

MIGRATIONS = Path(node.post.__path__[0]) / "migrations"
REQUEST = CallBackRequest(
    b"i" * 16, RoundId(bytes(16)), Urgency.WITHIN_A_DAY, 1, "Pat", "1", "MASH", "", ""
)


def test_what_was_asked_before_there_was_news_has_none(tmp_path: Path) -> None:
    path = tmp_path / "post.db"
    made = CallBack(REQUEST, True, MemberId("E09000002"), "pat", (), (), CallBackKind.REQUEST)
    with closing(open_post_database(path)) as database:
        CallBackStore(database, STORE_KEY).keep(made)
    take_back(path, MIGRATIONS, "0003")
    with closing(open_post_database(path)) as database:
        store = CallBackStore(database, STORE_KEY)
        assert store.find(REQUEST.id, ours=True) == made
        assert store.awaited(0) == [made]


def test_no_page_reads_all_of_a_year(tmp_path: Path) -> None:
    with closing(open_post_database(tmp_path / "post.db")) as database:
        for statement, values, indexes in (
            (
                _AWAITED,
                (3, 0),
                ["call_back_step (ours=? AND step<?)", "call_back_new (ours=? AND is_new=?)"],
            ),
            (_OPEN, (3,), ["call_back_step (ours=? AND step<?)"]),
        ):
            plan = "\n".join(
                row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {statement}", *values)
            )
            assert "SCAN" not in plan
            assert all(index in plan for index in indexes), plan
