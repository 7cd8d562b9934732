"""How pages speak of answers: in the words of the product, and in the order of what to do."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from node.asking.answers import AnsweredInvolvement, MemberAnswer, answered_involvement
from node.post.callback_store import CallBack, DoneStep
from node.records.cases import HeldCase
from protocol.messages.callback import Step, Urgency


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
        "Something there fits in part. If it cannot wait, ring the duty line.",
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

NO_CLEARANCE = "This is not a clearance."
WHY_NOT = (
    "Not known means not known to these councils' systems today. A "
    "council may be unable to answer for a child's safety, and would ring you."
)

_ANSWERS = frozenset({"known", "may_be_known", "being_checked", "add_a_field", "not_known"})
"""Outcomes that have a section of their own."""

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


def section_of(answer: MemberAnswer) -> str:
    """Return the key of the section that an answer belongs to."""
    if answer.tier == "household":
        return "household"
    return answer.outcome if answer.outcome in _ANSWERS else "not_heard"


def grouped(answers: Iterable[MemberAnswer]) -> Mapping[str, Sequence[MemberAnswer]]:
    """Return the answers by section, in each by name."""
    in_order = sorted(answers, key=lambda answer: answer.name)
    return {
        section.key: [answer for answer in in_order if section_of(answer) == section.key]
        for section in SECTIONS
    }


def summed(answers: Iterable[MemberAnswer]) -> str:
    """Return how many answers are of each section."""
    found = Counter(map(section_of, answers))
    said = (f"{each.title.lower()} {found[each.key]}" for each in SECTIONS if found[each.key])
    return ", ".join(said)


def reason(answer: MemberAnswer) -> str:
    """Return why a member did not answer."""
    return _REASONS.get(answer.cause) or _REASONS.get(answer.outcome, "It cannot answer.")


def differs(answer: MemberAnswer) -> str:
    """Return what does not fit, "" where all does, or the title of the section says it."""
    return answer.difference if section_of(answer) != "household" else ""


_KINDS = {"ehc_plan": "EHC plan"}


def involvement(one: AnsweredInvolvement) -> str:
    """Return kind and status of an involvement."""
    kind = _KINDS.get(one.kind) or one.kind.replace("_", " ").capitalize()
    status = f"closed {day(one.closed_on)}" if one.closed_on else "open"
    return f"{kind}, {status}" + (", lead practitioner" if one.lead_practitioner else "")


def case_words(case: HeldCase) -> str:
    """Return what tells a case of ours from another of the same reference, nothing of the child."""
    told = (
        f"{involvement(answered_involvement(row.involvement))}, "
        f"{row.involvement.contact.team}, loaded from {row.source}"
        for row in case.rows
    )
    return "; ".join(dict.fromkeys(told))


def who(one: AnsweredInvolvement) -> str:
    """Return whom to ask for."""
    return ", ".join(text for text in (one.name, one.role, one.team, one.organisation) if text)


def day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def moment(time_ms: int) -> str:
    """Return day and time where this node is."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone()
    return f"{moment.day} {moment:%B} at {moment:%H:%M}"


def duration(time_ms: int) -> str:
    """Return a time in the largest unit of which it has two."""
    minutes = max(1, round(time_ms / 60_000))
    for unit, length in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * length:
            return f"{round(minutes / length)} {unit}s"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def tel(number: str) -> str:
    """Return what a telephone dials: digits, and a leading plus."""
    kept = "".join(character for character in number if character.isdigit())
    return f"+{kept}" if number.strip().startswith("+") else kept


def may_call_back(answer: MemberAnswer) -> bool:
    """Whether a council can be asked to ring about its answer: something there fitted."""
    return bool(answer.round) and section_of(answer) in _CALLS_BACK


_CALLS_BACK = frozenset({"known", "may_be_known", "being_checked", "household"})


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


_REQUEST_STEPS = {
    "seen": StepChoice(Step.SEEN, "Seen", "You take it on", "Seen by"),
    "passed_on": StepChoice(Step.PASSED_ON, "Passed on", "Say below to whom", "Passed on to"),
    "answered": StepChoice(Step.ANSWERED, "Answered", "You have spoken", "Answered by"),
    "closed": StepChoice(Step.CLOSED, "Closed", "Say below what came of it", "Closed by"),
}
_CHECK_STEPS = {
    "seen": _REQUEST_STEPS["seen"],
    "passed_on": _REQUEST_STEPS["passed_on"],
    "answered": _REQUEST_STEPS["answered"],
    "is_the_child": StepChoice(
        Step.IS_THE_CHILD,
        "It is the child",
        "Say below how you know, and whom they should ring",
        "The child is known there, says",
    ),
    "is_not_the_child": StepChoice(
        Step.IS_NOT_THE_CHILD,
        "It is not, or you cannot say",
        "Whatever the reason, they are told one sentence alone; your note stays here",
        "Not a child of theirs as far as can be said, which is no clearance. Looked at by",
    ),
}


def steps_of(found: CallBack) -> Mapping[str, StepChoice]:
    """Return what can be done about a request or a check, by the value that a form has for it."""
    return _CHECK_STEPS if found.is_check else _REQUEST_STEPS


_DONE_BY = {choice.value: choice.done_by for choice in (_REQUEST_STEPS | _CHECK_STEPS).values()}


def done(step: DoneStep) -> str:
    """Return what was done, and by whom or for whom."""
    return f"{_DONE_BY[step.step]} {step.owner}"


def task(found: CallBack, council: str) -> str:
    """Return what somebody here has to do for another council."""
    who = f"{found.request.name}, {council}"
    return f"Look whether you know the child: {who}" if found.is_check else f"Ring {who}"


def became(call_back: CallBack) -> str:
    """Return what became of a request so far."""
    return done(call_back.last) if call_back.last else "Not seen yet"
