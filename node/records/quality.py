"""How complete a file's records are, in counts: what a data steward mends next."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.files import replace_file
from node.records.importing.content import FileContent
from node.teams import team_key
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.identity import Identity
from protocol.matching.keys import MatchKey

STALE_AFTER = timedelta(days=365)
"""A contact that nobody has updated for longer may lead to somebody who has left."""


NAMED_FROM = 3
"""A team that fewer children have is counted and not named: what stands where the team should may
be a child's name."""


class Quality(BaseModel):
    """Counts over the rows of one file that can be loaded; nothing of a child is in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = 0
    held: Mapping[str, int] = Field(default_factory=dict)
    """Rows that hold each of `IDENTIFIERS`."""
    found: Mapping[str, int] = Field(default_factory=dict)
    """Rows that have a key of each tier, by its name: so a question can find them there."""
    placeholders: Mapping[str, int] = Field(default_factory=dict)
    """By column, rows where a word for "not known" stands, or a number that is none."""
    proxy_dates: Mapping[str, int] = Field(default_factory=dict)
    """By column, rows where a date stands for none, such as 01/01/1900."""
    repeated: int = 0
    """Rows whose child is, by a certain key, in the file under another case reference too."""
    stale_contacts: int = 0
    """Open involvements whose contact was last updated longer ago than `STALE_AFTER`."""
    teams: int = 0
    teams_without_duty_line: tuple[str, ...] = ()
    """Names of the teams of which every row has a line that is for all the council, if
    `NAMED_FROM` children or more have them."""
    small_teams_without_duty_line: int = 0
    """How many others there are."""
    teams_without_out_of_hours_line: int = 0

    @property
    def count_without_duty_line(self) -> int:
        """How many teams there are without one, named or not."""
        return len(self.teams_without_duty_line) + self.small_teams_without_duty_line


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


def measure(
    content: FileContent, today: date, general_lines: Collection[str] = frozenset()
) -> Quality:
    """Return the counts of a file's rows; `general_lines` are the council's own numbers, that are
    no team's."""
    stale = 0
    general = {_dialled(number) for number in (*general_lines, content.general_line) if number}
    teams: dict[str, _Team] = {}
    held: Counter[str] = Counter(dict.fromkeys(IDENTIFIERS, 0))
    found: Counter[str] = Counter({tier.name.lower(): 0 for tier in Tier})
    children = _Children()
    for row in content.rows:
        keys = content.keys(row)
        held.update(name for name, holds in IDENTIFIERS.items() if holds(row.identity))
        found.update({tier_of(key.id).name.lower() for key in keys})
        children.add(row.case_reference, keys)
        involvement, contact = row.involvement, row.involvement.contact
        stale += involvement.closed_on is None and today - involvement.updated_on > STALE_AFTER
        team = teams.setdefault(team_key(contact.team), _Team(contact.team))
        team.add(row.case_reference)
        team.has_duty_line |= _dialled(contact.telephone) not in general
        team.has_out_of_hours_line |= bool(contact.out_of_hours_telephone)
    without = [team for team in teams.values() if not team.has_duty_line]
    named = tuple(team.name for team in without if team.is_named)
    return Quality(
        rows=len(content.rows),
        held=dict(held),
        found=dict(found),
        placeholders=content.report.placeholders,
        proxy_dates=content.report.proxy_dates,
        repeated=children.repeated,
        stale_contacts=stale,
        teams=len(teams),
        teams_without_duty_line=named,
        small_teams_without_duty_line=len(without) - len(named),
        teams_without_out_of_hours_line=sum(
            not team.has_out_of_hours_line for team in teams.values()
        ),
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


@dataclass(slots=True)
class _Team:
    name: str
    has_duty_line: bool = False
    has_out_of_hours_line: bool = False
    _cases: set[str] = field(default_factory=set)
    """Those of the first `NAMED_FROM` children."""

    def add(self, case_reference: str) -> None:
        if not self.is_named:
            self._cases.add(case_reference)

    @property
    def is_named(self) -> bool:
        return len(self._cases) >= NAMED_FROM


_COUNTRY = re.compile("(00|[+])44")


def _dialled(number: str) -> str:
    """Return what is the same however a number is written; an extension makes it another."""
    return _COUNTRY.sub("0", number.replace(" ", ""), count=1)


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
