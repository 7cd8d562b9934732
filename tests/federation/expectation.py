"""Who must be heard by whom: what makes a silence right is in the scenario, or it is a fault."""

from typing import Protocol

from node.federation.links import LONGEST_WAIT_SECONDS
from protocol.matching.keys import MATCHING_VERSION
from tests.federation.faults import LATE_SECONDS, HubFault, Lie, MemberFault, Point, Trouble
from tests.federation.federation import Federation
from tests.federation.mail import Mail
from tests.federation.member import SimulatedMember
from tests.federation.question import Errand, Question
from tests.node.small_federation import THRESHOLD

MOST_SKEW_SECONDS = 119.0
"""Clocks that a hub, and a member over the first hub, still takes."""

HUB_SECONDS = 26.0
"""What a hub that withholds costs, before the next one is tried."""

BACK_SECONDS = LONGEST_WAIT_SECONDS + 1.0
"""How long after it is back a hub may be without all its members."""

LINK_SECONDS = 2.0
"""How long after a restart a member may be without its links."""


class Span(Protocol):
    """What a member does over hubs, and how long it takes."""

    asker: int
    began: float
    ended: float


def must_be_heard(federation: Federation, question: Question, member: SimulatedMember) -> bool:
    """Whether nothing in the scenario excuses that this member has not been heard."""
    is_heard = must_reach(federation, question, member) and not member.has(Trouble.CLAIMS)
    return is_heard and must_have_tokens(federation, question)


def must_have_tokens(federation: Federation, errand: Errand) -> bool:
    """Whether nothing excuses that enough keyholders have not evaluated."""
    if errand.terms.matching_version != MATCHING_VERSION:
        return False
    holders = [
        each
        for each in federation.members.values()
        if each.evaluates_under(errand.terms, errand.began, errand.ended)
    ]
    return sum(must_reach(federation, errand, each) for each in holders) >= THRESHOLD


def must_reach(federation: Federation, span: Span, member: SimulatedMember) -> bool:
    """Whether nothing excuses that a request does not reach a member, or no reply comes back."""
    asker = federation.members[span.asker]
    return (
        abs(asker.seconds_of(Trouble.SKEWED)) <= MOST_SKEW_SECONDS
        and _has_an_honest_hub(federation, span)
        and not _somebody_may_be_silenced(federation)
        and _is_reached(federation, span, member)
    )


def times_taken(federation: Federation, mail: Mail) -> tuple[int, int]:
    """Return how often at least, and at most, a message is taken.

    At each beat the oldest message to a member leaves, until its receipt is back: at a beat that
    must reach the member that is at once. A sender that is started again has forgotten it.
    """
    recipient = federation.members[mail.recipient]
    mine = mail.sender, mail.life, mail.recipient
    waiting = [
        each
        for each in federation.mail[: mail.number + 1]
        if (each.sender, each.life, each.recipient) == mine
    ]
    sure: list[bool] = []
    for beat in federation.members[mail.sender].beats:
        if beat.life != mail.life or beat.began < waiting[0].at:
            continue
        is_sure = beat.ended < float("inf") and must_reach(federation, beat, recipient)
        if beat.began >= mail.at:
            sure.append(is_sure)
        if is_sure and waiting.pop(0) == mail:
            is_taken = any(each.has_worked and each.ended >= beat.ended for each in recipient.beats)
            return int(is_taken), 1 if all(sure) else len(sure)
    return 0, len(sure)


def only_hubs_come_and_go(federation: Federation) -> bool:
    """Whether nothing is wrong but that hubs die, refuse or say nothing, and are started again."""
    faults = federation.scenario.faults
    is_changed = federation.newest.directory is not federation.directory
    return not (federation.restarted_at or is_changed) and all(
        isinstance(fault, HubFault) and fault.lie in {Lie.DIE, Lie.REFUSE} for fault in faults
    )


def _has_an_honest_hub(federation: Federation, span: Span) -> bool:
    since, until = span.began - BACK_SECONDS, span.ended
    return any(
        not federation.scenario.hub_faults(number) and hub.has_been_there(since, until)
        for number, hub in enumerate(federation.hubs)
    )


def _somebody_may_be_silenced(federation: Federation) -> bool:
    """Whether a hub can make a member look slow or unwilling, so that no other hub is tried."""
    faults = federation.scenario.faults
    lies = [fault for fault in faults if isinstance(fault, HubFault)]
    if any(lie.can_silence for lie in lies):
        return True
    # One who is slow or declines: another can be given that line.
    is_swapped = any(lie.lie is Lie.SWAP and lie.point is Point.LINE for lie in lies)
    return is_swapped and any(isinstance(fault, MemberFault) for fault in faults)


def _is_reached(federation: Federation, span: Span, member: SimulatedMember) -> bool:
    if member.has(Trouble.GONE) or member.seconds_of(Trouble.SLOW) > LATE_SECONDS:
        return False
    restarts = federation.restarted_at.get(member.number, ())
    if any(span.began - LINK_SECONDS <= at <= span.ended for at in restarts):
        return False
    asker = federation.members[span.asker]
    own = member.seconds_of(Trouble.SKEWED)
    apart = abs(own - asker.seconds_of(Trouble.SKEWED))
    is_tried_late = any(isinstance(fault, HubFault) for fault in federation.scenario.faults)
    most_apart = MOST_SKEW_SECONDS - (HUB_SECONDS if is_tried_late else 0.0)
    return abs(own) <= MOST_SKEW_SECONDS and apart <= most_apart
