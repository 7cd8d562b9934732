"""Answers as plain text: to be downloaded, or pasted into a case note."""

from collections.abc import Iterator

from node.asking.answers import AnsweredInvolvement, MemberAnswer
from node.asking.keeping import AskedLookup
from node.asking.words import day, involvement, reason, who
from node.clock import moment
from node.web.words import NO_CLEARANCE, SECTIONS, WHY_NOT, differs, grouped


def answers_text(asked: AskedLookup, answers: tuple[MemberAnswer, ...]) -> str:
    """Return what the page says, a line each."""
    return "\n".join(_lines(asked, answers)) + "\n"


def _lines(asked: AskedLookup, answers: tuple[MemberAnswer, ...]) -> Iterator[str]:
    reference = f" Reference {asked.reference}." if asked.reference else ""
    yield f"WhoElse, asked {moment(asked.asked_ms)}: {asked.purpose}.{reference}"
    sections = grouped(answers)
    for section in SECTIONS:
        if sections[section.key]:
            yield ""
            yield section.title.upper()
        for answer in sections[section.key]:
            yield from _answer_lines(section.key, answer)
    yield ""
    yield f"{NO_CLEARANCE} {WHY_NOT}"


def _answer_lines(section: str, answer: MemberAnswer) -> Iterator[str]:
    yield answer.name + (f": {reason(answer)}" if section == "not_heard" else "")
    if differs(answer):
        yield f"  Differs: {differs(answer)}"
    for one in answer.involvements:
        yield from _involvement_lines(one)
    if section not in {"known", "not_known"}:
        yield f"  Duty line {answer.duty_line}, out of hours {answer.out_of_hours_line}"


def _involvement_lines(one: AnsweredInvolvement) -> Iterator[str]:
    yield f"  {involvement(one)}, last updated {day(one.updated_on)}"
    yield f"  {who(one)}"
    out_of_hours = one.out_of_hours_telephone
    yield f"  Ring {one.telephone}" + (f", out of hours {out_of_hours}" if out_of_hours else "")
    for what in (one.email, f"Source covers {one.covers}" if one.covers else ""):
        if what:
            yield f"  {what}"
