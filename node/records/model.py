"""A record: one involvement of one child, as tokens, and how it is written into its blob."""

from dataclasses import dataclass
from datetime import date, timedelta

from node.records.tokens import KEYED_TOKEN_BYTES, Tokens
from protocol import limits
from protocol.encoding import Reader, Writer
from protocol.messages.involvement import Involvement
from protocol.messages.vocabulary import InvolvementKind

CASE_REFERENCE_BYTES = 64
PAD_BYTES = 1024
"""Blobs are padded to multiples of this: their length says little of how many names are known."""

CLOSED_FOR = timedelta(days=365)
"""How long a closed case is answered after its closing."""

AGE_LIMIT_YEARS = 18
LATER_AGE_LIMIT_YEARS = 25
_LATER = frozenset({InvolvementKind.CARE_LEAVER, InvolvementKind.EHC_PLAN})
"""Whose involvements are answered until 25: care leavers and special needs."""


def expiry(involvement: Involvement, date_of_birth: date | None) -> date:
    """Return the first day on which an involvement is no longer answered.

    The earlier of 12 months after closing and the age limit. Day and month may have been entered
    the wrong way round: the later reading counts, or a child of 17 would become *not known*.
    Without a date of birth the limit counts from the last update.
    """
    years = LATER_AGE_LIMIT_YEARS if involvement.kind in _LATER else AGE_LIMIT_YEARS
    begin = _latest_reading(date_of_birth) if date_of_birth else involvement.updated_on
    # A birthday on 29 February falls on 1 March in other years.
    limit = date(begin.year + years, begin.month, 1) + timedelta(days=begin.day - 1)
    if involvement.closed_on is None:
        return limit
    return min(limit, involvement.closed_on + CLOSED_FOR)


def _latest_reading(day: date) -> date:
    """Return the later of a date and the date with day and month swapped, if that is one."""
    return max(day, date(day.year, day.day, day.month)) if day.day <= 12 else day


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What a node holds of one involvement. The child itself is not in it, only tokens."""

    case_reference: str
    tokens: Tokens
    involvement: Involvement

    def encode(self) -> bytes:
        """Return the blob's plaintext: a multiple of 1,024 bytes."""
        writer = (
            Writer()
            .text(self.case_reference, CASE_REFERENCE_BYTES)
            .raw(self.involvement.encode())
            .integer(len(self.tokens), 1)
            .raw(self.tokens.content)
        )
        return writer.padded(-(-len(writer.done()) // PAD_BYTES) * PAD_BYTES)

    @classmethod
    def decode(cls, content: bytes) -> "Record":
        """Return a record.

        Raises:
            MalformedError: not of this form.
        """
        stored = StoredRecord.decode(content)
        involvement = Involvement.decode(stored.involvement)
        return cls(stored.case_reference, stored.tokens, involvement)

    @staticmethod
    def decode_tokens(content: bytes) -> Tokens:
        """Return a record's tokens alone: a table of tags needs no more of hundreds of thousands.

        Raises:
            MalformedError: the rest is not of a record's form; what is before it is not looked at.
        """
        reader = Reader(content, "record")
        reader.prefixed(CASE_REFERENCE_BYTES)
        reader.fixed(limits.INVOLVEMENT_BYTES)
        return _last_tokens(reader)


@dataclass(frozen=True, slots=True, repr=False)
class StoredRecord:
    """A record as a question needs it: the involvement stays as it is written, 496 bytes, for so
    it goes into the answer."""

    case_reference: str
    tokens: Tokens
    involvement: bytes
    source_key: bytes = b""

    @classmethod
    def decode(cls, content: bytes, source_key: bytes = b"") -> "StoredRecord":
        """Return a record; its involvement is not looked at.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "record")
        case_reference = reader.text(CASE_REFERENCE_BYTES)
        involvement = reader.fixed(limits.INVOLVEMENT_BYTES)
        return cls(case_reference, _last_tokens(reader), involvement, source_key)


def _last_tokens(reader: Reader) -> Tokens:
    number = reader.integer(1)
    if number > limits.RECORD_KEYS:
        raise reader.fail("too many tokens")
    tokens = Tokens(reader.fixed(number * KEYED_TOKEN_BYTES))
    if not tokens.are_of_known_keys():
        raise reader.fail("unknown key id")
    reader.finish_padding()
    return tokens
