"""One more detail of the child, at a terminal, for a council that checks and has asked for it."""

from collections.abc import Sequence

import typer

from node.asking.detail_socket import hand_over, takes_details
from node.cli.enquiry import DETAIL_PROMPTS, prompt_entries
from node.cli.naming import NameOf
from node.cli.prompts import prompt_choice
from node.clock import moment
from node.opening import OpenFolder
from node.post.callback_store import CallBack
from node.post.callbacks import CallBacks
from protocol.messages.callback import Step


def offer_details(
    opened: OpenFolder, call_backs: CallBacks, listed: Sequence[CallBack], name_of: NameOf
) -> None:
    """Have the details given that councils ask for, as long as somebody wants to.

    Raises:
        AskError: the node, which sends them, does not take one.
    """
    wanting = [each for each in listed if each.wants_a_field]
    if not wanting:
        return
    if reason := _why_not(opened):
        typer.echo(f"Ring whoever asks for one more detail: {reason}.")
        return
    while wanting:
        typer.echo("\nSay more of a child? They see whether it fits, and nothing of what you type.")
        entries = [_entry(each, name_of) for each in wanting]
        chosen = prompt_choice(entries, "Number, or Enter to end")
        if chosen is None:
            return
        _give(opened, call_backs, wanting.pop(chosen))


def _why_not(opened: OpenFolder) -> str:
    """Return why no detail can be sent now, "" where one can."""
    if takes_details(opened.folder.details):
        return ""
    if opened.folder.running.read() is None:
        return f"the node sends it, and does not run: whoelse-node run {opened.folder.path}"
    return "the node that runs here sends none (adding_seconds in its node.toml)"


def _give(opened: OpenFolder, call_backs: CallBacks, check: CallBack) -> None:
    typer.echo("\nGive it with what you asked by: nothing of that is kept. Leave empty what you do")
    typer.echo("not know.")
    child = prompt_entries(DETAIL_PROMPTS)
    found = call_backs.find(check.request.id, ours=True)
    if found is None or not found.wants_a_field:
        typer.echo("It is not sent: nobody there waits for it any more.")
        return
    hand_over(opened.folder.details, check.request.id, child)
    typer.echo("It goes out with one of the next batches, within half an hour as a rule, while the")
    typer.echo("node runs. What they find comes here.")


def _entry(each: CallBack, name_of: NameOf) -> str:
    notes = [done.note for done in each.steps if done.step is Step.FIELD_ASKED]
    reference = f" (your reference {each.request.reference})" if each.request.reference else ""
    sent = f". You said more, sent {moment(each.added_ms)}" if each.added_ms else ""
    return f"{name_of(each.member)}{reference}: {notes[-1]}{sent}"
