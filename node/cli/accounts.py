"""`whoelse-node account`: who may sign in to the pages."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from node.accounts.model import Account, AccountRole
from node.accounts.store import AccountStore, NewAccount
from node.clock import system_clock
from node.errors import AccountError
from node.folder import Folder
from node.settings import load_settings
from node.store_key import load_store_key
from protocol import limits

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


def add(
    folder: Path, username: str, name: str, telephone: str, team: str, roles: Sequence[str]
) -> None:
    """Make an account.

    Raises:
        AccountError: an entry that cannot be used, or there is one of that username.
    """
    if not USERNAME.fullmatch(username):
        raise AccountError("username: 2 to 64 of a-z, 0-9 and . _ @ -")
    made = _checked(Account(username, name, telephone, team, _roles(roles)))
    with _accounts(folder) as accounts:
        accounts.add(NewAccount(made, _password()))
    typer.echo(f"{username} may sign in.")


def change(
    folder: Path, username: str, roles: Sequence[str], *, password: bool, **texts: str
) -> None:
    """Change an account: what is empty stays as it is.

    Raises:
        AccountError: an entry that cannot be used, or there is none of that username.
    """
    given = {what: text for what, text in texts.items() if text}
    new_roles = _roles(roles)

    def changed(account: Account) -> Account:
        return _checked(replace(account, **given, roles=new_roles or account.roles))

    with _accounts(folder) as accounts:
        accounts.change(username, changed, _password() if password else "")
    typer.echo(f"{username} is changed" + (", and signed out everywhere." if password else "."))


def show(folder: Path) -> None:
    """Print all accounts."""
    with _accounts(folder) as accounts:
        for account in accounts.all():
            roles = ", ".join(sorted(account.roles))
            typer.echo(f"{account.username:<24} {account.name}, {account.team}: {roles}")


def remove(folder: Path, username: str) -> None:
    """Remove an account.

    Raises:
        AccountError: there is none of that username.
    """
    with _accounts(folder) as accounts:
        accounts.remove(username)
    typer.echo(f"{username} may not sign in any more.")


def _checked(account: Account) -> Account:
    for what, text, most_bytes in (
        ("name", account.name, limits.PERSON_BYTES),
        ("telephone", account.telephone, limits.TELEPHONE_BYTES),
        ("team", account.team, limits.TEAM_BYTES),
    ):
        if not text.strip() or not text.isprintable() or len(text.encode()) > most_bytes:
            raise AccountError(f"{what}: 1 to {most_bytes} printable characters")
    return account


def _roles(names: Sequence[str]) -> frozenset[AccountRole]:
    known = [role.value for role in AccountRole]
    if not set(names) <= set(known):
        raise AccountError(f"role: one of {', '.join(known)}")
    return frozenset(map(AccountRole, names))


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


@contextmanager
def _accounts(path: Path) -> Iterator[AccountStore]:
    folder, key = Folder(path), load_store_key(load_settings(path).store_key)
    with closing(AccountStore(folder.accounts, key, system_clock)) as accounts:
        yield accounts
