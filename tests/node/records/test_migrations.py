"""A store of records of an earlier schema is brought to the newest."""

import sqlite3
from contextlib import closing
from pathlib import Path

import node.records
from node.records.store import RecordStore
from protocol.matching.keys import MATCHING_VERSION
from tests.node.migrating import take_back
from tests.node.small_federation import STORE_KEY, TODAY, child, load, new_store, oprf_key, record

MIGRATIONS = Path(node.records.__file__).parent / "migrations"
OLD_IMPORT = f"""
    INSERT INTO unfinished VALUES (7, X'00', X'00', {MATCHING_VERSION}, 1);
    INSERT INTO evaluated VALUES (7, X'00', X'00');
    INSERT INTO asked_batch VALUES (7, X'00', 1, X'00');
"""  # noqa: S608


def test_records_stay_and_what_an_unfinished_import_had_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(new_store(path)) as store:
        load(store, [record(child(), "KEPT")])
    take_back(path, MIGRATIONS, "0004")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD_IMPORT)
    with closing(RecordStore(path, STORE_KEY)) as store:
        assert [held.case_reference for _, held in store.records(TODAY)] == ["KEPT"]
        again = store.unfinished.begin("main", oprf_key().key_id, MATCHING_VERSION, TODAY)
        assert again.count() == 0
        again.keep([b"a string"], [b"t" * 32])
        assert again.tokens([b"a string"]) == [b"t" * 32]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM unfinished").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM asked_batch").fetchone() == (0,)
