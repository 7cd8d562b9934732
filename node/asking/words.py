"""What is said of an answer, on pages and at a terminal alike."""

from collections.abc import Callable, Iterable
from datetime import date

from node.asking.answers import AnsweredInvolvement, MemberAnswer
from node.errors import AskError, NodeError, NoHubError
from protocol.directory.members import Directory
from protocol.errors import DirectoryError, ProtocolError

_REASONS = {
    "purpose_not_allowed": "It does not answer for this purpose.",
    "role_not_allowed": "It does not answer for your role.",
    "daily_limit": "This council has asked as often today as it may.",
    "no_complete_index": "Its records are not loaded.",
    "no_valid_policy": "Its policy is not in order.",
    "other_key": "Its records are under another key.",
    "other_matching_version": "Its records are of another matching version.",
    "other_epoch": "The clocks differ.",
    "unreachable": "It did not reply.",
    "timed_out": "It did not reply in time.",
    "busy": "It is too busy to answer.",
    "misbehaved": "Its reply was not valid.",
}


_KINDS = {"ehc_plan": "EHC plan"}


def reason(answer: MemberAnswer) -> str:
    """Return why a member did not answer."""
    return _REASONS.get(answer.cause) or _REASONS.get(answer.outcome, "It cannot answer.")


def unasked(answers: Iterable[MemberAnswer]) -> str:
    """Return what to say in front of why members could not be asked."""
    if any(answer.is_answer for answer in answers):
        return "Not everybody could be asked"
    return "Nobody was heard from"


def why_not_asked(error: NodeError | ProtocolError) -> str:
    """Return why members could not be asked, for somebody who can only ring instead; whoever runs
    the node finds the rest in its log."""
    if isinstance(error, NoHubError):
        return "no hub that carries questions can be reached"
    if isinstance(error, AskError):
        return str(error)
    return "the service is not in order here"


def purpose_name(current: Callable[[], Directory], code: int) -> str:
    """Return the name of a purpose, its number where it is on no valid list."""
    try:
        purpose = current().purposes.get(code)
    except DirectoryError:
        purpose = None
    return purpose.name if purpose else f"Purpose {code}"


def involvement(one: AnsweredInvolvement) -> str:
    """Return kind and status of an involvement, as far as the council says them."""
    kind = _KINDS.get(one.kind) or one.kind.replace("_", " ").capitalize()
    status = f"closed {day(one.closed_on)}" if one.closed_on else "open"
    lead = "lead practitioner" if one.lead_practitioner else ""
    return ", ".join(filter(None, (kind, status if one.is_status_said else "", lead)))


def who(one: AnsweredInvolvement) -> str:
    """Return whom to ask for."""
    return ", ".join(text for text in (one.name, one.role, one.team, one.organisation) if text)


def day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
