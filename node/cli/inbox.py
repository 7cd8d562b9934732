"""`whoelse-node inbox` and `call-backs`: what councils need of each other, at a terminal."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

import typer

from node.cli.detail import offer_details
from node.cli.naming import NameOf, lines_of, names_of
from node.cli.prompts import prompt_choice, prompt_text
from node.clock import moment, system_clock
from node.opening import OpenFolder
from node.post.callback_store import CallBack, CallBackStore, open_post_database
from node.post.callbacks import LISTED_MS, CallBacks, matched_in
from node.post.outbox import StoredOutbox
from node.post.words import StepChoice, asked_of, became, done, fits, steps_of, task
from protocol import limits
from protocol.encoding import encode_base64url
from protocol.messages.callback import Step


@contextmanager
def open_call_backs(opened: OpenFolder) -> Iterator[CallBacks]:
    """Open the call-backs of a node, beside the node that runs: it sends what is done here."""
    key = opened.store_key
    with closing(open_post_database(opened.folder.post)) as database:
        yield CallBacks(
            CallBackStore(database, key),
            StoredOutbox(database, key),
            system_clock,
            matched_in(opened.ledger, key),
            opened.records.is_shielded,
        )


def show_inbox(opened: OpenFolder, json_lines: bool) -> None:
    """Print what other councils need of us; at a terminal, take what was done about it.

    Raises:
        CallBackError: somebody else has closed it meanwhile.
        StoreError: it cannot be read, or kept.
    """
    name_of = names_of(opened)
    with open_call_backs(opened) as call_backs:
        if json_lines:
            _print_json(call_backs.all(ours=False), name_of)
            return
        listed = call_backs.of_late(LISTED_MS, ours=False)
        waiting = [each for each in listed if not each.is_closed]
        if not waiting:
            typer.echo("No council needs anything of you.")
            return
        entries = [_entry(each, name_of) for each in waiting]
        chosen = prompt_choice(entries, "Number to open, or Enter to end")
        if chosen is not None:
            _see_to(call_backs, waiting[chosen], name_of)


def show_call_backs(opened: OpenFolder, json_lines: bool) -> None:
    """Print what we have asked of other councils, and what became of it; at a terminal, take the
    details that they ask for.

    Raises:
        AskError: the node, which sends details, does not take one.
        StoreError: it cannot be read.
    """
    name_of = names_of(opened)
    with open_call_backs(opened) as call_backs:
        if json_lines:
            everything = call_backs.all(ours=True)
            _print_json(everything, name_of, call_backs.unreached(everything))
            return
        listed = call_backs.of_late(LISTED_MS, ours=True)
        unreached = call_backs.unreached(listed)
        if not listed:
            typer.echo("Nothing is asked of another council.")
        for each in listed:
            for line in _asked_lines(opened, each, name_of, each.request.id in unreached):
                typer.echo(line)
        offer_details(opened, call_backs, listed, name_of)


def _asked_lines(
    opened: OpenFolder, each: CallBack, name_of: NameOf, is_unreached: bool
) -> Iterator[str]:
    words, request = asked_of(each), each.request
    yield f"{_state(each)}{name_of(each.member)} {words.title}"
    yield f"  asked by {request.name}, {request.team}, {moment(request.asked_ms)}"
    yield f"  {words.by} {moment(each.due_ms)}. {became(each)}"
    if is_unreached:
        yield f"  IT HAS NOT REACHED THEM. Ring them{lines_of(opened, each.member)}"
    if each.last and each.last.note:
        yield f"  {each.last.note}"
    if request.reference:
        yield f"  your reference {request.reference}"


def _entry(each: CallBack, name_of: NameOf) -> str:
    """Return two lines of the inbox, the second indented like the first behind its number."""
    references = ", ".join(each.case_references)
    return (
        f"{_state(each)}{task(each, name_of(each.member))}, by {moment(each.due_ms)}\n"
        f"     {f'your case {references}. ' if references else ''}{became(each)}"
    )


def _see_to(call_backs: CallBacks, found: CallBack, name_of: NameOf) -> None:
    for line in _item_lines(found, name_of):
        typer.echo(line)
    choices = list(steps_of(found).values())
    typer.echo("\nWhat have you done?")
    texts = [f"{choice.text} ({choice.hint})" for choice in choices]
    chosen = prompt_choice(texts, "Number, or Enter for nothing")
    if chosen is None:
        return
    step, owner, note = _prompt_step(choices[chosen])
    call_backs.do(found.request.id, step, owner, note)
    typer.echo(f"Kept. {name_of(found.member)} is told within minutes, while the node runs.")


def _prompt_step(choice: StepChoice) -> tuple[Step, str, str]:
    name = prompt_text("Your name", limits.PERSON_BYTES, least=2)
    owner = name
    if choice.value is Step.PASSED_ON:
        owner = prompt_text("Who has it now", limits.PERSON_BYTES, least=2)
    if choice.needs:
        return choice.value, owner, prompt_text(choice.needs, limits.CALL_BACK_BYTES, least=2)
    note = prompt_text("Note, if you like", limits.CALL_BACK_BYTES, default="")
    return choice.value, owner, note


def _item_lines(found: CallBack, name_of: NameOf) -> Iterator[str]:
    request = found.request
    yield ""
    yield task(found, name_of(found.member))
    if found.protected_location:
        yield "  They say that the child's location is protected. Tell nobody who need not know."
    told = {
        "ring": request.telephone,
        "by": moment(found.due_ms),
        "team": request.team,
        "your case": ", ".join(found.case_references) or "none fitted their question",
        "their reference": request.reference,
        "message": request.message,
        "asked": moment(request.asked_ms),
    }
    for name, text in told.items():
        if text:
            yield f"  {name:<16} {text}"
    for step in found.steps:
        yield f"  {moment(step.at_ms)}: {done(step)}" + (f". {step.note}" if step.note else "")
    if found.added_ms:
        yield f"  {moment(found.added_ms)}: they have said more of the child: {fits(found)}"


def _state(each: CallBack) -> str:
    return "OVERDUE  " if each.is_overdue(system_clock()) else "" if each.is_open else "(done)  "


def _print_json(
    listed: Sequence[CallBack], name_of: NameOf, unreached: Collection[bytes] = ()
) -> None:
    for each in listed:
        is_unreached = each.request.id in unreached
        typer.echo(json.dumps(_as_data(each, name_of, is_unreached=is_unreached)))


def _as_data(each: CallBack, name_of: NameOf, *, is_unreached: bool) -> Mapping[str, object]:
    request = each.request
    return {
        "id": encode_base64url(request.id),
        "kind": each.kind.value,
        "council": each.member,
        "name_of_council": name_of(each.member),
        "asked_ms": request.asked_ms,
        "due_ms": each.due_ms,
        "overdue": each.is_overdue(system_clock()),
        "unreached": is_unreached,
        "open": each.is_open,
        "closed": each.is_closed,
        "name": request.name,
        "telephone": request.telephone,
        "team": request.team,
        "reference": request.reference,
        "message": request.message,
        "case_references": list(each.case_references),
        "added_ms": each.added_ms,
        "protected_location": each.protected_location,
        "added_fits": [[reference, key_id.name] for reference, key_id in each.added_fits],
        "steps": [
            {
                "step": step.step.name.lower(),
                "at_ms": step.at_ms,
                "owner": step.owner,
                "note": step.note,
            }
            for step in each.steps
        ],
    }
