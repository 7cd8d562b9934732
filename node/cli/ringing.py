"""After the answers at a terminal: the checks to be expected, and asking a council to ring."""

from collections.abc import Sequence

import typer

from node.asking.answers import MemberAnswer
from node.asking.asker import Enquiry
from node.cli.prompts import prompt_choice, prompt_text
from node.clock import moment
from node.post.callback_store import CallBackKind
from node.post.callbacks import Asking, CallBacks
from node.post.words import URGENCIES
from protocol import limits
from protocol.directory.members import Directory
from protocol.encoding import decode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.messages.callback import Urgency, check_urgency


def expect_checks(
    call_backs: CallBacks,
    directory: Directory,
    enquiry: Enquiry,
    answers: Sequence[MemberAnswer],
    asked_ms: int,
) -> None:
    """Keep which councils look whether they know the child; what they find comes to the call-backs.

    Raises:
        StoreError: it cannot be kept.
    """
    urgency = check_urgency(directory.purposes[enquiry.purpose])
    for answer in answers:
        if answer.is_being_checked and answer.round:
            asking = _asking(enquiry, answer, urgency, "")
            call_backs.expect_check(MemberId(answer.member), asking, asked_ms)


def offer_call_backs(
    call_backs: CallBacks, enquiry: Enquiry, answers: Sequence[MemberAnswer]
) -> None:
    """Have those rung back who want to be, by the councils where something fitted.

    Raises:
        StoreError: it cannot be kept.
    """
    fitting = [answer for answer in answers if answer.may_call_back]
    while fitting:
        typer.echo("\nHave a council ring you, or say what is wrong in its answer?")
        names = [answer.name for answer in fitting]
        chosen = prompt_choice(names, "Number, or Enter to end")
        if chosen is None:
            return
        _ask_to_ring(call_backs, enquiry, fitting.pop(chosen))


def _ask_to_ring(call_backs: CallBacks, enquiry: Enquiry, answer: MemberAnswer) -> None:
    choices = list(URGENCIES.values())
    texts = [choice.text for choice in choices]
    if answer.may_correct:
        texts.append("Not to ring, but to look: what they say is wrong")
    soon = prompt_choice(texts, "How soon, or Enter not to ask")
    if soon is None:
        return
    if soon == len(choices):
        _tell_what_is_wrong(call_backs, enquiry, answer)
        return
    message = prompt_text("Message, if you like", limits.CALL_BACK_BYTES, default="")
    asking = _asking(enquiry, answer, choices[soon].value, message)
    made = call_backs.ask(MemberId(answer.member), asking)
    typer.echo(
        f"{answer.name} is asked to ring {made.request.telephone} by {moment(made.due_ms)}. What "
        "they do about it:  whoelse-node call-backs FOLDER"
    )


def _tell_what_is_wrong(call_backs: CallBacks, enquiry: Enquiry, answer: MemberAnswer) -> None:
    message = prompt_text("What is wrong", limits.CALL_BACK_BYTES, least=2)
    asking = _asking(enquiry, answer, Urgency.WITHIN_A_WEEK, message)
    call_backs.ask(MemberId(answer.member), asking, CallBackKind.CORRECTION)
    typer.echo(f"{answer.name} is told, and what they find comes to your call-backs.")


def _asking(enquiry: Enquiry, answer: MemberAnswer, urgency: Urgency, message: str) -> Asking:
    who = enquiry.who
    return Asking(
        enquiry.username,
        who.name,
        who.telephone,
        who.team,
        who.reference,
        RoundId(decode_base64url(answer.round)),
        urgency,
        message,
    )
