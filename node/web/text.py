"""Answers as plain text: to be downloaded, or pasted into a case note."""

from collections.abc import Iterator, Mapping, Sequence

from node.asking.answers import AnsweredInvolvement, MemberAnswer
from node.asking.keeping import AskedLookup
from node.asking.words import day, involvement, reason, unasked, who
from node.clock import moment
from node.post.callback_store import CallBack
from node.post.words import became
from node.web.words import NOTICE, SECTIONS, differs, grouped


def answers_text(
    asked: AskedLookup,
    answers: Sequence[MemberAnswer],
    problem: str,
    checks: Mapping[str, CallBack],
) -> str:
    """Return what the page says, a line each. `problem` is why nobody was asked, `checks` are those
    that the answers began, by member."""
    return "\n".join(_lines(asked, answers, problem, checks)) + "\n"


def _lines(
    asked: AskedLookup,
    answers: Sequence[MemberAnswer],
    problem: str,
    checks: Mapping[str, CallBack],
) -> Iterator[str]:
    reference = f" Reference {asked.reference}." if asked.reference else ""
    caller = f" For {asked.caller}." if asked.caller else ""
    yield f"WhoElse, asked {moment(asked.asked_ms)}: {asked.purpose}.{reference}{caller}"
    yield f"{sum(answer.is_answer for answer in answers)} of {asked.members} answered."
    missing = asked.members - len(answers)
    if missing > 0:
        yield f"NOT COMPLETE: {missing} more were still to answer when this was taken."
    if problem:
        yield f"{unasked(answers)}: {problem}"
    sections = grouped(answers, checks)
    for section in SECTIONS:
        if sections[section.key]:
            yield ""
            yield section.title.upper()
        for answer in sections[section.key]:
            yield from _answer_lines(section.key, answer)
            yield from _check_lines(asked, answer, checks.get(answer.member))
    yield ""
    yield NOTICE


def _check_lines(asked: AskedLookup, answer: MemberAnswer, check: CallBack | None) -> Iterator[str]:
    if answer.is_being_checked and (check is None or check.is_open):
        yield f"  Somebody there is to look by {moment(asked.checked_by_ms)}"
    if check is not None:
        yield f"  {became(check)}"
    if check is not None and check.last and check.last.note:
        yield f"  {check.last.note}"


def _answer_lines(section: str, answer: MemberAnswer) -> Iterator[str]:
    yield answer.name + (f": {reason(answer)}" if section == "not_heard" else "")
    if differs(answer):
        yield f"  Differs: {differs(answer)}"
    for one in answer.involvements:
        yield from _involvement_lines(one)
    if section != "not_known":
        yield f"  Duty line {answer.duty_line}, out of hours {answer.out_of_hours_line}"


def _involvement_lines(one: AnsweredInvolvement) -> Iterator[str]:
    yield f"  {involvement(one)}, last updated {day(one.updated_on)}"
    yield f"  {who(one)}"
    numbers = {"Ring": one.telephone, "Out of hours": one.out_of_hours_telephone}
    for name, number in numbers.items():
        if number:
            yield f"  {name} {number}"
    for what in (one.email, f"Source covers {one.covers}" if one.covers else ""):
        if what:
            yield f"  {what}"
