"""Whom the council's sign-in service says it has let in, and what they may do here."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.accounts.model import AccountRole
from node.errors import SettingsError, SignInError
from node.settings import SignInSettings
from protocol import limits

USERNAME_HEX = 24

NO_SECOND_FACTOR = (
    "Your council's sign-in service did not say that you gave more than a password. Sign in there "
    "with your second factor, or ask your administrator"
)
NO_ROLE = "Your council has given you no role here. Ask your administrator for one"
NO_TEAM = (
    "Your council's sign-in service did not tell your team, and a manager sees what is overdue in "
    "it. Ask your administrator"
)
NO_NAME = "Your council's sign-in service did not tell your name. Ask your administrator"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the council's sign-in service knows."""

    username: str
    """Ours: the service's own names for people may change hands."""
    name: str
    telephone: str
    team: str
    """Both empty where the service does not tell them."""
    roles: frozenset[AccountRole]


class Profile:
    """How this council's claims are read."""

    def __init__(self, settings: SignInSettings) -> None:
        """Check that every role is one of ours.

        Raises:
            SettingsError: one is not.
        """
        known = [role.value for role in AccountRole]
        unknown = sorted(set(settings.roles.values()) - set(known))
        if unknown:
            raise SettingsError(f"sign_in.roles: {unknown[0]}: expected one of {', '.join(known)}")
        self._settings = settings
        self._roles = {value: AccountRole(role) for value, role in settings.roles.items()}

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Return who signed in.

        Args:
            claims: those of a verified ID token.

        Raises:
            SignInError: no evidence of a second factor, no role, no name, or no team of a manager.
        """
        settings = self._settings
        if not _values(claims, settings.multi_factor_claim) & {*settings.multi_factor_values}:
            raise SignInError(NO_SECOND_FACTOR)
        given = _values(claims, settings.roles_claim)
        roles = frozenset(role for value, role in self._roles.items() if value in given)
        if not roles:
            raise SignInError(NO_ROLE)
        name = _text(claims, settings.name_claim, limits.PERSON_BYTES)
        if not name:
            raise SignInError(NO_NAME)
        team = _text(claims, settings.team_claim, limits.TEAM_BYTES)
        if AccountRole.TEAM_MANAGER in roles and not team:
            raise SignInError(NO_TEAM)
        return Person(
            _username(settings.issuer, str(claims["sub"])),
            name,
            _text(claims, settings.telephone_claim, limits.TELEPHONE_BYTES),
            team,
            roles,
        )


def _username(issuer: str, subject: str) -> str:
    """Return a name that no account made by hand has: those hold no capital."""
    framed = f"{len(issuer)}:{issuer}{subject}".encode()
    return f"SSO-{hashlib.sha256(framed).hexdigest()[:USERNAME_HEX]}"


def _values(claims: Mapping[str, Any], claim: str) -> set[str]:
    """Return what a claim says: one text, or a list of them."""
    value = claims.get(claim)
    several = value if isinstance(value, list) else [value]
    return {each for each in several if isinstance(each, str)}


def _text(claims: Mapping[str, Any], claim: str, most_bytes: int) -> str:
    """Return a claim that is told to others; nothing where it cannot be."""
    value = claims.get(claim)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text.encode()) <= most_bytes and text.isprintable() else ""
