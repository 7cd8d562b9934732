"""Who signs in, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum

from protocol.messages.vocabulary import Role


class AccountRole(StrEnum):
    """What somebody may do here."""

    PRACTITIONER = "practitioner"
    TEAM_MANAGER = "team_manager"
    DUTY_OFFICER = "duty_officer"
    SHIELDING_OFFICER = "shielding_officer"
    DATA_STEWARD = "data_steward"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


_ASKS_AS = (
    (AccountRole.PRACTITIONER, Role.PRACTITIONER),
    (AccountRole.TEAM_MANAGER, Role.TEAM_MANAGER),
    (AccountRole.DUTY_OFFICER, Role.DUTY_OFFICER),
)


MINDING = (AccountRole.DUTY_OFFICER, AccountRole.TEAM_MANAGER)
"""Who minds the inbox, in which other councils ask something of this one."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of this council. Name, telephone and team go with each question they ask."""

    username: str
    name: str
    telephone: str
    team: str
    roles: frozenset[AccountRole]

    @property
    def asks_as(self) -> Role | None:
        """The role that other councils are told, None for somebody who does not ask."""
        return next((role for own, role in _ASKS_AS if own in self.roles), None)

    @property
    def can_be_rung(self) -> bool:
        """Whether all is there that goes with a question, for somebody who asks."""
        return self.asks_as is None or bool(self.telephone and self.team)

    @property
    def manages_team(self) -> bool:
        return AccountRole.TEAM_MANAGER in self.roles

    @property
    def is_data_steward(self) -> bool:
        return AccountRole.DATA_STEWARD in self.roles

    @property
    def is_shielding_officer(self) -> bool:
        return AccountRole.SHIELDING_OFFICER in self.roles

    @property
    def administers(self) -> bool:
        return AccountRole.ADMINISTRATOR in self.roles

    @property
    def minds_inbox(self) -> bool:
        return not self.roles.isdisjoint(MINDING)


@dataclass(frozen=True, slots=True)
class SignedInAt:
    """One browser in which somebody is signed in."""

    begun_ms: int
    seen_ms: int
    is_this: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    account: Account
    begun_ms: int
    has_declared: bool
    """Whether appropriate use was promised within the last year."""
