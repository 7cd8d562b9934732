"""Call-back requests, checks and corrections, and what becomes of them, in the post (spec 50
§5.1, §5.2, §5.4)."""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import TypeVar

from protocol import limits
from protocol.directory.document import PurposeEntry
from protocol.encoding import Reader, Writer
from protocol.errors import MalformedError
from protocol.identifiers import ROUND_ID_BYTES, Epoch, MemberId, RoundId
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from protocol.tags import TAG_BYTES

CALL_BACK_ID_BYTES = 16

Choice = TypeVar("Choice", bound=IntEnum)


class Urgency(IntEnum):
    """How soon somebody has to ring: one wire byte."""

    WITHIN_AN_HOUR = 1
    WITHIN_A_DAY = 2
    WITHIN_A_WEEK = 3

    @property
    def within_ms(self) -> int:
        return _WITHIN_MS[self]


HOUR_MS = 3_600_000
_WITHIN_MS = {
    Urgency.WITHIN_AN_HOUR: HOUR_MS,
    Urgency.WITHIN_A_DAY: 24 * HOUR_MS,
    Urgency.WITHIN_A_WEEK: 7 * 24 * HOUR_MS,
}


def check_urgency(purpose: PurposeEntry) -> Urgency:
    """Return how soon a check is done. Where a child may suffer harm, which is where the household
    may be asked for too, within an hour."""
    return Urgency.WITHIN_AN_HOUR if purpose.household else Urgency.WITHIN_A_DAY


def check_id(round_id: RoundId, answerer: MemberId) -> bytes:
    """Return what both sides name a check by, without a word between them."""
    return sha256(b"".join((round_id, answerer.encode()))).digest()[:CALL_BACK_ID_BYTES]


class Step(IntEnum):
    """What was done about a request or a check: one wire byte. From 5 on it is of checks alone."""

    SEEN = 1
    PASSED_ON = 2
    ANSWERED = 3
    CLOSED = 4
    IS_THE_CHILD = 5
    IS_NOT_THE_CHILD = 6
    FIELD_ASKED = 7

    @property
    def is_of_checks(self) -> bool:
        return self >= Step.IS_THE_CHILD

    @property
    def stops_the_clock(self) -> bool:
        return Step.ANSWERED <= self <= Step.IS_NOT_THE_CHILD


@dataclass(frozen=True, slots=True, repr=False)
class CallBackRequest:
    """Somebody asks to be rung about the child of a question, which its round names; or, as a
    correction, says what is wrong in the answer to it."""

    id: bytes
    round_id: RoundId
    urgency: Urgency
    asked_ms: int
    name: str
    telephone: str
    team: str
    reference: str
    message: str

    def post(self, post_type: PostType = PostType.CALL_BACK_REQUEST) -> PostMessage:
        """Return the request as a message of this type; its id is the request's.

        Raises:
            MalformedError: a text is too long or not printable.
        """
        content = (
            Writer()
            .fixed(self.id, CALL_BACK_ID_BYTES)
            .fixed(self.round_id, ROUND_ID_BYTES)
            .integer(self.urgency, 1)
            .integer(self.asked_ms, 8)
            .text(self.name, limits.PERSON_BYTES)
            .text(self.telephone, limits.TELEPHONE_BYTES)
            .text(self.team, limits.TEAM_BYTES)
            .text(self.reference, limits.REFERENCE_BYTES)
            .text(self.message, limits.CALL_BACK_BYTES)
            .done()
        )
        return PostMessage(self.id, post_type, content)

    @classmethod
    def decode(cls, content: bytes) -> "CallBackRequest":
        """Return a request.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "call-back request")
        id, round_id = reader.fixed(CALL_BACK_ID_BYTES), RoundId(reader.fixed(ROUND_ID_BYTES))
        request = cls(
            id,
            round_id,
            urgency=_one_of(Urgency, reader),
            asked_ms=_time_ms(reader),
            name=reader.text(limits.PERSON_BYTES),
            telephone=reader.text(limits.TELEPHONE_BYTES),
            team=reader.text(limits.TEAM_BYTES),
            reference=reader.text(limits.REFERENCE_BYTES),
            message=reader.text(limits.CALL_BACK_BYTES),
        )
        reader.finish()
        return request


@dataclass(frozen=True, slots=True, repr=False)
class CallBackNews:
    """What was done about a request, by whom, and what there is to say of it."""

    id: bytes
    """The request's."""
    step: Step
    at_ms: int
    owner: str
    """Whose it is from now on."""
    note: str

    def post(self) -> PostMessage:
        """Return the news as a message, of one id however often it is made.

        A *no* is one text, whatever its reason: its note is not in it.

        Raises:
            MalformedError: a text is too long or not printable.
        """
        content = (
            Writer()
            .fixed(self.id, CALL_BACK_ID_BYTES)
            .integer(self.step, 1)
            .integer(self.at_ms, 8)
            .text(self.owner, limits.PERSON_BYTES)
            .text("" if self.step is Step.IS_NOT_THE_CHILD else self.note, limits.CALL_BACK_BYTES)
            .done()
        )
        return _named_by_content(PostType.CALL_BACK_NEWS, content)

    @classmethod
    def decode(cls, content: bytes) -> "CallBackNews":
        """Return news.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "call-back news")
        id = reader.fixed(CALL_BACK_ID_BYTES)
        news = cls(
            id,
            step=_one_of(Step, reader),
            at_ms=_time_ms(reader),
            owner=reader.text(limits.PERSON_BYTES),
            note=reader.text(limits.CALL_BACK_BYTES),
        )
        reader.finish()
        if news.step is Step.IS_NOT_THE_CHILD and news.note:
            raise reader.fail("a no with a note")
        return news


@dataclass(frozen=True, slots=True, repr=False)
class CallBackGiven:
    """Somebody else of whoever asked is to be rung."""

    id: bytes
    """The request's, or the check's."""
    at_ms: int
    name: str
    telephone: str
    team: str

    def post(self) -> PostMessage:
        """Return it as a message, of one id however often it is made.

        Raises:
            MalformedError: a text is too long or not printable.
        """
        content = (
            Writer()
            .fixed(self.id, CALL_BACK_ID_BYTES)
            .integer(self.at_ms, 8)
            .text(self.name, limits.PERSON_BYTES)
            .text(self.telephone, limits.TELEPHONE_BYTES)
            .text(self.team, limits.TEAM_BYTES)
            .done()
        )
        return _named_by_content(PostType.CALL_BACK_GIVEN, content)

    @classmethod
    def decode(cls, content: bytes) -> "CallBackGiven":
        """Return whom to ring from now on.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "call-back given")
        given = cls(
            reader.fixed(CALL_BACK_ID_BYTES),
            at_ms=_time_ms(reader),
            name=reader.text(limits.PERSON_BYTES),
            telephone=reader.text(limits.TELEPHONE_BYTES),
            team=reader.text(limits.TEAM_BYTES),
        )
        reader.finish()
        return given


@dataclass(frozen=True, slots=True, repr=False)
class AddedTags:
    """Tags of what else is known of the child of a check, for the records that the check is of."""

    id: bytes
    """The check's."""
    at_ms: int
    epoch: Epoch
    tags: tuple[bytes, ...]

    def post(self) -> PostMessage:
        """Return them as a message, of one id however often it is made.

        Raises:
            MalformedError: none, or more than a question has slots.
        """
        if not 0 < len(self.tags) <= limits.QUESTION_SLOTS:
            raise MalformedError("malformed tags: none, or too many")
        content = (
            Writer()
            .fixed(self.id, CALL_BACK_ID_BYTES)
            .integer(self.at_ms, 8)
            .integer(self.epoch, 4)
            .integer(len(self.tags), 1)
            .raw(b"".join(self.tags))
            .done()
        )
        return _named_by_content(PostType.ADDED_TAGS, content)

    @classmethod
    def decode(cls, content: bytes) -> "AddedTags":
        """Return the tags.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "added tags")
        id, at_ms = reader.fixed(CALL_BACK_ID_BYTES), _time_ms(reader)
        epoch, number = Epoch(reader.integer(4)), reader.integer(1)
        if not 0 < number <= limits.QUESTION_SLOTS:
            raise reader.fail("no tags, or too many")
        tags = tuple(reader.fixed(TAG_BYTES) for _ in range(number))
        reader.finish()
        return cls(id, at_ms, epoch, tags)


def _named_by_content(post_type: PostType, content: bytes) -> PostMessage:
    return PostMessage(sha256(content).digest()[:MESSAGE_ID_BYTES], post_type, content)


def _one_of(kind: type[Choice], reader: Reader) -> Choice:
    try:
        return kind(reader.integer(1))
    except ValueError:
        raise reader.fail(f"unknown {kind.__name__.lower()}") from None


def _time_ms(reader: Reader) -> int:
    time_ms = reader.integer(8)
    if time_ms > limits.LATEST_MS:
        raise reader.fail("later than any date")
    return time_ms
