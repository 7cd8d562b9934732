"""Answers as text for a terminal, and as JSON lines for a program."""

from collections.abc import Iterable, Iterator, Sequence

from node.asking.answers import member_answer
from node.asking.asker import MemberResult
from protocol.directory.members import Member
from protocol.matching.confidence import Tier
from protocol.messages.involvement import Involvement
from protocol.messages.vocabulary import Cause, Outcome

_WORDS = {
    Outcome.KNOWN: "KNOWN",
    Outcome.MAY_BE_KNOWN: "MAY BE KNOWN",
    Outcome.BEING_CHECKED: "BEING CHECKED",
    Outcome.ADD_A_FIELD: "ADD A FIELD",
    Outcome.NOT_KNOWN: "not known",
    Outcome.REFUSED: "REFUSED",
    Outcome.CANNOT_ANSWER: "CANNOT ANSWER",
    Outcome.BUSY: "NO ANSWER (busy)",
    Outcome.UNREACHABLE: "NO REPLY",
    Outcome.TIMED_OUT: "NO REPLY (too slow)",
    Outcome.MISBEHAVED: "INVALID REPLY",
}

_CAUSE_WORDS = {
    Cause.NONE: "",
    Cause.PURPOSE_NOT_ALLOWED: "it does not answer for this purpose",
    Cause.ROLE_NOT_ALLOWED: "it does not answer this role",
    Cause.DAILY_LIMIT: "this council has asked as often today as it may",
    Cause.NO_COMPLETE_INDEX: "its records are not loaded",
    Cause.NO_VALID_POLICY: "its policy is not in order",
    Cause.OTHER_KEY: "its records are under another key",
    Cause.OTHER_MATCHING_VERSION: "its records are of another matching version",
    Cause.OTHER_EPOCH: "the clocks differ",
}

COLUMN = 22


def answer_lines(result: MemberResult) -> Iterator[str]:
    """Give the lines of one member's answer."""
    detail = _detail(result)
    yield f"{result.member.name:<{COLUMN}} {_WORDS[result.outcome]}" + (
        f": {detail}" if detail else ""
    )
    indent = " " * (COLUMN + 1)
    for involvement in result.involvements:
        for line in _involvement_lines(involvement):
            yield indent + line
    if result.outcome in _RING:
        yield indent + _duty_line(result.member)


def closing_lines(results: Sequence[MemberResult]) -> Iterator[str]:
    """Give the lines after the last answer: who did not answer, and what this is not."""
    silent = [result for result in results if not result.outcome.is_answer]
    yield ""
    yield f"{len(results) - len(silent)} of {len(results)} answered."
    if silent:
        names = ", ".join(result.member.name for result in silent)
        yield f"Not heard from: {names}. This is not a clearance: ring their duty lines."
    else:
        yield "Not known means not known to these councils' systems today. It is not a clearance."
    if any(result.outcome is Outcome.BEING_CHECKED for result in results):
        yield (
            "Being checked: somebody there looks, and what they find comes to your call-backs "
            "(whoelse-node call-backs FOLDER). If it cannot wait, ring."
        )
    if all(result.outcome is Outcome.NOT_KNOWN for result in results):
        yield (
            "Only what was typed was compared. Check spelling and date of birth, and ask again "
            "with the NHS number or UPN if you have it."
        )


def duty_lines(members: Iterable[Member]) -> Iterator[str]:
    """Give every member's telephone numbers, for when nobody can be asked."""
    for member in members:
        yield f"{member.name:<{COLUMN}} {_duty_line(member)}"


def answer_json(result: MemberResult) -> str:
    """Return one member's answer as a JSON line."""
    return member_answer(result).model_dump_json()


_RING = frozenset(Outcome) - {Outcome.KNOWN, Outcome.NOT_KNOWN}
"""Outcomes after which the practitioner has to ring."""


def _detail(result: MemberResult) -> str:
    if result.cause is not Cause.NONE:
        return _CAUSE_WORDS[result.cause]
    if result.tier is None:
        return ""
    words = result.tier.name.lower()
    if result.tier is Tier.HOUSEHOLD:
        return f"{words}: {result.difference}"
    return f"{words}, but {result.difference}" if result.difference else words


def _involvement_lines(involvement: Involvement) -> Iterator[str]:
    contact = involvement.contact
    status = f"closed {involvement.closed_on:%d %b %Y}" if involvement.closed_on else "open"
    lead = ", lead practitioner" if involvement.lead_practitioner else ""
    kind = involvement.kind.name.lower().replace("_", " ")
    yield f"{kind}, {status}{lead}, last updated {involvement.updated_on:%d %b %Y}"
    yield ", ".join(
        text for text in (contact.organisation, contact.team, contact.role, contact.name) if text
    )
    numbers = f"ring {contact.telephone}"
    if contact.out_of_hours_telephone:
        numbers += f", out of hours {contact.out_of_hours_telephone}"
    yield f"{numbers}, {contact.email}" if contact.email else numbers
    if involvement.covers:
        yield f"source covers: {involvement.covers}"


def _duty_line(member: Member) -> str:
    entry = member.entry
    return f"duty line {entry.duty_line}, out of hours {entry.out_of_hours_line}"
