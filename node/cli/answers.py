"""Answers as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from node.asking.answers import AnsweredInvolvement, MemberAnswer
from node.asking.words import day, involvement, reason, who
from protocol.directory.members import Member

_WORDS = {
    "known": "KNOWN",
    "may_be_known": "MAY BE KNOWN",
    "being_checked": "BEING CHECKED",
    "add_a_field": "ADD A FIELD",
    "not_known": "not known",
    "refused": "REFUSED",
    "cannot_answer": "CANNOT ANSWER",
    "busy": "NO ANSWER",
    "unreachable": "NO REPLY",
    "timed_out": "NO REPLY",
    "misbehaved": "INVALID REPLY",
}

COLUMN = 22


def answer_lines(answer: MemberAnswer) -> Iterator[str]:
    """Give the lines of one member's answer."""
    detail = _detail(answer)
    is_household = answer.tier == "household"
    words = "SAME HOUSEHOLD" if is_household else _WORDS[answer.outcome]
    yield f"{answer.name:<{COLUMN}} {words}" + (f": {detail}" if detail else "")
    indent = " " * (COLUMN + 1)
    for one in answer.involvements:
        for line in _involvement_lines(one):
            yield indent + line
    if answer.outcome != "not_known":
        yield indent + _duty_line(answer.duty_line, answer.out_of_hours_line)


def closing_lines(answers: Sequence[MemberAnswer]) -> Iterator[str]:
    """Give the lines after the last answer: who did not answer, and what this is not."""
    silent = [answer.name for answer in answers if not answer.is_answer]
    yield ""
    yield f"{len(answers) - len(silent)} of {len(answers)} answered."
    if silent:
        names = ", ".join(silent)
        yield f"Not heard from: {names}. This is not a clearance: ring their duty lines."
    else:
        yield "Not known means not known to these councils' systems today. It is not a clearance."
    if any(answer.is_being_checked for answer in answers):
        yield (
            "Being checked: somebody there looks, and what they find comes to your call-backs "
            "(whoelse-node call-backs FOLDER). If it cannot wait, ring."
        )
    if all(answer.outcome == "not_known" for answer in answers):
        yield (
            "Only what was typed was compared. Check spelling and date of birth, and ask again "
            "with the NHS number or UPN if you have it."
        )


def duty_lines(members: Iterable[Member]) -> Iterator[str]:
    """Give every member's telephone numbers, for when nobody can be asked."""
    for member in members:
        numbers = _duty_line(member.entry.duty_line, member.entry.out_of_hours_line)
        yield f"{member.name:<{COLUMN}} {numbers}"


def _detail(answer: MemberAnswer) -> str:
    if not answer.is_answer:
        return reason(answer)
    if answer.tier is None:
        return ""
    if answer.tier == "household":
        return answer.difference
    return f"{answer.tier}, but {answer.difference}" if answer.difference else answer.tier


def _involvement_lines(one: AnsweredInvolvement) -> Iterator[str]:
    yield f"{involvement(one)}, last updated {day(one.updated_on)}"
    yield who(one)
    numbers = {"ring": one.telephone, "out of hours": one.out_of_hours_telephone}
    told = [f"{name} {number}" for name, number in numbers.items() if number]
    yield ", ".join(filter(None, (*told, one.email)))
    if one.covers:
        yield f"source covers: {one.covers}"


def _duty_line(duty_line: str, out_of_hours_line: str) -> str:
    return f"duty line {duty_line}, out of hours {out_of_hours_line}"
