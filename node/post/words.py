"""How call-back requests, checks and corrections are spoken of: on pages, and at a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass

from node.post.callback_store import CallBack, CallBackKind, DoneStep
from protocol.matching.confidence import Tier, difference_of, tier_of
from protocol.messages.callback import Step, Urgency


@dataclass(frozen=True, slots=True)
class UrgencyChoice:
    """How soon somebody is asked to ring."""

    value: Urgency
    text: str


URGENCIES = {
    "hour": UrgencyChoice(Urgency.WITHIN_AN_HOUR, "Within an hour"),
    "day": UrgencyChoice(Urgency.WITHIN_A_DAY, "Within a day"),
    "week": UrgencyChoice(Urgency.WITHIN_A_WEEK, "Within a week"),
}
"""By the value that a form has for it."""


@dataclass(frozen=True, slots=True)
class StepChoice:
    """What can be done about a request, and how it is told of who did it."""

    value: Step
    text: str
    hint: str
    done_by: str
    needs: str = ""
    """What is said to who says nothing with it, "" where nothing has to be."""


_SEEN = StepChoice(Step.SEEN, "Seen", "You take it on", "Seen by")
_PASSED_ON = StepChoice(Step.PASSED_ON, "Passed on", "Say below to whom", "Passed on to")
_ANSWERED = StepChoice(Step.ANSWERED, "Answered", "You have spoken", "Answered by")

_STEPS: Mapping[CallBackKind, Mapping[str, StepChoice]] = {
    CallBackKind.REQUEST: {
        "seen": _SEEN,
        "passed_on": _PASSED_ON,
        "answered": _ANSWERED,
        "closed": StepChoice(
            Step.CLOSED,
            "Closed",
            "Say below what came of it",
            "Closed by",
            needs="Say what came of it",
        ),
    },
    CallBackKind.CHECK: {
        "seen": _SEEN,
        "passed_on": _PASSED_ON,
        "answered": _ANSWERED,
        "field_asked": StepChoice(
            Step.FIELD_ASKED,
            "Asked for one more detail",
            "Say below which: an NHS number, a UPN, a postcode, a former name, a carer",
            "One more detail is asked for by",
            needs="Say which detail you need",
        ),
        "is_the_child": StepChoice(
            Step.IS_THE_CHILD,
            "It is the child",
            "Say below how you know, and whom they should ring",
            "The child is known there, says",
            needs="Say how you know",
        ),
        "is_not_the_child": StepChoice(
            Step.IS_NOT_THE_CHILD,
            "It is not, or you cannot say",
            "Say below how you looked. Whatever the reason, they are told one sentence alone; your "
            "note stays here",
            "Not a child of theirs as far as can be said, which is no clearance. Looked at by",
            needs="Say how you looked: it stays here",
        ),
    },
    CallBackKind.CORRECTION: {
        "seen": _SEEN,
        "passed_on": _PASSED_ON,
        "closed": StepChoice(
            Step.CLOSED,
            "Looked at",
            "Say below what was put right, or that nothing had to be",
            "Closed by",
            needs="Say what was put right, or that nothing had to be",
        ),
    },
}


def steps_of(found: CallBack) -> Mapping[str, StepChoice]:
    """Return what can be done about a request, by the value that a form has for it."""
    choices = _STEPS[found.kind]
    if found.is_open:
        return choices
    return {value: choice for value, choice in choices.items() if choice is not _SEEN}


_OUTCOMES = {
    Step.ANSWERED: "spoken",
    Step.CLOSED: "closed",
    Step.IS_THE_CHILD: "the child is known there",
    Step.IS_NOT_THE_CHILD: "not said to be",
}


OUTCOMES = tuple(_OUTCOMES.values())


def outcome_of(found: CallBack) -> str:
    """Return what came of a request in a word or two, "" where nothing has yet."""
    return _OUTCOMES.get(found.last_done.step, "") if found.last_done else ""


_DONE_BY = {choice.value: choice.done_by for steps in _STEPS.values() for choice in steps.values()}


def done(step: DoneStep) -> str:
    """Return what was done, and by whom or for whom."""
    return f"{_DONE_BY[step.step]} {step.owner}"


_TASKS = {
    CallBackKind.REQUEST: "Ring",
    CallBackKind.CHECK: "Look whether you know the child:",
    CallBackKind.CORRECTION: "Look whether your answer was wrong:",
}


def task(found: CallBack, council: str) -> str:
    """Return what somebody here has to do for another council."""
    return f"{_TASKS[found.kind]} {found.request.name}, {council}"


@dataclass(frozen=True, slots=True)
class AskedOf:
    """How the page of whoever asked speaks of it."""

    title: str
    """Behind the other council's name."""
    by: str
    not_in_time: str


_ASKED_OF = {
    CallBackKind.REQUEST: AskedOf("is asked to ring", "To ring by", "Nobody has rung in time"),
    CallBackKind.CHECK: AskedOf(
        "looks whether the child is known there", "By", "Nobody has looked in time"
    ),
    CallBackKind.CORRECTION: AskedOf(
        "is told that its answer is wrong", "To look by", "Nobody has looked in time"
    ),
}


def asked_of(found: CallBack) -> AskedOf:
    return _ASKED_OF[found.kind]


def fits(found: CallBack) -> str:
    """Return which case of ours what was added to a check fits, and what is left open."""
    if not found.added_fits:
        return "nothing of it fits a case of yours"
    well = [reference for reference, key_id in found.added_fits if tier_of(key_id) in _FITS_WELL]
    if len(well) > 1:
        return f"it fits more than one of your cases, {' and '.join(well)}: compare with care"
    reference, key_id = found.added_fits[0]
    difference = difference_of(key_id)
    words = _FITS_WELL.get(tier_of(key_id), "no better than before")
    return f"it fits your case {reference} {words}" + (f", but {difference}" if difference else "")


_FITS_WELL = {
    Tier.CERTAIN: "as surely as what is answered known",
    Tier.STRONG: "as surely as what is answered known",
    Tier.PROBABLE: "well",
}


def became(call_back: CallBack) -> str:
    """Return what became of a request so far."""
    if call_back.has_news:
        return "They have said more of the child"
    return done(call_back.last) if call_back.last else "Not seen yet"
