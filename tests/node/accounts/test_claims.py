"""What the sign-in service's claims make of somebody."""

from typing import Any

import pytest

from node.accounts.claims import NO_NAME, NO_ROLE, NO_SECOND_FACTOR, NO_TEAM, Profile
from node.accounts.model import AccountRole
from node.errors import SettingsError, SignInError
from tests.node.accounts.hostile_provider import CLAIMS, SETTINGS


def profile(**settings: Any) -> Profile:
    return Profile(SETTINGS.model_copy(update=settings))


@pytest.mark.parametrize(
    ("claim", "value", "is_enough"),
    [
        ("amr", ["pwd", "mfa"], True),
        ("amr", ["pwd"], False),
        ("amr", [], False),
        ("amr", None, False),
        ("amr", {"mfa": True}, False),
        ("amr", [["mfa"]], False),
        ("amr", "pwd mfa", False),
        ("acr", "mfa", True),
        ("acr", "MFA", False),
        ("acr", "0", False),
        ("acrs", ["c1", "mfa"], True),
        ("acrs", ["c1"], False),
    ],
)
def test_a_password_alone_is_not_enough(claim: str, value: Any, is_enough: bool) -> None:
    """Evidence of a second factor stands in the claim that the settings name, and no other."""
    read = profile(multi_factor_claim=claim)
    claims = {**CLAIMS, "amr": ["mfa"], "acr": "mfa", "acrs": ["mfa"], claim: value}
    if is_enough:
        assert read.person(claims).name == "Pat Ashgrove"
    else:
        with pytest.raises(SignInError, match=NO_SECOND_FACTOR):
            read.person(claims)


@pytest.mark.parametrize(
    ("given", "roles"),
    [
        (["WhoElse.Ask"], {AccountRole.PRACTITIONER}),
        ("WhoElse.Manage", {AccountRole.TEAM_MANAGER}),
        (
            ["x", "WhoElse.Ask", "WhoElse.Manage", 5],
            {AccountRole.PRACTITIONER, AccountRole.TEAM_MANAGER},
        ),
    ],
)
def test_roles_are_those_that_the_settings_name(given: Any, roles: set[AccountRole]) -> None:
    assert profile().person({**CLAIMS, "roles": given}).roles == roles


@pytest.mark.parametrize("given", [None, [], "", ["administrator"], ["practitioner"], {"x": 1}])
def test_without_one_nobody_is_let_in(given: Any) -> None:
    with pytest.raises(SignInError, match=NO_ROLE):
        profile().person({**CLAIMS, "roles": given})


@pytest.mark.parametrize("name", [None, "", "  ", 5, "x" * 500, "Pat\x00", "Pat\u202e"])
def test_a_name_is_needed(name: Any) -> None:
    with pytest.raises(SignInError, match=NO_NAME):
        profile().person({**CLAIMS, "name": name})


@pytest.mark.parametrize("text", [None, "", 5, "x" * 500, "\x00"])
def test_telephone_and_team_may_be_missing(text: Any) -> None:
    person = profile().person({**CLAIMS, "phone_number": text, "team": text})
    assert (person.telephone, person.team) == ("", "")


def test_a_managers_team_is_told_by_the_service() -> None:
    """Not by the manager, who sees what is overdue in it."""
    claims = {**CLAIMS, "roles": ["WhoElse.Manage"]}
    assert profile().person(claims).team == "Front door"
    with pytest.raises(SignInError, match=NO_TEAM):
        profile().person({**claims, "team": None})


def test_claims_may_have_other_names() -> None:
    read = profile(telephone_claim="desk", team_claim="department", roles_claim="groups")
    person = read.person(
        {**CLAIMS, "desk": "1234", "department": "Duty", "groups": ["WhoElse.Ask"]}
    )
    assert (person.telephone, person.team) == ("1234", "Duty")


def test_people_are_told_apart_by_subject_and_issuer() -> None:
    """Never by a name or an address, which may be given to somebody else."""
    claims = {**CLAIMS, "preferred_username": "pat", "email": "pat@example.org"}
    names = {
        profile().person(claims).username,
        profile().person({**claims, "sub": "other"}).username,
        profile(issuer="https://login.example/x").person(claims).username,
    }
    assert len(names) == 3
    renamed = {**claims, "name": "Pat Other", "preferred_username": "other"}
    assert profile().person(renamed).username in names


def test_a_role_that_is_none_of_ours_is_said_at_the_start() -> None:
    with pytest.raises(SettingsError, match=r"sign_in\.roles: boss: expected one of practitioner"):
        profile(roles={"x": "boss"})
