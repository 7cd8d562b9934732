"""What is new in the answers to a question that was asked before."""

from collections.abc import Iterable, Mapping, Sequence

from node.asking.answers import AnsweredInvolvement, MemberAnswer

Told = Mapping[str, tuple[str, ...]]
"""What each member has said of a child so far, by its id, in words that can be compared."""


def new_in(told: Told, answers: Iterable[MemberAnswer]) -> Sequence[MemberAnswer]:
    """Return the answers that say more than was told before. That a record was updated, or that
    less is known, is not new."""
    return [answer for answer in answers if _said(answer) - {*told.get(answer.member, ())}]


def told_with(told: Told, answers: Iterable[MemberAnswer]) -> Told:
    """Return what has been told with these answers. Of who was not heard it stays what it was:
    else all that is known there would be new once they answer again."""
    said = {answer.member: tuple(sorted(_said(answer))) for answer in answers if answer.is_answer}
    return {**told, **said}


def heard_number(answers: Iterable[MemberAnswer]) -> int:
    return sum(answer.is_answer for answer in answers)


def _said(answer: MemberAnswer) -> frozenset[str]:
    if not answer.is_answer or answer.outcome == "not_known":
        return frozenset()
    return frozenset({answer.outcome, *map(_involved, answer.involvements)})


def _involved(one: AnsweredInvolvement) -> str:
    status = f"closed {one.closed_on}" if one.closed_on else "open" if one.is_status_said else ""
    return ", ".join((one.kind, status, one.organisation, one.team, one.telephone))
