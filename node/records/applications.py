"""Applications for a child to be shielded: who asks and why, what was decided, the appeal."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pydantic import BaseModel, ConfigDict

from node.database import Database
from node.errors import ShieldError
from node.records.shield import name_key
from node.store_key import StoreKey
from protocol import labels

ApplicationId = NewType("ApplicationId", bytes)
APPLICATION_ID_BYTES = 8

MOST_WAITING = 500
"""Anybody may send one: what comes beyond these would never be read."""

ANY_NUMBER = 1_000_000_000
"""Of those that officers note themselves."""

KEPT_MS = 365 * 86_400_000
"""From the last decision on."""


class Applicant(StrEnum):
    """Who asks for a child to be shielded."""

    YOUNG_PERSON = "young_person"
    PARENT = "parent"
    CARER = "carer"
    PROFESSIONAL = "professional"


class Stage(StrEnum):
    """How far an application has come."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    APPEALED = "appealed"
    FINALLY_REFUSED = "finally_refused"


WAITING = frozenset({Stage.WAITING, Stage.APPEALED})
"""In which an officer has to decide."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(_Said):
    """What an officer has decided."""

    by: str
    decided_ms: int
    verified: str
    """How it was made sure who asks, and what they are to the child."""
    reason: str
    shield: str = ""
    """The id of the child's shield, in hexadecimal; "" if it is refused."""


class Application(_Said):
    """What somebody asks, as they have said it."""

    applicant: Applicant
    name: str
    reached_at: str
    """Where and when they can be reached without danger."""
    child: str
    reason: str
    received_ms: int
    decision: Decision | None = None
    appeal: str = ""
    """Why the decision is said to be wrong; "" if nobody has said so."""
    second_decision: Decision | None = None
    """Of another officer, on the appeal."""

    @property
    def decisions(self) -> Sequence[Decision]:
        """The first, and that on the appeal, as far as they are made."""
        return [each for each in (self.decision, self.second_decision) if each is not None]

    @property
    def stage(self) -> Stage:
        if any(each.shield for each in self.decisions):
            return Stage.GRANTED
        if self.second_decision is not None:
            return Stage.FINALLY_REFUSED
        if self.decision is None:
            return Stage.WAITING
        return Stage.APPEALED if self.appeal else Stage.REFUSED

    def decided(self, decision: Decision) -> "Application":
        """Return it with what an officer has decided.

        Raises:
            ShieldError: nothing is to be decided, or the same officer would decide on an appeal.
        """
        self.check_may_decide(decision.by)
        if self.stage is Stage.WAITING:
            return self.model_copy(update={"decision": decision})
        return self.model_copy(update={"second_decision": decision})

    def check_may_decide(self, officer: str) -> None:
        """Check that something is to be decided, and by this officer.

        Raises:
            ShieldError: it is not.
        """
        if self.stage not in WAITING:
            raise ShieldError("it is decided already")
        if self.decision is not None and name_key(self.decision.by) == name_key(officer):
            raise ShieldError("another officer decides on an appeal: this one has decided before")

    def appealed(self, why: str) -> "Application":
        """Return it with an appeal against a refusal.

        Raises:
            ShieldError: it was not refused, or was appealed before.
        """
        if self.stage is not Stage.REFUSED:
            raise ShieldError("only a refusal can be appealed, and once")
        return self.model_copy(update={"appeal": why})


@dataclass(frozen=True, slots=True, repr=False)
class Applied:
    """An application, and what names it."""

    id: ApplicationId
    application: Application


class Applications:
    """All applications of a node, beside its shields."""

    def __init__(self, database: Database, key: StoreKey) -> None:
        self._database = database
        self._key = key

    def add(self, application: Application, most: int = MOST_WAITING) -> ApplicationId:
        """Keep what somebody asks.

        Raises:
            ShieldError: `most` wait already, so that nobody would read it.
        """
        id = ApplicationId(os.urandom(APPLICATION_ID_BYTES))
        values = (id, application.received_ms, self._seal(id, application), most)
        if not self._database.write(_ADD, *values):
            raise ShieldError("too many requests wait here")
        return id

    def all(self) -> Sequence[Applied]:
        """Return every application, the oldest first."""
        rows = self._database.rows("SELECT id, sealed FROM application")
        found = [Applied(ApplicationId(id), self._open(id, sealed)) for id, sealed in rows]
        return sorted(found, key=lambda each: each.application.received_ms)

    def find(self, id: ApplicationId) -> Application | None:
        found = self._database.rows(_FIND, id)
        return self._open(id, found[0][0]) if found else None

    def waiting_number(self) -> int:
        found: int = self._database.rows("SELECT count(*) FROM application WHERE waits = 1")[0][0]
        return found

    def change(
        self, id: ApplicationId, change: Callable[[Application], Application], now_ms: int
    ) -> None:
        """Keep what has become of an application.

        Raises:
            ShieldError: there is none, or the change is refused. Then it stays as it is.
        """
        with self._database.transaction() as connection:
            row = connection.execute(_FIND, (id,)).fetchone()
            if row is None:
                raise ShieldError("there is no such request")
            changed = change(self._open(id, row[0]))
            waits = int(changed.stage in WAITING)
            connection.execute(_CHANGE, (waits, now_ms, self._seal(id, changed), id))

    def forget_old(self, now_ms: int) -> None:
        """Remove what was decided a year ago."""
        self._database.write(_FORGET, now_ms - KEPT_MS)

    def _seal(self, id: ApplicationId, application: Application) -> bytes:
        content = application.model_dump_json().encode()
        return self._key.seal(labels.STORE_APPLICATION, content, id)

    def _open(self, id: bytes, sealed: bytes) -> Application:
        return Application.model_validate_json(self._key.open(labels.STORE_APPLICATION, sealed, id))


_ADD = """
    INSERT INTO application (id, waits, changed_ms, sealed) SELECT ?, 1, ?, ?
    WHERE (SELECT count(*) FROM application WHERE waits = 1) < ?
"""
_FIND = "SELECT sealed FROM application WHERE id = ?"
_CHANGE = "UPDATE application SET waits = ?, changed_ms = ?, sealed = ? WHERE id = ?"
_FORGET = "DELETE FROM application WHERE waits = 0 AND changed_ms < ?"
