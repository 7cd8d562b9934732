"""Passkeys: who is let in by one, and what lets nobody in."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.accounts.model import Account, AccountRole
from node.accounts.passkeys import (
    CHALLENGE_MS,
    MOST_CHALLENGES,
    MOST_PASSKEYS,
    NOT_TAKEN,
    TOO_MANY,
    Challenges,
    Passkeys,
)
from node.accounts.passwords import Passwords
from node.accounts.store import RESERVED_MS, AccountStore, NewAccount
from node.errors import AccountError, StoreError
from tests.node.accounts.hashing import CHEAP
from tests.node.accounts.soft_authenticator import ORIGIN, PRESENT, Authenticator
from tests.node.small_federation import STORE_KEY, FakeClock

PAT = Account("pat", "Pat", "1", "T", frozenset({AccountRole.PRACTITIONER}))
SAM = Account("sam", "Sam", "1", "T", frozenset({AccountRole.PRACTITIONER}))


class People:
    """Two accounts, and their passkeys."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "accounts.db"
        self.open = ExitStack()
        self.clock = FakeClock()
        self.accounts = self.open.enter_context(
            closing(AccountStore(self.path, STORE_KEY, self.clock, Passwords(CHEAP)))
        )
        for account in (PAT, SAM):
            self.accounts.add(NewAccount(account, "pewter lantern gravel"))
        self.passkeys = self.open.enter_context(
            closing(Passkeys(self.path, STORE_KEY, self.accounts, ORIGIN, self.clock))
        )

    def add(self, authenticator: Authenticator, account: Account = PAT) -> None:
        options = self.passkeys.options_to_add(account)
        self.passkeys.add(account.username, "Phone", authenticator.create(options))

    def sign_in(self, authenticator: Authenticator) -> str:
        """Show a passkey; return whose session begins."""
        made = self.passkeys.sign_in(authenticator.get(self.passkeys.options_to_sign_in()))
        session = self.accounts.session(made)
        assert session is not None
        return session.account.username


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    made = People(tmp_path)
    with made.open:
        yield made


@pytest.fixture
def phone(people: People) -> Authenticator:
    """One with a passkey of Pat's."""
    made = Authenticator()
    people.add(made)
    return made


def test_whose_passkey_is_shown_is_let_in(people: People, phone: Authenticator) -> None:
    other = Authenticator()
    people.add(other, SAM)
    assert (people.sign_in(phone), people.sign_in(other)) == ("pat", "sam")
    (found,) = people.passkeys.of("pat")
    assert (found.id, found.name, found.added_ms) == (phone.id, "Phone", people.clock.now_ms)


def test_options_name_this_site_and_ask_for_a_holder_who_is_verified(
    people: People, phone: Authenticator
) -> None:
    to_add = people.passkeys.options_to_add(PAT)
    assert to_add["rp"] == {"id": "node.example", "name": "WhoElse"}
    assert to_add["authenticatorSelection"]["userVerification"] == "required"
    assert to_add["authenticatorSelection"]["residentKey"] == "required"
    assert to_add["attestation"] == "none"
    assert len(to_add["excludeCredentials"]) == 1
    assert PAT.username not in to_add["user"]["id"]
    to_sign_in = people.passkeys.options_to_sign_in()
    assert (to_sign_in["rpId"], to_sign_in["userVerification"]) == ("node.example", "required")
    assert not to_sign_in.get("allowCredentials")
    assert to_sign_in["challenge"] != people.passkeys.options_to_sign_in()["challenge"]
    del phone


WRONG: dict[str, Callable[[Authenticator], object]] = {
    "of another site": lambda phone: setattr(phone, "site", "evil.example"),
    "for another origin": lambda phone: setattr(phone, "origin", "https://evil.example"),
    "over plain HTTP": lambda phone: setattr(phone, "origin", "http://node.example"),
    "with nobody verified": lambda phone: setattr(phone, "flags", PRESENT),
    "with nobody present": lambda phone: setattr(phone, "flags", 0),
    "of another kind": lambda phone: phone.changed.update(type="payment.get"),
    "for a challenge of its own": lambda phone: phone.changed.update(challenge="AAAA"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_is_shown_wrong_lets_nobody_in(
    people: People, phone: Authenticator, change: Callable[[Authenticator], object]
) -> None:
    change(phone)
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(phone)


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_is_made_wrong_is_not_taken(
    people: People, change: Callable[[Authenticator], object]
) -> None:
    made = Authenticator()
    change(made)
    with pytest.raises(AccountError, match=NOT_TAKEN):
        people.add(made)
    assert people.passkeys.of("pat") == []


def test_a_key_that_is_not_the_passkeys_lets_nobody_in(
    people: People, phone: Authenticator
) -> None:
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(Authenticator(id=phone.id))
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(Authenticator())


def test_what_was_shown_once_lets_nobody_in_again(people: People, phone: Authenticator) -> None:
    options = people.passkeys.options_to_sign_in()
    shown = phone.get(options)
    people.passkeys.sign_in(shown)
    for again in (shown, phone.get(options)):
        with pytest.raises(AccountError, match="not right"):
            people.passkeys.sign_in(again)


def test_what_comes_too_late_lets_nobody_in(people: People, phone: Authenticator) -> None:
    shown = phone.get(people.passkeys.options_to_sign_in())
    people.clock.now_ms += CHALLENGE_MS
    with pytest.raises(AccountError, match="not right"):
        people.passkeys.sign_in(shown)


def test_a_challenge_of_one_thing_serves_for_no_other(people: People, phone: Authenticator) -> None:
    with pytest.raises(AccountError, match="not right"):
        people.passkeys.sign_in(phone.get(people.passkeys.options_to_add(PAT)))
    for options in (people.passkeys.options_to_sign_in(), people.passkeys.options_to_add(SAM)):
        with pytest.raises(AccountError, match=NOT_TAKEN):
            people.passkeys.add("pat", "Phone", Authenticator().create(options))


def test_an_authenticator_that_was_copied_is_noticed(people: People) -> None:
    phone = Authenticator(counts=5)
    people.add(phone)
    assert people.sign_in(phone) == "pat"
    phone.counts -= 2
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(phone)


NONSENSE: list[str] = [
    "",
    "nonsense",
    "[]",
    "null",
    "7",
    '"text"',
    "{}",
    '{"response": 7}',
    '{"response": {"clientDataJSON": 7}}',
    '{"response": {"clientDataJSON": "W10"}}',
    '{"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOjd9"}}',
    "[" * 5000,
    "\x00",
]


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_lets_nobody_in(people: People, credential: str) -> None:
    with pytest.raises(AccountError, match="not right"):
        people.passkeys.sign_in(credential)
    with pytest.raises(AccountError, match=NOT_TAKEN):
        people.passkeys.add("pat", "Phone", credential)


@pytest.mark.parametrize("field", ["id", "rawId", "type", "response"])
@pytest.mark.parametrize("value", [None, 7, "", "AAAA", [], {}])
def test_a_part_that_is_none_lets_nobody_in(
    people: People, phone: Authenticator, field: str, value: Any
) -> None:
    shown = json.loads(phone.get(people.passkeys.options_to_sign_in()))
    with pytest.raises(AccountError, match="not right"):
        people.passkeys.sign_in(json.dumps(shown | {field: value}))


def test_a_passkey_that_is_removed_lets_nobody_in(people: People, phone: Authenticator) -> None:
    people.passkeys.remove(phone.id, "sam")
    assert people.sign_in(phone) == "pat"
    people.passkeys.remove(phone.id, "pat")
    assert people.passkeys.of("pat") == []
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(phone)


def test_passkeys_go_with_their_account(people: People, phone: Authenticator) -> None:
    people.accounts.remove("pat")
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(phone)
    people.clock.now_ms += RESERVED_MS
    people.accounts.add(NewAccount(PAT, "pewter lantern gravel"))
    assert people.passkeys.of("pat") == []


def test_passkeys_go_with_a_password_that_somebody_else_gives(
    people: People, phone: Authenticator
) -> None:
    other = Authenticator()
    people.add(other, SAM)
    people.accounts.change("pat", lambda held: replace(held, team="Duty"))
    assert people.sign_in(phone) == "pat"
    people.accounts.change("pat", lambda held: held, "harvest lantern quill")
    assert people.passkeys.of("pat") == []
    with pytest.raises(AccountError, match="not right"):
        people.sign_in(phone)
    assert people.sign_in(other) == "sam"


def test_passkeys_stay_with_a_password_that_is_ones_own(
    people: People, phone: Authenticator
) -> None:
    checked = people.accounts.check_password("pat", "pewter lantern gravel")
    people.accounts.change("pat", lambda held: held, "harvest lantern quill", checked)
    assert people.sign_in(phone) == "pat"


def test_a_passkey_of_somebody_else_is_not_taken_over(people: People, phone: Authenticator) -> None:
    with pytest.raises(AccountError, match=NOT_TAKEN):
        people.add(phone, SAM)
    assert people.sign_in(phone) == "pat"


def test_nobody_has_passkeys_without_end(people: People) -> None:
    for _ in range(MOST_PASSKEYS):
        people.add(Authenticator())
    with pytest.raises(AccountError, match=TOO_MANY):
        people.add(Authenticator())


def test_who_writes_to_the_disk_gives_no_passkey_to_another(
    people: People, phone: Authenticator
) -> None:
    with sqlite3.connect(people.path) as connection:
        connection.execute("UPDATE passkey SET username = 'sam'")
    with pytest.raises(StoreError):
        people.sign_in(phone)


def test_challenges_are_bounded_and_forgotten() -> None:
    clock = FakeClock()
    challenges = Challenges(clock)
    first = challenges.draw("")
    drawn = [challenges.draw("") for _ in range(MOST_CHALLENGES)]
    assert not challenges.use(first, "")
    assert challenges.use(drawn[0], "")
    assert not challenges.use(drawn[0], "")
    clock.now_ms += CHALLENGE_MS
    challenges.draw("")
    assert len(challenges._drawn) == 1
