"""Who must be heard by whom: what makes a silence right is in the scenario, or it is a fault."""

from node.federation.links import LONGEST_WAIT_SECONDS
from protocol.matching.keys import MATCHING_VERSION
from tests.federation.faults import LATE_SECONDS, HubFault, Lie, MemberFault, Point, Trouble
from tests.federation.federation import Federation
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


def must_be_heard(federation: Federation, question: Question, member: SimulatedMember) -> bool:
    """Whether nothing in the scenario excuses that this member has not been heard."""
    asker = federation.members[question.asker]
    if abs(asker.seconds_of(Trouble.SKEWED)) > MOST_SKEW_SECONDS:
        return False
    if not _has_an_honest_hub(federation, question) or _somebody_may_be_silenced(federation):
        return False
    if question.terms.matching_version != MATCHING_VERSION:
        return False
    span = question.terms, question.began, question.ended
    holders = [each for each in federation.members.values() if each.evaluates_under(*span)]
    reached = [each for each in holders if _is_reached(federation, question, each)]
    return len(reached) >= THRESHOLD and (
        _is_reached(federation, question, member) and not member.has(Trouble.CLAIMS)
    )


def only_hubs_come_and_go(federation: Federation) -> bool:
    """Whether nothing is wrong but that hubs die, refuse or say nothing, and are started again."""
    faults = federation.scenario.faults
    is_changed = federation.newest.directory is not federation.directory
    return not (federation.restarted_at or is_changed) and all(
        isinstance(fault, HubFault) and fault.lie in {Lie.DIE, Lie.REFUSE} for fault in faults
    )


def _has_an_honest_hub(federation: Federation, errand: Errand) -> bool:
    since, until = errand.began - BACK_SECONDS, errand.ended
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


def _is_reached(federation: Federation, question: Question, member: SimulatedMember) -> bool:
    if member.has(Trouble.GONE) or member.seconds_of(Trouble.SLOW) > LATE_SECONDS:
        return False
    restarts = federation.restarted_at.get(member.number, ())
    if any(question.began - LINK_SECONDS <= at <= question.ended for at in restarts):
        return False
    asker = federation.members[question.asker]
    own = member.seconds_of(Trouble.SKEWED)
    apart = abs(own - asker.seconds_of(Trouble.SKEWED))
    is_tried_late = any(isinstance(fault, HubFault) for fault in federation.scenario.faults)
    most_apart = MOST_SKEW_SECONDS - (HUB_SECONDS if is_tried_late else 0.0)
    return abs(own) <= MOST_SKEW_SECONDS and apart <= most_apart
