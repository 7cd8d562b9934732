"""Call-back requests and what is like them on the disk: who, what and what was done sealed, the
clock in the clear."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from node.database import Database
from node.store_key import StoreKey
from protocol import labels
from protocol.encoding import decode_base64url, encode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import CallBackRequest, Step, Urgency


class CallBackKind(StrEnum):
    """What somebody has to do about a question that was answered."""

    REQUEST = "request"
    """Ring whoever asked it."""
    CHECK = "check"
    """Look whether the child is known: nobody asks for that, the answer was *being checked*."""
    CORRECTION = "correction"
    """Look whether the answer was wrong, as whoever asked says."""


class DoneStep(BaseModel):
    """One thing that was done about a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Step
    at_ms: int
    owner: str
    note: str


IsShielded = Callable[[str], bool]
"""Whether a case of ours is of a child that is shielded now, by its reference."""


@dataclass(frozen=True, slots=True, repr=False)
class CallBack:
    """A request, on either side."""

    request: CallBackRequest
    ours: bool
    member: MemberId
    """The other council: who is asked to ring, or who asks for it."""
    username: str
    """Who of us asked; "" where it is another council's."""
    case_references: tuple[str, ...]
    """Our own, of the case that it is about; none where it is ours, or nothing matched."""
    steps: tuple[DoneStep, ...]
    kind: CallBackKind = CallBackKind.REQUEST
    given_ms: int = 0
    """When it was given to whom the request names, 0 where that is who asked."""
    added_ms: int = 0
    """When whoever asked has said more of the child of a check, 0 where they have not."""
    added_after: int = 0
    """How many steps there were by then."""
    added_fits: tuple[tuple[str, KeyId], ...] = ()
    """The references of our cases that this fits, each with the strongest key on which it does, the
    strongest of all first."""
    protected_location: bool = False
    """Whether whoever asked the question says that where the child lives is protected: of what is
    another council's alone."""
    is_new: bool = False
    """Whether something was done about one of ours that whoever waits for it has not looked at."""

    @property
    def is_check(self) -> bool:
        return self.kind is CallBackKind.CHECK

    @property
    def due_ms(self) -> int:
        return self.request.asked_ms + self.request.urgency.within_ms

    @property
    def last(self) -> DoneStep | None:
        return self.steps[-1] if self.steps else None

    @property
    def last_done(self) -> DoneStep | None:
        """The last step but *seen*, which says who has it: after that somebody has rung, it does
        not say that they must ring again."""
        done = (step for step in reversed(self.steps) if step.step is not Step.SEEN)
        return next(done, None)

    @property
    def stopped_ms(self) -> int | None:
        """When somebody had rung, or looked; None while nobody has."""
        stops = (step.at_ms for step in self.steps if step.step.stops_the_clock)
        return next(stops, None)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to ring."""
        return self.last_done is None or not self.last_done.step.stops_the_clock

    @property
    def is_to_see(self) -> bool:
        """Whether somebody still has to ring, or to look at what was done."""
        return self.is_open or self.is_new

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will be done about it."""
        return self.last is not None and self.last.step is Step.CLOSED

    @property
    def decision(self) -> DoneStep | None:
        """The last that somebody has said of whether it is the child, None where nobody has."""
        decided = (done for done in reversed(self.steps) if done.step in _DECIDING)
        return next(decided, None)

    @property
    def is_the_child(self) -> bool:
        """Whether somebody has found that it is the child, and nobody has taken that back."""
        return self.decision is not None and self.decision.step is Step.IS_THE_CHILD

    @property
    def wants_a_field(self) -> bool:
        """Whether a council that checks has asked for one more field, and has not decided."""
        return self.decision is None and any(done.step is Step.FIELD_ASKED for done in self.steps)

    @property
    def has_news(self) -> bool:
        """Whether more was said of the child since something was done here."""
        return self.added_ms > 0 and self.added_after == len(self.steps) and not self.ours

    def is_overdue(self, now_ms: int) -> bool:
        return self.is_open and now_ms > self.due_ms


_DECIDING = frozenset({Step.IS_THE_CHILD, Step.IS_NOT_THE_CHILD})


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    round_id: str
    urgency: Urgency
    name: str
    telephone: str
    team: str
    reference: str
    message: str
    username: str
    case_references: tuple[str, ...]
    steps: tuple[DoneStep, ...]
    kind: CallBackKind = CallBackKind.REQUEST
    given_ms: int = 0
    added_ms: int = 0
    added_after: int = 0
    added_fits: tuple[tuple[str, KeyId], ...] = ()
    protected_location: bool = False
    is_new: bool = False


class CallBackStore:
    """All requests of one node."""

    def __init__(self, database: Database, key: StoreKey) -> None:
        self._database = database
        self._key = key

    def changing(self) -> AbstractContextManager[object]:
        """Give a transaction of this thread, of which what is read and kept in it is a part.

        Raises:
            StoreError: the disk is full; nothing is kept.
        """
        return self._database.transaction()

    def keep(self, made: CallBack) -> None:
        """Store a request in the place of what it was before."""
        request, last = made.request, made.last
        place = _place(request.id, made.ours)
        changed_ms = last.at_ms if last else request.asked_ms
        self._database.write(
            _KEEP,
            request.id,
            int(made.ours),
            made.member,
            request.asked_ms,
            made.due_ms,
            _column(made.last_done),
            changed_ms,
            int(made.is_new),
            self._key.seal(labels.STORE_POST, _content(made), place),
        )

    def find(self, id: bytes, *, ours: bool) -> CallBack | None:
        rows = self._database.rows(_FIND, id, int(ours))
        return self._open(*rows[0]) if rows else None

    def since(self, since_ms: int, *, ours: bool) -> Sequence[CallBack]:
        """Return ours, or those of others, that are open or have changed since: what is open first,
        by when it is due, then what was done last."""
        rows = self._database.rows(_SINCE, int(ours), int(Step.ANSWERED), since_ms)
        found = [self._open(*row) for row in rows]
        still_open = sorted((each for each in found if each.is_open), key=lambda each: each.due_ms)
        return [*still_open, *(each for each in found if not each.is_open)]

    def open_with(self, member: MemberId) -> Sequence[CallBack]:
        """Return those of ours that are open with a council."""
        rows = self._database.rows(_OPEN_WITH, member, int(Step.ANSWERED))
        return [self._open(*row) for row in rows]

    def open_of_others(self) -> Sequence[CallBack]:
        """Return those of others that are open."""
        return [
            self._open(*row) for row in self._database.rows(_OPEN_OF_OTHERS, int(Step.ANSWERED))
        ]

    def open_of_ours(self) -> Sequence[CallBack]:
        """Return those of ours that nobody has rung about."""
        return [self._open(*row) for row in self._database.rows(_OPEN_OF_OURS, int(Step.ANSWERED))]

    def awaited(self, since_ms: int) -> Sequence[CallBack]:
        """Return those of ours that nobody has rung about, or that have news since."""
        rows = self._database.rows(_AWAITED, int(Step.ANSWERED), since_ms)
        return [self._open(*row) for row in rows]

    def open_number(self) -> int:
        """Return how many of others somebody here still has to ring."""
        number: int = self._database.rows(_OPEN, int(Step.ANSWERED))[0][0]
        return number

    def forget(self, before_ms: int, now_ms: int) -> None:
        """Remove requests that nothing was done about since. Another council may say that it has
        done something in a year to come: then what counts is when it was asked."""
        self._database.write(_FORGET, before_ms, now_ms, before_ms)

    def _open(self, id: bytes, ours: int, member: str, asked_ms: int, sealed: bytes) -> CallBack:
        opened = self._key.open(labels.STORE_POST, sealed, _place(id, bool(ours)))
        content = _Sealed.model_validate_json(opened)
        request = CallBackRequest(
            id,
            RoundId(decode_base64url(content.round_id)),
            content.urgency,
            asked_ms,
            content.name,
            content.telephone,
            content.team,
            content.reference,
            content.message,
        )
        return CallBack(
            request,
            bool(ours),
            MemberId(member),
            content.username,
            content.case_references,
            content.steps,
            content.kind,
            content.given_ms,
            content.added_ms,
            content.added_after,
            content.added_fits,
            content.protected_location,
            content.is_new,
        )


def open_post_database(path: Path) -> Database:
    """Open the file of call-back requests and of post that waits."""
    return Database(path, Path(__file__).parent / "migrations")


def _content(made: CallBack) -> bytes:
    request = made.request
    content = _Sealed(
        round_id=encode_base64url(request.round_id),
        urgency=request.urgency,
        name=request.name,
        telephone=request.telephone,
        team=request.team,
        reference=request.reference,
        message=request.message,
        username=made.username,
        case_references=made.case_references,
        steps=made.steps,
        kind=made.kind,
        given_ms=made.given_ms,
        added_ms=made.added_ms,
        added_after=made.added_after,
        added_fits=made.added_fits,
        protected_location=made.protected_location,
        is_new=made.is_new,
    )
    return content.model_dump_json().encode()


def _column(done: DoneStep | None) -> int:
    """Return what stands in the clear of what was done: below *answered*, somebody has to look."""
    if done is None:
        return 0
    return int(Step.SEEN if done.step is Step.FIELD_ASKED else done.step)


def _place(id: bytes, ours: bool) -> bytes:
    return id + bytes([ours])


_COLUMNS = "id, ours, member, asked_ms, sealed"
_FIND = f"SELECT {_COLUMNS} FROM call_back WHERE id = ? AND ours = ?"  # noqa: S608
_SINCE = f"""
    SELECT {_COLUMNS} FROM call_back WHERE ours = ? AND (step < ? OR changed_ms >= ?)
    ORDER BY changed_ms DESC
"""  # noqa: S608
_OPEN_WITH = f"SELECT {_COLUMNS} FROM call_back WHERE ours = 1 AND member = ? AND step < ?"  # noqa: S608
_OPEN_OF_OTHERS = f"SELECT {_COLUMNS} FROM call_back WHERE ours = 0 AND step < ?"  # noqa: S608
_OPEN_OF_OURS = f"SELECT {_COLUMNS} FROM call_back WHERE ours = 1 AND step < ?"  # noqa: S608
# The plus has SQLite look the second half up by `is_new`: by `step` it would read all that is done.
_AWAITED = f"""
    SELECT {_COLUMNS} FROM call_back WHERE ours = 1 AND step < ?1
    UNION ALL
    SELECT {_COLUMNS} FROM call_back
    WHERE ours = 1 AND +step >= ?1 AND is_new = 1 AND changed_ms >= ?2
"""  # noqa: S608
_OPEN = "SELECT count(*) FROM call_back WHERE ours = 0 AND step < ?"
_KEEP = """
    INSERT OR REPLACE INTO call_back
        (id, ours, member, asked_ms, due_ms, step, changed_ms, is_new, sealed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FORGET = "DELETE FROM call_back WHERE changed_ms < ? OR (changed_ms > ? AND asked_ms < ?)"
