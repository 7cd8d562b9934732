"""One more detail of the child, at a terminal, for a council that checks and has asked for it."""

from collections.abc import Sequence

import typer

from node.asking.detail_socket import hand_over
from node.cli.enquiry import DETAIL_PROMPTS, prompt_entries
from node.cli.naming import NameOf
from node.cli.prompts import prompt_choice
from node.opening import OpenFolder
from node.post.callback_store import CallBack
from protocol import limits
from protocol.messages.callback import Step


def offer_details(opened: OpenFolder, listed: Sequence[CallBack], name_of: NameOf) -> None:
    """Have the details given that councils ask for, as long as somebody wants to.

    Raises:
        AskError: the node does not run, which sends them.
    """
    wanting = [each for each in listed if each.wants_a_field]
    if wanting and opened.settings.adds_every is None:
        typer.echo(
            "Ring whoever asks for one more detail: this node sends none. It does with "
            f"adding_seconds = {limits.ADDING_SECONDS} in its node.toml, once it is started anew."
        )
        return
    while wanting:
        typer.echo("\nSay more of a child? They see whether it fits, and nothing of what you type.")
        chosen = prompt_choice(
            [_entry(each, name_of) for each in wanting], "Number, or Enter to end"
        )
        if chosen is None:
            return
        _give(opened, wanting.pop(chosen))


def _give(opened: OpenFolder, check: CallBack) -> None:
    typer.echo("\nGive it with what you asked by: nothing of that is kept. Leave empty what you do")
    typer.echo("not know.")
    hand_over(opened.folder.details, check.request.id, prompt_entries(DETAIL_PROMPTS))
    typer.echo("It goes out with the next batch, while the node runs. What they find comes here.")


def _entry(each: CallBack, name_of: NameOf) -> str:
    notes = [done.note for done in each.steps if done.step is Step.FIELD_ASKED]
    reference = f" (your reference {each.request.reference})" if each.request.reference else ""
    return f"{name_of(each.member)}{reference}: {notes[-1]}"
