"""How pages speak of answers: in the words of the product, and in the order of what to do."""

from dataclasses import dataclass

from node.asking.answers import MemberAnswer


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the answers page."""

    key: str
    title: str
    advice: str


SECTIONS = (
    Section("known", "Known", ""),
    Section(
        "may_be_known",
        "May be known",
        "A record there fits well, not surely. Ring the duty line and compare.",
    ),
    Section(
        "being_checked",
        "Being checked",
        "Something there fits in part. Ring the duty line, so that somebody looks.",
    ),
    Section(
        "add_a_field",
        "Needs one more detail",
        "More than one child there fits. Ask again with an NHS number, a UPN or a postcode.",
    ),
    Section(
        "household",
        "Same household",
        "Somebody of the same household is known there. It is not said that it is this child.",
    ),
    Section(
        "not_heard",
        "Not heard from",
        "This is not a clearance. Ring these councils and services.",
    ),
    Section("not_known", "Not known", "Not known to these systems today. It is not a clearance."),
)

_OF_OUTCOME = {
    "known": "known",
    "may_be_known": "may_be_known",
    "being_checked": "being_checked",
    "add_a_field": "add_a_field",
    "not_known": "not_known",
}

REASONS = {
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


def section_of(answer: MemberAnswer) -> str:
    """Return the key of the section that an answer belongs to."""
    if answer.tier == "household":
        return "household"
    return _OF_OUTCOME.get(answer.outcome, "not_heard")


def reason(answer: MemberAnswer) -> str:
    """Return why a member did not answer."""
    return REASONS.get(answer.cause) or REASONS.get(answer.outcome, "It cannot answer.")


_KINDS = {"ehc_plan": "EHC plan", "section_47_enquiry": "Section 47 enquiry"}


def involvement_kind(kind: str) -> str:
    """Return a kind of involvement as it stands on a page."""
    return _KINDS.get(kind) or kind.replace("_", " ").capitalize()
