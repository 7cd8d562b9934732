import os
from pathlib import Path

import pytest

from node.disclosure.policy import (
    FIRST_POLICY,
    PolicyFile,
    load_policy,
    parse_policy,
    refusal_cause,
)
from node.errors import SettingsError
from protocol.messages.lookup import Question
from protocol.messages.vocabulary import Cause, Outcome, Role
from tests.node.small_federation import DIRECTORY, ask, enquiry, prepare


def question(purpose: int = 1, role: Role = Role.PRACTITIONER) -> Question:
    return Question.decode(ask(prepare(enquiry(purpose=purpose, role=role))).opened().body)


def test_first_policy_refuses_nothing() -> None:
    policy = parse_policy(FIRST_POLICY)
    assert policy.version == 1
    for purpose in DIRECTORY.purposes:
        for role in Role:
            assert refusal_cause(policy, question(purpose, role), DIRECTORY.purposes) is Cause.NONE


def test_what_an_older_file_does_not_say_is_as_in_the_first_policy() -> None:
    policy = parse_policy("version = 1\nrefused_purposes = []\nrefused_roles = []")
    assert policy == parse_policy(FIRST_POLICY)
    assert (policy.highest, policy.withheld) == (Outcome.KNOWN, frozenset())


def test_refuses_what_the_policy_names() -> None:
    policy = parse_policy('version = 2\nrefused_purposes = [4]\nrefused_roles = ["duty_officer"]')
    cases = {
        (4, Role.PRACTITIONER): Cause.PURPOSE_NOT_ALLOWED,
        (1, Role.DUTY_OFFICER): Cause.ROLE_NOT_ALLOWED,
        (1, Role.TEAM_MANAGER): Cause.NONE,
    }
    for (purpose, role), cause in cases.items():
        assert refusal_cause(policy, question(purpose, role), DIRECTORY.purposes) is cause


def test_refuses_a_purpose_that_the_directory_does_not_list() -> None:
    cause = refusal_cause(parse_policy(FIRST_POLICY), question(99), DIRECTORY.purposes)
    assert cause is Cause.PURPOSE_NOT_ALLOWED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("version = ", "not TOML", id="not TOML"),
        pytest.param("", "version", id="empty"),
        pytest.param(FIRST_POLICY + "surprise = 1", "surprise", id="unknown entry"),
        pytest.param(FIRST_POLICY.replace("version = 1", "version = 0"), "version", id="version 0"),
        pytest.param(
            FIRST_POLICY.replace('says_most = "known"', 'says_most = "all"'), "says_most", id="most"
        ),
        pytest.param(
            FIRST_POLICY.replace("withheld = []", 'withheld = ["name"]'), "withheld", id="withheld"
        ),
        pytest.param(
            'version = 1\nrefused_purposes = ["x"]\nrefused_roles = []', "purposes", id="code"
        ),
        pytest.param(
            'version = 1\nrefused_purposes = []\nrefused_roles = ["teacher"]',
            "unknown role teacher",
            id="unknown role",
        ),
    ],
)
def test_wrong_policy_is_none(text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as raised:
        parse_policy(text)
    assert "\n" not in str(raised.value)


def test_loads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(FIRST_POLICY)
    assert load_policy(path) == parse_policy(FIRST_POLICY)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not UTF-8"])
def test_policy_file_that_cannot_be_read_is_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "policy.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"policy\.toml"):
        load_policy(path)


def test_policy_counts_as_soon_as_its_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    file = PolicyFile(path)
    for version in (1, 2, 3):
        path.write_text(f"version = {version}\nrefused_purposes = []\nrefused_roles = []")
        # As far apart as any two changes by hand: a file's time has the kernel's ticks.
        os.utime(path, ns=(version, version))
        assert file.current().version == file.current().version == version


@pytest.mark.parametrize("content", [b"", b"version = 2", b"\xff", None])
def test_policy_that_was_right_is_none_once_its_file_is_wrong(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(FIRST_POLICY)
    file = PolicyFile(path)
    assert file.current().version == 1
    path.unlink() if content is None else path.write_bytes(content)
    for _ in range(2):
        with pytest.raises(SettingsError):
            file.current()
    path.write_text(FIRST_POLICY)
    assert file.current().version == 1


def test_unchanged_policy_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(FIRST_POLICY)
    file = PolicyFile(path)
    assert file.current() is file.current()
