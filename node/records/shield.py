"""A shield: an identity of which nothing is answered, by whom and why."""

from dataclasses import dataclass
from datetime import date
from typing import NewType

from pydantic import BaseModel, ConfigDict

from node.records.identity import Identity
from node.records.tokens import Tokens

ShieldId = NewType("ShieldId", bytes)
SHIELD_ID_BYTES = 8


class ShieldReview(BaseModel):
    """What an officer found who looked whether a shield is still needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    reviewed_ms: int
    note: str


class Shield(BaseModel):
    """An identity that is shielded, by whom and why."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )

    case_reference: str
    """Under which it was shielded: what an officer knows it by."""
    reason: str
    begun_by: str
    begun_ms: int
    review_on: date
    """When an officer looks whether it is still needed; it never ends by itself."""
    tokens: bytes
    """All that are known of the identity, as `Tokens` writes them."""
    rows: tuple[bytes, ...]
    """The source keys of its rows, for tokens that all change at once, as at a new key."""
    other_kinds: tuple[bytes, ...] = ()
    """Source keys that its cases would have as involvements of other kinds."""
    end_asked_by: str = ""
    """The officer who wants it to end; a second one ends it."""
    ended_by: str = ""
    ended_ms: int = 0
    is_separated: bool = False
    """Whether it is a former identity (adoption, a protected person): nothing joins it to the one
    that the child has now, and of its tokens those of `SEPARATING` are kept alone."""
    namesakes: tuple[str, ...] = ()
    """Case references of other children who have name and date of birth of a former identity, as
    officers say."""
    reviews: tuple[ShieldReview, ...] = ()
    """The oldest first."""

    @property
    def identity(self) -> Identity:
        return Identity(Tokens(self.tokens), frozenset(self.rows + self.other_kinds))


@dataclass(frozen=True, slots=True, repr=False)
class Shielded:
    """A shield, and what names it."""

    id: ShieldId
    shield: Shield


def name_key(name: str) -> str:
    """Return what all spellings of a name have in common: no regard to case and spaces."""
    return " ".join(name.split()).casefold()
