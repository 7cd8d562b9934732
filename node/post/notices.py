"""Told to the team of a case: somebody else has asked about it, who, and why (spec 50 §5.3)."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

from pydantic import BaseModel, ConfigDict

from node.clock import Clock
from node.database import Database
from node.ledger.entries import AnsweredEntry, Asker
from node.ledger.ledger import AskedHere
from node.store_key import StoreKey
from node.teams import team_key
from protocol import labels
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.messages.vocabulary import Outcome

NOTICE_ID_BYTES = 16

KEPT_MS = 28 * 86_400_000
"""How long it is told: four weeks, in which everybody of a team is there once."""

MOST_SHOWN = 200
"""To each audience: first of what it has not seen."""

TeamsOf = Callable[[Directory, str], Collection[str]]
"""The teams that have a case of ours, by its reference; none where it is no longer held."""

ShieldedCase = Callable[[str], str]
"""The case reference under which an identity was shielded, by its shield's id in hexadecimal."""

Audience = NewType("Audience", str)
"""Who is told: a team, or the shielding officers."""

OFFICERS = Audience("shielding officers")
"""Of a question whose asker says that the child's location is protected they alone are told, and of
one about a shielded child."""


def of_team(team: str) -> Audience:
    return Audience(f"team {team_key(team)}")


_TOLD = frozenset({Outcome.KNOWN.name.lower(), Outcome.MAY_BE_KNOWN.name.lower()})
"""What was answered of a case that somebody here is then told of. At what possibly is about it, the
duty officer looks first (node.post.confirming)."""


class Notice(BaseModel):
    """One question about one case of one team."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: str
    case_reference: str
    member: str
    name: str
    telephone: str
    their_team: str
    their_reference: str
    purpose: str
    protected_location: bool
    is_shielded: bool = False
    """Whether nothing was answered, as the child is shielded."""
    role: str = ""
    """In which somebody asked about a shielded child."""


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """A notice, when its question came, and whether those whom it is for have seen it."""

    id: bytes
    notice: Notice
    asked_ms: int
    is_new: bool


class Notices:
    """What the teams of this council are told."""

    def __init__(
        self,
        member: MemberId,
        database: Database,
        key: StoreKey,
        teams_of: TeamsOf,
        clock: Clock,
        shielded_case: ShieldedCase = lambda _: "",
    ) -> None:
        self._shielded_case = shielded_case
        self._member = member
        self._database = database
        self._key = key
        self._teams_of = teams_of
        self._clock = clock

    def see(self, row: AskedHere, entry: AnsweredEntry, directory: Directory) -> None:
        """Tell of a question that was answered with what is surely or probably the child."""
        if entry.outcome in _TOLD:
            self.tell(row, entry, directory)
        if entry.shields:
            self._alert(row, entry, directory)

    def _alert(self, row: AskedHere, entry: AnsweredEntry, directory: Directory) -> None:
        """Tell the shielding officers who asked about a shielded child, and was told nothing."""
        asker = entry.asker
        if asker is None or row.received_ms < self._oldest_ms():
            return
        for shield in entry.shields:
            notice = _notice(row, entry, asker, directory, "", self._shielded_case(shield))
            told = notice.model_copy(update={"is_shielded": True, "role": entry.role})
            self._keep(OFFICERS, told, row.received_ms)

    def tell(self, row: AskedHere, entry: AnsweredEntry, directory: Directory) -> None:
        """Keep a notice for each team whose case a question was about, but for the team that asked
        it itself; or one for the shielding officers. One that says the same as one that stands
        takes its place, seen or not: a case that somebody has watched is asked about every week."""
        asker = entry.asker
        if asker is None or row.received_ms < self._oldest_ms():
            return
        for reference in entry.case_references:
            for team in self._teams_of(directory, reference):
                audience = OFFICERS if asker.protected_location else of_team(team)
                if row.sender == self._member and audience == of_team(asker.team):
                    continue
                notice = _notice(row, entry, asker, directory, team, reference)
                self._keep(audience, notice, row.received_ms)

    def latest(self, audience: Audience) -> Sequence[Listed]:
        """Return what somebody is told, the latest first."""
        return self._listed(_LATEST_OF, self._named(audience))

    def latest_of_teams(self, but: Collection[Audience] = ()) -> Sequence[Listed]:
        """Return what all teams are told, or all but these, the latest first."""
        return self._listed(_LATEST, self._teams_but(but))

    def new_number(self, *audiences: Audience) -> int:
        """Return how many these have not seen."""
        oldest_ms = self._oldest_ms()
        return sum(
            self._database.rows(_NEW, self._named(each), oldest_ms)[0][0] for each in audiences
        )

    def new_number_of_teams(self, but: Collection[Audience]) -> int:
        """Return how many all teams but these have not seen."""
        rows = self._database.rows(_NEW_OF_TEAMS, self._teams_but(but), self._oldest_ms())
        found: int = rows[0][0]
        return found

    def saw(self, audience: Audience, ids: Iterable[bytes]) -> None:
        """Keep that they have seen these, of what they are told."""
        named = self._named(audience)
        with self._database.transaction() as connection:
            connection.executemany(_SAW, [(named, id) for id in ids])

    def saw_of_teams(self, but: Collection[Audience], ids: Iterable[bytes]) -> None:
        """Keep that these were seen, of what all teams but those are told."""
        left_alone = self._teams_but(but)
        with self._database.transaction() as connection:
            connection.executemany(_SAW_OF_TEAMS, [(left_alone, id) for id in ids])

    def forget_old(self) -> None:
        self._database.write("DELETE FROM notice WHERE asked_ms < ?", self._oldest_ms())

    def _oldest_ms(self) -> int:
        return self._clock() - KEPT_MS

    def _listed(self, statement: str, named: bytes | str) -> Sequence[Listed]:
        rows = self._database.rows(statement, named, self._oldest_ms(), MOST_SHOWN)
        found = (
            Listed(id, self._open(id, sealed), asked_ms, not is_seen)
            for id, asked_ms, is_seen, sealed in rows
        )
        return sorted(found, key=lambda each: each.asked_ms, reverse=True)

    def _keep(self, audience: Audience, notice: Notice, asked_ms: int) -> None:
        content, named = notice.model_dump_json().encode(), self._named(audience)
        id = self._key.fingerprint(labels.STORE_AUDIENCE, named, content)[:NOTICE_ID_BYTES]
        sealed = self._key.seal(labels.STORE_NOTICE, content, id)
        self._database.write(_KEEP, id, named, asked_ms, sealed)

    def _named(self, audience: Audience) -> bytes:
        """Return what stands on the disk for them: a team's name says who has a case."""
        return self._key.fingerprint(labels.STORE_AUDIENCE, audience.encode())

    def _teams_but(self, but: Collection[Audience]) -> str:
        """Return for a statement whom it leaves out, as SQLite's `hex` writes them."""
        return json.dumps([self._named(each).hex().upper() for each in {OFFICERS, *but}])

    def _open(self, id: bytes, sealed: bytes) -> Notice:
        return Notice.model_validate_json(self._key.open(labels.STORE_NOTICE, sealed, id))


def _notice(
    row: AskedHere,
    entry: AnsweredEntry,
    asker: Asker,
    directory: Directory,
    team: str,
    case_reference: str,
) -> Notice:
    purpose = directory.purposes.get(entry.purpose)
    return Notice(
        team=team,
        case_reference=case_reference,
        member=row.sender,
        name=asker.name,
        telephone=asker.telephone,
        their_team=asker.team,
        their_reference=asker.reference,
        purpose=purpose.name if purpose else "",
        protected_location=asker.protected_location,
    )


_KEEP = """
    INSERT INTO notice (id, audience, asked_ms, is_seen, sealed) VALUES (?, ?, ?, 0, ?)
    ON CONFLICT DO UPDATE SET asked_ms = max(asked_ms, excluded.asked_ms)
"""
_SAW = "UPDATE notice SET is_seen = 1 WHERE audience = ? AND id = ?"
_NEW = "SELECT count(*) FROM notice WHERE audience = ? AND asked_ms >= ? AND is_seen = 0"
_SAW_OF_TEAMS = """
    UPDATE notice SET is_seen = 1
    WHERE hex(audience) NOT IN (SELECT value FROM json_each(?)) AND id = ?
"""
_NEW_OF_TEAMS = """
    SELECT count(*) FROM notice
    WHERE hex(audience) NOT IN (SELECT value FROM json_each(?)) AND asked_ms >= ? AND is_seen = 0
"""
_LATEST = """
    SELECT id, asked_ms, is_seen, sealed FROM notice
    WHERE hex(audience) NOT IN (SELECT value FROM json_each(?)) AND asked_ms >= ?
    ORDER BY is_seen, asked_ms DESC LIMIT ?
"""
_LATEST_OF = """
    SELECT id, asked_ms, is_seen, sealed FROM notice
    WHERE audience = ? AND asked_ms >= ? ORDER BY is_seen, asked_ms DESC LIMIT ?
"""
