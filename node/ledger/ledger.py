"""The ledger: what decides that a request is acted upon once, and what remains of it (spec 70).

A row is of one length for its kind, whatever the request matched. Each method is one transaction
with full sync: when it returns, the row is on the disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.dialects.sqlite import insert

from node.database import Database
from node.ledger.questions import QuestionCount
from node.ledger.schema import allowance, asked, received
from protocol.identifiers import MemberId, RoundId
from protocol.sealing.envelope import Kind, SealedRequest

DAY_MS = 86_400_000

PASSING = (Kind.EVALUATION, Kind.IMPORT_EVALUATION, Kind.POST)
"""What leaves no row for good."""


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """What the ledger has of a request: whose reply went out, or none yet."""

    digest: bytes
    reply: bytes | None


@dataclass(frozen=True, slots=True)
class AllowanceKey:
    """What an allowance is counted by."""

    sender: MemberId
    kind: Kind
    oprf_key: bytes
    matching_version: int


@dataclass(frozen=True, slots=True, repr=False)
class AskedHere:
    """A question that a member asked us."""

    row_id: int
    round_id: RoundId
    sender: MemberId
    received_ms: int
    entry: bytes


@dataclass(frozen=True, slots=True, repr=False)
class OpenPost:
    """A stored post cell that nobody has acted upon yet."""

    row_id: int
    round_id: RoundId
    sender: MemberId
    received_ms: int
    entry: bytes


class Ledger:
    """One node's ledger file. Imports never touch it, so that they never delay an answer."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._questions = QuestionCount(self._count_questions)
        self._without_replies_ms = 0
        """Before when no row has a reply any more."""

    def close(self) -> None:
        self._database.close()

    def find(self, round_id: RoundId, sender: MemberId) -> Received | None:
        """Return what was received from this sender in this round."""
        found = self._database.rows(_FIND, round_id, sender)
        return Received(*found[0]) if found else None

    def record(
        self, request: SealedRequest, reply: bytes | None, entry: bytes, now_ms: int
    ) -> Received:
        """Insert the one row of a request, or return the row that was there first."""
        header = request.header
        with self._questions.locked():
            is_first = self._database.write(_INSERT, *_row(request, reply, entry, now_ms)) == 1
            if is_first and header.kind is Kind.LOOKUP:
                self._questions.add(header.sender, now_ms // DAY_MS)
        first = None if is_first else self.find(header.round_id, header.sender)
        return first or Received(request.digest, reply)

    def reserve(
        self,
        request: SealedRequest,
        key: AllowanceKey,
        elements: int,
        most: int,
        entry: bytes,
        now_ms: int,
    ) -> tuple[Received, bool]:
        """Insert a request's row and count its elements, unless that exceeds `most` for the day.

        Returns the row, and whether the elements are counted (True as well when an earlier
        delivery of the same request counted them).
        """
        day = now_ms // DAY_MS
        with self._database.transaction() as connection:
            key_of_row = request.header.round_id, request.header.sender
            found = connection.execute(_FIND, key_of_row).fetchone()
            if found is not None:
                return Received(*found), True
            used = connection.execute(_USED, (*_values(key), day)).fetchone() or (0,)
            if used[0] + elements > most:
                return Received(request.digest, None), False
            connection.execute(_COUNT, (*_values(key), day, elements))
            connection.execute(_INSERT, _row(request, None, entry, now_ms))
            return Received(request.digest, None), True

    def complete(self, request: SealedRequest, reply: bytes) -> bytes:
        """Store the reply of a reserved request; return the one that was stored first."""
        key_of_row = request.header.round_id, request.header.sender
        with self._database.transaction() as connection:
            connection.execute(_COMPLETE, (reply, *key_of_row))
            stored: bytes | None = connection.execute(_REPLY, key_of_row).fetchone()[0]
            return stored or reply

    def questions_today(self, sender: MemberId, now_ms: int) -> int:
        """Return how many lookups this member has begun since midnight UTC."""
        return self._questions.of(sender, now_ms // DAY_MS)

    def _count_questions(self, day: int) -> dict[MemberId, int]:
        """Return how many lookups each member began on a day since 1970, UTC."""
        statement = (
            select(received.c.sender, func.count().label("number"))
            .where(
                received.c.kind == int(Kind.LOOKUP),
                received.c.received_ms >= day * DAY_MS,
                received.c.received_ms < (day + 1) * DAY_MS,
            )
            .group_by(received.c.sender)
        )
        with self._database.reading() as connection:
            return {MemberId(row.sender): row.number for row in connection.execute(statement)}

    def post_since(self, sender: MemberId, since_ms: int) -> int:
        """Return how many post cells of a member were stored since this Unix time."""
        statement = select(func.count()).where(
            received.c.kind == int(Kind.POST),
            received.c.sender == sender,
            received.c.received_ms > since_ms,
        )
        with self._database.reading() as connection:
            return connection.execute(statement).scalar_one()

    def elements_by_day(self, key: AllowanceKey) -> dict[int, int]:
        """Return the elements counted for a key, by day since 1970."""
        return dict(self._database.rows(_BY_DAY, *_values(key)))

    def elements_counted(self) -> dict[Kind, int]:
        """Return the elements counted in all, by kind."""
        statement = select(allowance.c.kind, func.sum(allowance.c.elements)).group_by(
            allowance.c.kind
        )
        with self._database.reading() as connection:
            return {Kind(kind): total for kind, total in connection.execute(statement)}

    def requests_received(self) -> dict[Kind, int]:
        """Return the number of rows, by kind."""
        statement = select(received.c.kind, func.count()).group_by(received.c.kind)
        with self._database.reading() as connection:
            return {Kind(kind): total for kind, total in connection.execute(statement)}

    def record_asked(self, round_id: RoundId, entry: bytes, now_ms: int) -> None:
        """Insert the row of a question of ours, before it goes out."""
        with self._database.writing() as connection:
            connection.execute(insert(asked).values(round=round_id, asked_ms=now_ms, entry=entry))

    def asked_since(self, since_ms: int) -> Iterator[tuple[RoundId, int, bytes]]:
        """Give round, Unix time and sealed entry of each question of ours, the latest first."""
        with self._database.reading() as connection:
            statement = select(asked.c.round, asked.c.asked_ms, asked.c.entry)
            of_then = statement.where(asked.c.asked_ms >= since_ms)
            for row in connection.execute(of_then.order_by(asked.c.asked_ms.desc())):
                yield RoundId(row.round), row.asked_ms, row.entry

    def questions_asked(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(asked)).scalar_one()

    def entries(self, kind: Kind) -> Iterator[tuple[RoundId, bytes]]:
        """Give the round and the sealed entry of each row of a kind, oldest first."""
        statement = select(received.c.round, received.c.entry).where(received.c.kind == int(kind))
        with self._database.reading() as connection:
            for row in connection.execute(statement.order_by(received.c.id)):
                yield RoundId(row.round), row.entry

    def question(self, round_id: RoundId, sender: MemberId) -> bytes | None:
        """Return the sealed entry of a question that a member asked in this round."""
        found = self._database.rows(_QUESTION, round_id, sender, int(Kind.LOOKUP))
        return found[0][0] if found else None

    def questions_after(self, row_id: int, most: int) -> list[AskedHere]:
        """Return the oldest questions that we were asked behind a row."""
        rows = self._database.rows(_QUESTIONS_AFTER, int(Kind.LOOKUP), row_id, most)
        return [
            AskedHere(id, RoundId(round_id), MemberId(sender), received_ms, entry)
            for id, round_id, sender, received_ms, entry in rows
        ]

    def is_round_of(self, row_id: int, round_id: RoundId) -> bool:
        """Return whether a row is there and of this round."""
        return self._database.rows(_ROUND_OF, row_id) == [(round_id,)]

    def open_post(self, after_row_id: int, most: int) -> list[OpenPost]:
        """Return the oldest post cells behind a row that nobody has acted upon."""
        statement = (
            select(
                received.c.id,
                received.c.round,
                received.c.sender,
                received.c.received_ms,
                received.c.entry,
            )
            .where(
                received.c.kind == int(Kind.POST),
                received.c.open == 1,
                received.c.id > after_row_id,
            )
            .order_by(received.c.id)
            .limit(most)
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            OpenPost(row.id, RoundId(row.round), MemberId(row.sender), row.received_ms, row.entry)
            for row in rows
        ]

    def close_post(self, row_ids: list[int]) -> None:
        """Mark post cells as acted upon."""
        with self._database.writing() as connection:
            connection.execute(update(received).where(received.c.id.in_(row_ids)).values(open=0))

    def forget(self, before_ms: int) -> None:
        """Drop the replies of old requests, and whole rows of old evaluations and of post that has
        been acted upon.

        Rows of lookups only become more: those that have grown old since the last time are looked
        through, and before the write begins that every question waits for.
        """
        begin_ms, lookup = self._without_replies_ms, int(Kind.LOOKUP)
        replied = self._database.rows(_REPLIED, lookup, begin_ms, before_ms)
        with self._database.transaction() as connection:
            connection.execute(_FORGET, (before_ms,))
            connection.executemany(_DROP_REPLY, replied)
        # Also where that is less: a clock that was ahead and is put right begins there again.
        self._without_replies_ms = before_ms


# What every question runs: see `Database.rows`.

_FIND = "SELECT digest, reply FROM received WHERE round = ? AND sender = ?"

_QUESTION = "SELECT entry FROM received WHERE round = ? AND sender = ? AND kind = ?"

_ROUND_OF = "SELECT round FROM received WHERE id = ?"

# The plus keeps SQLite from the index of kinds, by which it would sort all lookups there are.
_QUESTIONS_AFTER = """
    SELECT id, round, sender, received_ms, entry FROM received
    WHERE +kind = ? AND id > ? ORDER BY id LIMIT ?
"""

_FORGET = f"""
    DELETE FROM received WHERE kind IN ({", ".join(str(int(kind)) for kind in PASSING)})
    AND received_ms < ? AND open = 0
"""  # noqa: S608

_REPLIED = """
    SELECT id FROM received
    WHERE kind = ? AND received_ms >= ? AND received_ms < ? AND reply IS NOT NULL
"""
_DROP_REPLY = "UPDATE received SET reply = NULL WHERE id = ?"

_INSERT = """
    INSERT INTO received (round, sender, kind, received_ms, digest, reply, entry, open)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

_REPLY = "SELECT reply FROM received WHERE round = ? AND sender = ?"
_COMPLETE = "UPDATE received SET reply = ? WHERE round = ? AND sender = ? AND reply IS NULL"

_ALLOWANCE = "sender = ? AND kind = ? AND oprf_key = ? AND matching_version = ?"
_BY_DAY = f"SELECT day, elements FROM allowance WHERE {_ALLOWANCE}"  # noqa: S608
_USED = f"SELECT elements FROM allowance WHERE {_ALLOWANCE} AND day = ?"  # noqa: S608
_COUNT = """
    INSERT INTO allowance (sender, kind, oprf_key, matching_version, day, elements)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET elements = elements + excluded.elements
"""


def _row(
    request: SealedRequest, reply: bytes | None, entry: bytes, now_ms: int
) -> tuple[bytes | str | int | None, ...]:
    """Return the values of `_INSERT`."""
    header = request.header
    return (
        header.round_id,
        header.sender,
        int(header.kind),
        now_ms,
        request.digest,
        reply,
        entry,
        int(header.kind is Kind.POST),
    )


def _values(key: AllowanceKey) -> tuple[str | int | bytes, ...]:
    """Return the values of `_ALLOWANCE`."""
    return key.sender, int(key.kind), key.oprf_key, key.matching_version
