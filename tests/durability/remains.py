"""What a killed process left in a node's folder: read from a copy, so that the restart meets it."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.folder import Folder
from node.keys import load_keys
from node.ledger.entries import EvaluatedEntry, open_answered
from node.records.store import RecordStore
from protocol import labels
from protocol.identifiers import RoundId
from protocol.messages.evaluation import batch_size
from protocol.messages.post import PostMessage
from protocol.sealing.envelope import Kind
from tests.durability.asking import US, Exchange
from tests.node.small_federation import STORE_KEY, TODAY

EVALUATIONS = (Kind.EVALUATION, Kind.IMPORT_EVALUATION)


@dataclass(frozen=True, slots=True)
class Row:
    """One request as the ledger has it."""

    round_id: bytes
    sender: str
    kind: Kind
    digest: bytes
    reply: bytes | None
    entry: bytes


class Remains:
    """A copy of a node's folder after a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = Folder(folder)

    def assert_whole(self) -> None:
        """Every file that there is can be used: none is half one thing and half another."""
        for database in self.folder.path.glob("*.db"):
            if database.exists():
                with _opened(database) as connection:
                    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        keys = load_keys(self.folder.keys, STORE_KEY)
        assert keys.signing_public_text == US.keys.signing_public_text
        self.folder.shares(STORE_KEY).load()
        self.folder.ceremony(STORE_KEY).load()

    def rows(self) -> list[Row]:
        """Return what the ledger has; nothing, before its schema is there."""
        rows = self._select("received", "round, sender, kind, digest, reply, entry")
        return [Row(row[0], row[1], Kind(row[2]), *row[3:]) for row in rows]

    def questions_asked(self) -> int:
        """Return how many questions of our own the ledger has."""
        return len(self._select("asked", "round"))

    def elements(self) -> Counter[tuple[str, Kind]]:
        """Return the elements counted, by sender and kind."""
        counted: Counter[tuple[str, Kind]] = Counter()
        for sender, kind, elements in self._select("allowance", "sender, kind, elements"):
            counted[sender, Kind(kind)] += elements
        return counted

    def _select(self, table: str, columns: str) -> list[Any]:
        with _opened(self.folder.ledger) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            if (table,) not in tables:
                return []
            return connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608

    def case_references(self) -> set[str]:
        """Return those of every record held; each opens."""
        store = RecordStore(self.folder.records, STORE_KEY)
        with closing(store):
            return {record.case_reference for _, record in store.records(TODAY)}

    def assert_nothing_said_is_lost(self, exchanges: Iterable[Exchange]) -> None:
        """One row for each request that was answered, and counts between answered and sent."""
        exchanges = list(exchanges)
        rows = {(row.round_id, row.sender): row for row in self.rows()}
        assert len(rows) == len(self.rows()), "two rows for one request"
        for answered in (each for each in exchanges if each.reply is not None):
            row = rows[answered.key]
            assert (row.digest, row.reply) == (answered.sent.digest, answered.reply)
        sent = {each.key: each for each in exchanges}
        for row in rows.values():
            _assert_opens(row)
            if (row.round_id, row.sender) in sent:
                assert row.digest == sent[row.round_id, row.sender].sent.digest
            else:  # other nodes, this one and its import are at work too
                assert row.kind is Kind.POST or row.sender == US.id
        self._assert_counted(rows.values())

    def _assert_counted(self, rows: Iterable[Row]) -> None:
        """A row and its count are one: no less is counted than answered, and no more than sent."""
        counted: Counter[tuple[str, Kind]] = Counter()
        for row in rows:
            if row.kind in EVALUATIONS:
                counted[row.sender, row.kind] += batch_size(row.kind)
        assert self.elements() == counted


def questions_got(folders: Iterable[Path]) -> int:
    """Return how many questions of ours the nodes in these folders have answered."""
    return sum(
        row.kind is Kind.LOOKUP and row.sender == US.id
        for folder in folders
        for row in Remains(folder).rows()
    )


def _assert_opens(row: Row) -> None:
    round_id = RoundId(row.round_id)
    if row.kind is Kind.LOOKUP:
        open_answered(STORE_KEY, row.entry, round_id)
        return
    content = STORE_KEY.open(labels.STORE_ROW, row.entry, round_id)
    if row.kind is Kind.POST:
        PostMessage.decode(content)
    else:
        EvaluatedEntry.model_validate_json(content)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection
