"""How complete a file's records are, in counts: what a data steward mends next."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.files import replace_file
from node.records.importing.content import FileContent
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.identity import Identity
from protocol.matching.keys import MatchKey

STALE_AFTER = timedelta(days=365)
"""An open involvement that nobody has updated for longer may lead to somebody who has left."""


class Quality(BaseModel):
    """Counts over the rows of one file that can be loaded; nothing of a row is in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = 0
    held: Mapping[str, int] = Field(default_factory=dict)
    """Rows that hold each of `IDENTIFIERS`."""
    found: Mapping[str, int] = Field(default_factory=dict)
    """Rows that have a key of each tier, by its name: so a question can find them there."""
    blank: Mapping[str, int] = Field(default_factory=dict)
    """By column, rows where a word for "not known" stands, or a date that stands for none."""
    repeated: int = 0
    """Rows whose child is, by a certain key, in the file under another case reference too."""
    stale: int = 0
    """Open involvements whose last update is longer ago than `STALE_AFTER`."""
    teams: int = 0
    teams_without_out_of_hours_line: int = 0


IDENTIFIERS: Mapping[str, Callable[[Identity], object]] = {
    "NHS number": lambda identity: identity.nhs_number,
    "UPN": lambda identity: identity.upn,
    "forename": lambda identity: identity.forenames,
    "surname": lambda identity: identity.surnames,
    "date of birth": lambda identity: identity.date_of_birth,
    "postcode": lambda identity: identity.postcodes,
    "another name": lambda identity: len(identity.forenames) + len(identity.surnames) > 2,
    "an earlier postcode": lambda identity: len(identity.postcodes) > 1,
    "house or UPRN": lambda identity: identity.house or identity.uprn,
    "a carer": lambda identity: identity.carers,
}


def measure(content: FileContent, today: date) -> Quality:
    """Return the counts of a file's rows."""
    stale = 0
    held: Counter[str] = Counter(dict.fromkeys(IDENTIFIERS, 0))
    found: Counter[str] = Counter({tier.name.lower(): 0 for tier in Tier})
    children = _Children()
    lines: dict[str, bool] = {}
    for row in content.rows:
        keys = content.keys(row)
        held.update(name for name, holds in IDENTIFIERS.items() if holds(row.identity))
        found.update({tier_of(key.id).name.lower() for key in keys})
        children.add(row.case_reference, keys)
        involvement, contact = row.involvement, row.involvement.contact
        stale += involvement.closed_on is None and today - involvement.updated_on > STALE_AFTER
        lines[contact.team] = lines.get(contact.team, False) or bool(contact.out_of_hours_telephone)
    return Quality(
        rows=len(content.rows),
        held=dict(held),
        found=dict(found),
        blank=content.report.blank,
        repeated=children.repeated,
        stale=stale,
        teams=len(lines),
        teams_without_out_of_hours_line=sum(not has_line for has_line in lines.values()),
    )


def load_quality(path: Path) -> Quality | None:
    """Return the counts of the last load; None before the first, or of a file that is none."""
    try:
        return Quality.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def save_quality(path: Path, quality: Quality) -> None:
    path.parent.mkdir(exist_ok=True)
    replace_file(path, quality.model_dump_json().encode())


class _Children:
    """Recognises a child that comes again under another case reference, by keyed digests."""

    def __init__(self) -> None:
        self._key = os.urandom(16)
        self._references: dict[bytes, bytes] = {}
        self.repeated = 0

    def add(self, case_reference: str, keys: Iterable[MatchKey]) -> None:
        reference = self._digest(case_reference.encode())
        certain = [key.oprf_input for key in keys if tier_of(key.id) is Tier.CERTAIN]
        earlier = [self._references.setdefault(self._digest(each), reference) for each in certain]
        self.repeated += any(other != reference for other in earlier)

    def _digest(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, digest_size=8, key=self._key).digest()
