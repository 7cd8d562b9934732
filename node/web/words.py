"""How pages speak of answers: in the words of the product, and in the order of what to do."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from node.accounts.model import AccountRole
from node.asking.answers import MemberAnswer, answered_involvement
from node.asking.words import involvement
from node.post.callback_store import CallBack
from node.records.cases import HeldCase

_EXTENSION = re.compile(r"ext|x", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the answers page."""

    key: str
    title: str
    advice: str
    meaning: str
    """What the page of help says of it."""


SECTIONS = (
    Section(
        "known",
        "Known",
        "",
        "The child has a case there, or had one in the last year. Whom to ring is in the answer.",
    ),
    Section(
        "may_be_known",
        "May be known",
        "A record there fits well, not surely. Ring the duty line and compare.",
        "A record there fits well, not surely. You are given the duty line, not the case.",
    ),
    Section(
        "being_checked",
        "Being checked",
        "Something there fits in part. If it cannot wait, ring the duty line.",
        "Something there fits in part. A duty officer there looks, and you see what they find.",
    ),
    Section(
        "add_a_field",
        "Needs one more detail",
        "More than one child there fits. Ask again with an NHS number, a UPN or a postcode.",
        "More than one child there fits. Ask again, and say more of the child.",
    ),
    Section(
        "household",
        "Same household",
        "Somebody of the same household is known there. It is not said that it is this child.",
        "Somebody who lives with the child is known there, perhaps a brother or sister.",
    ),
    Section(
        "not_heard",
        "Not heard from",
        "This is not a clearance. Ring these councils and services.",
        "They did not reply, or could not answer. Ring them, or ask them again.",
    ),
    Section(
        "not_known",
        "Not known",
        "Not known to these systems today. It is not a clearance.",
        "No record there fits what you gave. Somebody there may know the child all the same.",
    ),
)

ROLES = (
    (AccountRole.PRACTITIONER, "Practitioner", "Asks about children."),
    (
        AccountRole.TEAM_MANAGER,
        "Team manager",
        "Asks, minds the inbox, and sees what the team has asked and what is overdue in it.",
    ),
    (AccountRole.DUTY_OFFICER, "Duty officer", "Asks, and minds the inbox."),
    (
        AccountRole.SHIELDING_OFFICER,
        "Shielding officer",
        "Is told who asks about a child whose location is protected.",
    ),
    (
        AccountRole.DATA_STEWARD,
        "Data steward",
        "Sees what is loaded and how complete it is: counts alone.",
    ),
    (AccountRole.AUDITOR, "Auditor", "Has no page of its own yet."),
    (
        AccountRole.ADMINISTRATOR,
        "Administrator",
        "Makes, changes and removes accounts. By itself it shows nothing of a child.",
    ),
)
"""What each role is called, and what it is for."""

NO_CLEARANCE = "This is not a clearance."
WHY_NOT = (
    "Not known means not known to these councils' systems today. A "
    "council may be unable to answer for a child's safety, and would ring you."
)
NOTICE = f"{NO_CLEARANCE} {WHY_NOT}"
"""What a program and a text are told with every set of answers."""


def role_words(roles: Collection[AccountRole]) -> str:
    """Return what somebody may do, in words."""
    return ", ".join(name for role, name, _ in ROLES if role in roles).capitalize()


def section_of(answer: MemberAnswer, check: CallBack | None = None) -> str:
    """Return the key of the section that an answer belongs to, with what came of the check that it
    began: what somebody has found to be the child is known."""
    if check is not None and check.is_the_child:
        return "known"
    if answer.tier == "household":
        return "household"
    return answer.outcome if answer.is_answer else "not_heard"


def grouped(
    answers: Iterable[MemberAnswer], checks: Mapping[str, CallBack]
) -> Mapping[str, Sequence[MemberAnswer]]:
    """Return the answers by section, in each by name, with the checks that they began by member."""
    found: dict[str, list[MemberAnswer]] = {section.key: [] for section in SECTIONS}
    for answer in sorted(answers, key=lambda answer: answer.name):
        found[section_of(answer, checks.get(answer.member))].append(answer)
    return found


def summed(answers: Iterable[MemberAnswer]) -> str:
    """Return how many answers are of each section."""
    found = Counter(map(section_of, answers))
    said = (f"{each.title.lower()} {found[each.key]}" for each in SECTIONS if found[each.key])
    return ", ".join(said)


def differs(answer: MemberAnswer) -> str:
    """Return what does not fit, "" where all does, or the title of the section says it."""
    return answer.difference if section_of(answer) != "household" else ""


def case_words(case: HeldCase) -> str:
    """Return what tells a case of ours from another of the same reference, nothing of the child."""
    told = (
        f"{involvement(answered_involvement(row.involvement))}, "
        f"{row.involvement.contact.team}, loaded from {row.source}"
        for row in case.rows
    )
    return "; ".join(dict.fromkeys(told))


def tel(number: str) -> str:
    """Return what a telephone dials: digits, a leading plus, and an extension (RFC 3966 §5.3)."""
    found = _EXTENSION.split(number, maxsplit=1)
    kept, *extension = ("".join(filter(str.isdigit, part)) for part in found)
    dialled = f"+{kept}" if number.strip().startswith("+") else kept
    return f"{dialled};ext={extension[0]}" if extension and extension[0] else dialled
