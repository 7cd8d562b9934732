"""`whoelse-node account`: who may sign in to the pages."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from node.accounts.entries import Entries, changed_account, entries_of, new_account
from node.accounts.model import Account
from node.accounts.store import AccountStore, NewAccount
from node.clock import system_clock
from node.errors import AccountError
from node.folder import Folder
from node.settings import load_settings
from node.store_key import load_store_key


def add(
    folder: Path, username: str, name: str, telephone: str, team: str, roles: Sequence[str]
) -> None:
    """Make an account.

    Raises:
        AccountError: an entry that cannot be used, or there is one of that username.
    """
    made = new_account(username, Entries(name, telephone, team, roles))
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

    def changed(account: Account) -> Account:
        held = entries_of(account)
        return changed_account(account, replace(held, **given, role=roles or held.role))

    with _accounts(folder) as accounts:
        accounts.change(username, changed, _password() if password else "")
    gone = ", signed out everywhere, and has no passkeys any more" if password else ""
    typer.echo(f"{username} is changed{gone}.")


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
    typer.echo(f"{username} is removed, and signed out everywhere.")


def sign_out(folder: Path, username: str) -> None:
    """End all sessions of somebody.

    Raises:
        AccountError: there is none of that username.
    """
    with _accounts(folder) as accounts:
        if accounts.find(username) is None:
            raise AccountError(f"there is no account {username}")
        # None of theirs is this one: here nobody has signed in.
        accounts.sign_out_elsewhere(username, b"")
    typer.echo(f"{username} is signed out everywhere.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


@contextmanager
def _accounts(path: Path) -> Iterator[AccountStore]:
    folder, key = Folder(path), load_store_key(load_settings(path).store_key)
    with closing(AccountStore(folder.accounts, key, system_clock)) as accounts:
        yield accounts
