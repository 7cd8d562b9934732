"""What a ledger row says, sealed, always of one length (spec 70 §3).

Never a child's identity: who, role, purpose, case reference, what was disclosed, outcome.
"""

from pydantic import BaseModel, ConfigDict

from node.errors import StoreError
from node.store_key import StoreKey
from protocol import labels
from protocol.identifiers import RoundId

ENTRY_BYTES = 3072
"""Plaintext length of an entry, padded with spaces: room for every text at its limit, escaped.

An asker chooses some of these texts: were the room too small, a hit could be made to fail."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asker(_Entry):
    """Who asked, as a matching question's who-block says."""

    name: str
    telephone: str
    team: str
    reference: str
    protected_location: bool


class AnsweredEntry(_Entry):
    """A question that we were asked. Everything from `asker` on is blank on a miss."""

    outcome: str
    cause: str
    role: str
    purpose: int
    policy_version: int
    clusters: int
    asker: Asker | None = None
    key: str = ""
    case_references: tuple[str, ...] = ()
    shields: tuple[str, ...] = ()
    """Of the shielded identities that it was about, in hexadecimal: of those nothing was said."""


class Caller(_Entry):
    """Somebody on the telephone for whom a question is asked."""

    name: str
    organisation: str
    verified: str
    """How it was made sure who that is."""


class AskedEntry(_Entry):
    """A question that we asked."""

    asker: Asker
    caller: Caller | None
    role: str
    purpose: int
    members: int
    username: str = ""
    """Of whose account; "" of a question at the terminal."""
    is_watch: bool = False
    """Whether the node asked it by itself, of a case that somebody has it watch."""
    kept_as: str = ""
    """Where its answers are kept, as long as they are, in base64url; "" of what a page did not
    ask."""


class EvaluatedEntry(_Entry):
    """An evaluation that we counted."""

    matching_version: int
    elements: int


Entry = AnsweredEntry | AskedEntry | EvaluatedEntry


def seal_entry(key: StoreKey, entry: Entry, round_id: RoundId) -> bytes:
    """Return an entry sealed, of one length, bound to its round.

    Raises:
        StoreError: longer than a row may be, which the limits on its texts rule out.
    """
    content = entry.model_dump_json().encode()
    if len(content) > ENTRY_BYTES:
        raise StoreError("ledger entry: longer than a row")
    return key.seal(labels.STORE_ROW, content.ljust(ENTRY_BYTES), round_id)


def open_answered(key: StoreKey, sealed: bytes, round_id: RoundId) -> AnsweredEntry:
    """Return the entry of a question that we were asked.

    Raises:
        StoreError: sealed under another key or for another round, or altered.
    """
    return AnsweredEntry.model_validate_json(key.open(labels.STORE_ROW, sealed, round_id))


def open_asked(key: StoreKey, sealed: bytes, round_id: RoundId) -> AskedEntry:
    """Return the entry of a question that we asked.

    Raises:
        StoreError: sealed under another key or for another round, or altered.
    """
    return AskedEntry.model_validate_json(key.open(labels.STORE_ROW, sealed, round_id))
