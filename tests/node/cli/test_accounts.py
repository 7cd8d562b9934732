"""`whoelse-node account`: who may sign in to the pages."""

from contextlib import closing
from pathlib import Path

import pytest

from node.accounts import passwords
from node.accounts.store import AccountStore
from node.clock import system_clock
from node.errors import AccountError
from node.folder import Folder
from node.settings import load_settings
from node.store_key import load_store_key
from tests.node.accounts.hashing import CHEAP
from tests.node.cli.commands import Ended, Init, run

PASSWORD = "pewter lantern gravel"


@pytest.fixture(autouse=True)
def made(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node, whose passwords cost little to check."""
    monkeypatch.setattr(passwords.Passwords.__init__, "__defaults__", (CHEAP,))
    assert init("--web-port=8443").code == 0


def add(folder: Path, username: str = "pat", typed: str = PASSWORD, **changes: str) -> Ended:
    options = {
        "name": "Pat Ashgrove",
        "telephone": "01632 960111",
        "team": "Front door",
        "role": "practitioner",
    } | changes
    flags = [f"--{name}={value}" for name, value in options.items()]
    return run("account", "add", folder, username, *flags, stdin=f"{typed}\n")


def store(folder: Path) -> AccountStore:
    key = load_store_key(load_settings(folder).store_key)
    return AccountStore(Folder(folder).accounts, key, system_clock)


def test_account_is_made_shown_and_removed(folder: Path) -> None:
    assert "pat may sign in" in add(folder).output
    shown = run("account", "list", folder).output
    assert "pat" in shown
    assert "Pat Ashgrove, Front door: practitioner" in shown
    assert PASSWORD not in shown
    assert "argon2" not in shown
    assert run("account", "remove", folder, "pat").code == 0
    assert run("account", "list", folder).output == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"username": "Pat"}, "username", id="a capital in the username"),
        pytest.param({"username": "p"}, "username", id="a username of one letter"),
        pytest.param({"name": " "}, "name", id="no name"),
        pytest.param({"name": "n" * 61}, "name", id="a long name"),
        pytest.param({"telephone": ""}, "telephone", id="no telephone"),
        pytest.param({"team": "one\ntwo"}, "team", id="a team of two lines"),
        pytest.param({"role": "king"}, "role: one of practitioner", id="no such role"),
        pytest.param({"typed": "short"}, "password", id="a short password"),
        pytest.param({"typed": ""}, "password", id="no password"),
    ],
)
def test_account_is_refused_for(folder: Path, changes: dict[str, str], said: str) -> None:
    ended = add(folder, **changes)
    assert ended.code == 2
    assert said in ended.problem
    assert run("account", "list", folder).output == ""


def test_no_two_accounts_have_one_username(folder: Path) -> None:
    add(folder)
    assert "there is an account pat already" in add(folder).problem


def test_nobody_is_removed_who_is_not_there(folder: Path) -> None:
    assert "there is no account pat" in run("account", "remove", folder, "pat").problem


def test_init_writes_where_the_pages_are(folder: Path) -> None:
    assert load_settings(folder).web_port == 8443


def test_what_is_given_is_changed_and_nothing_else(folder: Path) -> None:
    add(folder)
    flags = ("--telephone=01632 960222", "--role=team_manager", "--role=duty_officer")
    assert run("account", "change", folder, "pat", *flags).output == "pat is changed.\n"
    shown = run("account", "list", folder).output
    assert "Pat Ashgrove, Front door: duty_officer, team_manager" in shown
    with closing(store(folder)) as accounts:
        assert accounts.sign_in("pat", PASSWORD)


def test_a_new_password_ends_what_was_begun_with_the_old_one(folder: Path) -> None:
    add(folder)
    with closing(store(folder)) as accounts:
        begun = accounts.sign_in("pat", PASSWORD)
        changed = run("account", "change", folder, "pat", "--password", stdin="another one here\n")
        assert changed.output == (
            "pat is changed, signed out everywhere, and has no passkeys any more.\n"
        )
        assert accounts.session(begun) is None
        assert accounts.sign_in("pat", "another one here")
        with pytest.raises(AccountError):
            accounts.sign_in("pat", PASSWORD)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param(("--telephone=" + "1" * 25,), "telephone", id="a long telephone"),
        pytest.param(("--role=king",), "role: one of", id="no such role"),
        pytest.param(("--password",), "password", id="a short password"),
    ],
)
def test_what_does_not_do_changes_nothing(folder: Path, flags: tuple[str, ...], said: str) -> None:
    add(folder)
    assert said in run("account", "change", folder, "pat", *flags, stdin="short\n").problem
    assert "Front door: practitioner" in run("account", "list", folder).output


def test_nobody_of_that_name_is_changed(folder: Path) -> None:
    assert "no account sam" in run("account", "change", folder, "sam", "--team=Duty").problem


def test_somebody_is_signed_out_everywhere_and_may_come_back(folder: Path) -> None:
    add(folder)
    add(folder, "sam")
    with closing(store(folder)) as accounts:
        opened = [accounts.sign_in("pat", PASSWORD) for _ in range(2)]
        other = accounts.sign_in("sam", PASSWORD)
        assert all(made and accounts.session(made) for made in opened)
    ended = run("account", "sign-out", folder, "pat")
    assert ended.output == "pat is signed out everywhere.\n"
    with closing(store(folder)) as accounts:
        assert not any(made and accounts.session(made) for made in opened)
        assert other
        assert accounts.session(other)
        assert accounts.sign_in("pat", PASSWORD)


def test_nobody_of_that_name_is_signed_out(folder: Path) -> None:
    assert run("account", "sign-out", folder, "nobody").problem == "there is no account nobody"
