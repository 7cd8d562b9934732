"""What an account may hold, as somebody types it: at a terminal or on a page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from node.accounts.model import Account, AccountRole
from node.errors import EntryProblems
from protocol import limits

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")

_MOST_BYTES = {
    "name": limits.PERSON_BYTES,
    "telephone": limits.TELEPHONE_BYTES,
    "team": limits.TEAM_BYTES,
}


@dataclass(frozen=True, slots=True)
class Entries:
    """What is typed of an account, beside its username."""

    name: str
    telephone: str
    team: str
    role: Sequence[str]
    """All that it has."""


def entries_of(account: Account) -> Entries:
    """Return what would have to be typed to leave an account as it is."""
    return Entries(account.name, account.telephone, account.team, sorted(account.roles))


def new_account(username: str, entries: Entries) -> Account:
    """Return an account that is to be made.

    Raises:
        EntryProblems: all that is wrong with the entries.
    """
    wrong = {} if USERNAME.fullmatch(username) else {"username": _NO_USERNAME}
    return _filled(Account(username, "", "", "", frozenset()), entries, wrong)


def changed_account(account: Account, entries: Entries) -> Account:
    """Return an account as it is to be.

    Raises:
        EntryProblems: all that is wrong with the entries.
    """
    return _filled(account, entries, {})


_NO_USERNAME = "2 to 64 of a-z, 0-9 and . _ @ -, a letter or digit first"


def _filled(account: Account, entries: Entries, wrong: dict[str, str]) -> Account:
    wrong |= dict(_wrong_texts(entries)) | dict(_wrong_roles(entries.role))
    if wrong:
        raise EntryProblems(wrong)
    return replace(
        account,
        name=entries.name,
        telephone=entries.telephone,
        team=entries.team,
        roles=frozenset(map(AccountRole, entries.role)),
    )


def _wrong_texts(entries: Entries) -> Iterator[tuple[str, str]]:
    for field, most_bytes in _MOST_BYTES.items():
        text = getattr(entries, field)
        if not text.strip() or not text.isprintable() or len(text.encode()) > most_bytes:
            yield field, f"give 1 to {most_bytes} printable characters"


def _wrong_roles(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    known = [role.value for role in AccountRole]
    if not names:
        yield "role", "choose at least one"
    elif not set(names) <= set(known):
        yield "role", f"one of {', '.join(known)}"
