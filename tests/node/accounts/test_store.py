"""Who may sign in, for how long, and what remains of them on the disk."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from node.accounts.claims import Person
from node.accounts.model import Account, AccountRole
from node.accounts.passwords import Passwords
from node.accounts.store import (
    CLOSED_MS,
    DECLARED_MS,
    IDLE_MS,
    LONGEST_MS,
    MOST_FAILURES,
    RESERVED_MS,
    SESSION_BYTES,
    AccountStore,
    NewAccount,
    form_token,
)
from node.errors import AccountError
from protocol.messages.vocabulary import Role
from tests.node.accounts.hashing import CHEAP
from tests.node.small_federation import STORE_KEY, FakeClock

PASSWORD = "pewter lantern gravel"
PAT = Account(
    "pat",
    "Pat Plantedworker",
    "020 7946 0001",
    "Front door",
    frozenset({AccountRole.PRACTITIONER}),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: FakeClock) -> Iterator[AccountStore]:
    path = tmp_path / "accounts.db"
    with closing(AccountStore(path, STORE_KEY, clock, Passwords(CHEAP))) as opened:
        opened.add(NewAccount(PAT, PASSWORD))
        yield opened


def test_who_signs_in_is_the_account(accounts: AccountStore) -> None:
    session = accounts.session(accounts.sign_in("pat", PASSWORD))
    assert session is not None
    assert session.account == PAT


def test_what_the_sign_in_service_tells_now_takes_the_place_of_what_it_told(
    accounts: AccountStore,
) -> None:
    """All but what it does not tell, which stays as it was said here."""
    told = Person("SSO-1", "Dana", "", "", frozenset({AccountRole.DUTY_OFFICER}))
    accounts.let_in(told)
    accounts.complete("SSO-1", "01632 960555", "Duty")
    session = accounts.session(accounts.let_in(replace(told, name="Dana Okoro", roles=PAT.roles)))
    assert session is not None
    assert session.account == Account("SSO-1", "Dana Okoro", "01632 960555", "Duty", PAT.roles)


def test_who_signs_in_elsewhere_has_no_password_here(accounts: AccountStore) -> None:
    accounts.let_in(Person("SSO-1", "Dana", "", "", PAT.roles))
    for password in ("", "*", PASSWORD):
        with pytest.raises(AccountError):
            accounts.sign_in("SSO-1", password)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        pytest.param("pat", "pewter lantern", id="a wrong password"),
        pytest.param("pat", "", id="no password"),
        pytest.param("pat", PASSWORD + "x" * 1000, id="more than a password"),
        pytest.param("nobody", PASSWORD, id="no such account"),
        pytest.param("", PASSWORD, id="no username"),
    ],
)
def test_nobody_else_does_and_is_told_the_same(
    accounts: AccountStore, username: str, password: str
) -> None:
    with pytest.raises(AccountError) as wrong:
        accounts.sign_in(username, password)
    with pytest.raises(AccountError) as of_nobody:
        accounts.sign_in("somebody", "whatever it is")
    assert str(wrong.value) == str(of_nobody.value)


def test_a_removed_accounts_name_is_nobody_elses_for_a_year(
    accounts: AccountStore, clock: FakeClock
) -> None:
    """What it has asked would be the new one's."""
    new = NewAccount(PAT, PASSWORD)
    accounts.remove("pat")
    with pytest.raises(AccountError, match="give another username"):
        accounts.add(new)
    clock.now_ms += RESERVED_MS
    accounts.forget_old()
    accounts.add(new)
    accounts.remove("pat")
    with pytest.raises(AccountError, match="give another username"):
        accounts.add(new)


def test_who_comes_from_the_councils_service_again_is_let_in(accounts: AccountStore) -> None:
    told = Person("SSO-1", "Dana", "1", "Duty", PAT.roles)
    accounts.let_in(told)
    accounts.remove("SSO-1")
    assert accounts.session(accounts.let_in(told))


def test_too_many_wrong_passwords_close_an_account_for_a_minute(
    accounts: AccountStore, clock: FakeClock
) -> None:
    _fail(accounts, MOST_FAILURES)
    with pytest.raises(AccountError):
        accounts.sign_in("pat", PASSWORD)
    clock.now_ms += CLOSED_MS
    assert accounts.session(accounts.sign_in("pat", PASSWORD))


def test_attempts_at_a_closed_account_do_not_keep_it_closed(
    accounts: AccountStore, clock: FakeClock
) -> None:
    _fail(accounts, 2 * MOST_FAILURES)
    clock.now_ms += CLOSED_MS
    assert accounts.sign_in("pat", PASSWORD)


def test_a_right_password_starts_the_count_anew(accounts: AccountStore) -> None:
    for _ in range(2):
        _fail(accounts, MOST_FAILURES - 1)
        assert accounts.sign_in("pat", PASSWORD)


def test_session_ends_when_nobody_looks(accounts: AccountStore, clock: FakeClock) -> None:
    made = accounts.sign_in("pat", PASSWORD)
    for _ in range(3):
        clock.now_ms += IDLE_MS
        assert accounts.session(made)
    clock.now_ms += IDLE_MS + 1
    assert accounts.session(made) is None
    clock.now_ms -= IDLE_MS
    assert accounts.session(made) is None


def test_session_ends_after_a_shift(accounts: AccountStore, clock: FakeClock) -> None:
    made = accounts.sign_in("pat", PASSWORD)
    for _ in range(LONGEST_MS // IDLE_MS):
        clock.now_ms += IDLE_MS
        assert accounts.session(made)
    clock.now_ms += 1
    assert accounts.session(made) is None


def test_old_sessions_are_removed(accounts: AccountStore, clock: FakeClock) -> None:
    made = accounts.sign_in("pat", PASSWORD)
    clock.now_ms += IDLE_MS + 1
    accounts.forget_old()
    clock.now_ms -= IDLE_MS
    assert accounts.session(made) is None


def test_promise_of_appropriate_use_holds_for_a_year(
    accounts: AccountStore, clock: FakeClock
) -> None:
    def has_declared() -> bool:
        session = accounts.session(accounts.sign_in("pat", PASSWORD))
        assert session is not None
        return session.has_declared

    assert not has_declared()
    accounts.declare("pat")
    assert has_declared()
    clock.now_ms += DECLARED_MS - 1
    assert has_declared()
    clock.now_ms += 1
    assert not has_declared()


def test_who_signs_out_is_out(accounts: AccountStore) -> None:
    made, other = accounts.sign_in("pat", PASSWORD), accounts.sign_in("pat", PASSWORD)
    accounts.sign_out(made)
    assert accounts.session(made) is None
    assert accounts.session(other)


def test_whose_account_is_removed_is_out(accounts: AccountStore) -> None:
    made = accounts.sign_in("pat", PASSWORD)
    accounts.remove("pat")
    assert accounts.session(made) is None
    with pytest.raises(AccountError, match="no account pat"):
        accounts.remove("pat")


def test_who_is_signed_in_was_last_seen_in_the_browser_used_last(
    accounts: AccountStore, clock: FakeClock
) -> None:
    assert accounts.last_seen() == {}
    accounts.add(NewAccount(replace(PAT, username="sam"), PASSWORD))
    accounts.sign_in("sam", PASSWORD)
    begun_ms = clock.now_ms
    accounts.sign_in("pat", PASSWORD)
    clock.now_ms += IDLE_MS
    accounts.sign_in("pat", PASSWORD)
    assert accounts.last_seen() == {"pat": clock.now_ms, "sam": begun_ms}
    clock.now_ms += 1
    assert accounts.last_seen() == {"pat": clock.now_ms - 1}


def test_no_two_accounts_have_one_name(accounts: AccountStore) -> None:
    with pytest.raises(AccountError, match="already"):
        accounts.add(NewAccount(PAT, "another pewter lantern"))
    assert accounts.sign_in("pat", PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short", id="too short"),
        pytest.param("x" * 201, id="too long"),
        pytest.param("my name is Pat, hello", id="with the username"),
    ],
)
def test_a_password_that_does_not_do_makes_no_account(
    accounts: AccountStore, password: str
) -> None:
    accounts.remove("pat")
    with pytest.raises(AccountError, match="password"):
        accounts.add(NewAccount(PAT, password))
    assert accounts.all() == []


def test_all_accounts_are_listed(accounts: AccountStore) -> None:
    duty = Account("dana", "Dana", "020 7946 0002", "Duty", frozenset({AccountRole.DUTY_OFFICER}))
    accounts.add(NewAccount(duty, PASSWORD))
    assert accounts.all() == [duty, PAT]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({AccountRole.PRACTITIONER, AccountRole.TEAM_MANAGER}, Role.PRACTITIONER),
        ({AccountRole.DUTY_OFFICER, AccountRole.AUDITOR}, Role.DUTY_OFFICER),
        ({AccountRole.ADMINISTRATOR, AccountRole.DATA_STEWARD}, None),
    ],
)
def test_other_councils_are_told_a_role_that_asks(
    roles: set[AccountRole], expected: Role | None
) -> None:
    assert Account("pat", "", "", "", frozenset(roles)).asks_as is expected


def test_disk_has_neither_names_nor_passwords_nor_sessions(
    accounts: AccountStore, tmp_path: Path
) -> None:
    made = accounts.sign_in("pat", PASSWORD)
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"pat" in on_disk
    for needle in (b"Plantedworker", PASSWORD.encode(), b"argon2", made, b"7946 0001"):
        assert needle not in on_disk
    assert len(made) == SESSION_BYTES


def test_forms_of_two_sessions_are_not_of_each_other(accounts: AccountStore) -> None:
    first, second = accounts.sign_in("pat", PASSWORD), accounts.sign_in("pat", PASSWORD)
    assert form_token(first) != form_token(second)
    assert first.hex() not in form_token(first)


def _fail(accounts: AccountStore, times: int) -> None:
    for _ in range(times):
        with pytest.raises(AccountError):
            accounts.sign_in("pat", "a wrong password")


def test_ones_own_password_is_not_changed_once_somebody_else_has_changed_it(
    accounts: AccountStore,
) -> None:
    """A thief who knows the old one is quick, and hashing is slow."""
    checked = accounts.check_password("pat", PASSWORD)
    accounts.change("pat", lambda held: held, "given by somebody else")
    with pytest.raises(AccountError, match="just now"):
        accounts.change("pat", lambda held: held, "harvest lantern quill", checked)
    assert accounts.sign_in("pat", "given by somebody else")
