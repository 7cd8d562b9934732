"""Giving to somebody else what one of a team waits for, at a terminal."""

from collections.abc import Sequence
from contextlib import closing

import typer

from node.accounts.model import Account
from node.accounts.store import AccountStore
from node.cli.naming import NameOf
from node.cli.prompts import prompt_choice, prompt_text
from node.clock import moment, system_clock
from node.managing import takers
from node.opening import OpenFolder
from node.post.callback_store import CallBack
from node.post.callbacks import CallBacks
from node.post.words import asked_of
from protocol import limits


def offer_giving(
    opened: OpenFolder,
    call_backs: CallBacks,
    team: str,
    waited_for: Sequence[CallBack],
    name_of: NameOf,
) -> None:
    """Have somebody else of a team be rung, where whoever asked is away.

    Raises:
        CallBackError: they have rung meanwhile.
        StoreError: it cannot be kept.
    """
    if not waited_for:
        return
    typer.echo("Give one to somebody else?")
    chosen = prompt_choice(
        [_entry(each, name_of) for each in waited_for], "Number, or Enter to end"
    )
    if chosen is None:
        return
    asked = waited_for[chosen]
    username, name, telephone = _prompt_taker(takers(_accounts(opened), team, asked.username))
    call_backs.give(asked.request.id, username, name, telephone, asked.request.team)
    typer.echo(
        f"{name} has it. {name_of(asked.member)} is told within minutes, while the node runs."
    )


def _prompt_taker(people: Sequence[Account]) -> tuple[str, str, str]:
    """Return who has it from now on: their username, "" of who has no account, name, telephone."""
    if people:
        names = [f"{each.name}, {each.telephone}" for each in people]
        chosen = prompt_choice(names, "Number, or Enter for somebody without an account")
        if chosen is not None:
            person = people[chosen]
            return person.username, person.name, person.telephone
    name = prompt_text("Who has it now", limits.PERSON_BYTES, least=2)
    return "", name, prompt_text("Their telephone", limits.TELEPHONE_BYTES, least=3)


def _accounts(opened: OpenFolder) -> Sequence[Account]:
    """Return all accounts of this node, which has none where there are no pages."""
    if not opened.folder.accounts.exists():
        return ()
    with closing(AccountStore(opened.folder.accounts, opened.store_key, system_clock)) as store:
        return store.all()


def _entry(each: CallBack, name_of: NameOf) -> str:
    overdue = "OVERDUE  " if each.is_overdue(system_clock()) else ""
    reference = f", {each.request.reference}" if each.request.reference else ""
    return (
        f"{overdue}{each.request.name}{reference}: {name_of(each.member)} {asked_of(each).title}, "
        f"since {moment(each.request.asked_ms)}"
    )
