"""One member's answer as pages, programs and the kept copy have it: outcome and contacts."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from node.asking.asker import MemberResult
from protocol.directory.members import Member
from protocol.encoding import encode_base64url
from protocol.messages.involvement import Involvement
from protocol.messages.vocabulary import Outcome


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnsweredInvolvement(_Answer):
    """What a service does with the child, and whom to ring there."""

    kind: str
    """"" where the council does not say it."""
    closed_on: date | None
    lead_practitioner: bool
    updated_on: date
    covers: str
    organisation: str
    team: str
    role: str
    name: str
    telephone: str
    out_of_hours_telephone: str
    email: str
    is_status_said: bool = True


class MemberAnswer(_Answer):
    """How the question to one member ended. Outcome, cause and tier in the words of spec 50."""

    member: str
    name: str
    outcome: str
    cause: str
    tier: str | None
    difference: str
    involvements: tuple[AnsweredInvolvement, ...]
    duty_line: str
    out_of_hours_line: str
    round: str = ""
    """Of a question that something was found to, in base64url: by it the member finds it again."""

    @property
    def is_answer(self) -> bool:
        """Whether the council itself said so, knowing its records."""
        return self.outcome in _ANSWERS

    @property
    def may_come_yet(self) -> bool:
        """Whether the same question may be answered a while later."""
        return self.outcome in _MAY_COME_YET

    @property
    def is_being_checked(self) -> bool:
        """Whether somebody there looks whether it is the child, and says what he finds."""
        return self.outcome == "being_checked" and self.tier not in {None, "household"}

    @property
    def may_call_back(self) -> bool:
        """Whether the council can be asked to ring about it: something there fitted."""
        return bool(self.round) and self.outcome in _FITTED

    @property
    def may_correct(self) -> bool:
        """Whether the council can be told that it is wrong: it said that something is known."""
        return self.may_call_back and (self.outcome in _SAID or self.tier == "household")


_ANSWERS = frozenset(outcome.name.lower() for outcome in Outcome if outcome.is_answer)
_SAID = frozenset({"known", "may_be_known"})
_FITTED = _SAID | {"being_checked"}
_MAY_COME_YET = frozenset({"unreachable", "timed_out", "busy", "misbehaved", "cannot_answer"})


def member_answer(result: MemberResult) -> MemberAnswer:
    """Return what a result says."""
    member = result.member
    return MemberAnswer(
        member=member.id,
        name=member.name,
        outcome=result.outcome.name.lower(),
        cause=result.cause.name.lower(),
        tier=result.tier.name.lower() if result.tier else None,
        difference=result.difference,
        involvements=tuple(map(answered_involvement, result.involvements)),
        duty_line=member.entry.duty_line,
        out_of_hours_line=member.entry.out_of_hours_line,
        round=encode_base64url(result.round_id) if result.round_id else "",
    )


def nothing_heard(member: Member) -> MemberAnswer:
    """Return the answer of a member that no question reached."""
    return member_answer(MemberResult(member, Outcome.UNREACHABLE))


def answered_involvement(involvement: Involvement) -> AnsweredInvolvement:
    contact = involvement.contact
    return AnsweredInvolvement(
        kind=involvement.kind_name,
        closed_on=involvement.closed_on,
        lead_practitioner=involvement.lead_practitioner,
        updated_on=involvement.updated_on,
        covers=involvement.covers,
        organisation=contact.organisation,
        team=contact.team,
        role=contact.role,
        name=contact.name,
        telephone=contact.telephone,
        out_of_hours_telephone=contact.out_of_hours_telephone,
        email=contact.email,
        is_status_said=involvement.is_status_said,
    )
