"""What a test looks at once a scenario is over: nothing must be wrong, and this is what came."""

from dataclasses import dataclass

from protocol.directory.members import Directory
from protocol.messages.vocabulary import Cause, Outcome
from protocol.sealing.envelope import Kind
from tests.federation.faults import HubFault
from tests.federation.federation import Federation, simulate
from tests.federation.oracle import problems
from tests.federation.question import Errand, Question
from tests.federation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Member:
    """What is left at one member: rows by kind, and evaluations counted."""

    rows: dict[Kind, int]
    elements: dict[Kind, int]
    taken: list[bytes]
    envelopes: int
    """How many came, to be answered or not."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A scenario that went as it must."""

    errands: list[Errand]
    members: dict[int, Member]
    directory: Directory
    told: dict[HubFault, int]
    dialled_at: list[list[float]]
    """By hub."""
    linked: list[set[int]]
    """By hub, the members that are linked at the end."""

    @property
    def questions(self) -> list[Question]:
        return [errand for errand in self.errands if isinstance(errand, Question)]

    def outcomes(self, question: int = -1) -> dict[int, Outcome]:
        """Return a question's outcomes by member number; it did not fail as a whole."""
        asked = self.questions[question]
        assert asked.error == ""
        return {int(result.member.id[-1]): result.outcome for result in asked.results}

    def causes(self, question: int = -1) -> dict[int, Cause]:
        asked = self.questions[question]
        return {int(result.member.id[-1]): result.cause for result in asked.results}


def see(scenario: Scenario) -> Seen:
    """Run a scenario in which nothing may go against the rules, and every lie must be told."""

    def look(federation: Federation) -> Seen:
        assert problems(federation) == []
        told = {fault: count for hub in federation.hubs for fault, count in hub.lies.told.items()}
        lies = {fault for fault in scenario.faults if isinstance(fault, HubFault)}
        assert lies == set(told), "a lie that is never told shows nothing"
        return Seen(
            federation.errands,
            {number: _left_at(federation, number) for number in federation.members},
            federation.directory,
            told,
            [hub.dialled_at for hub in federation.hubs],
            [
                {
                    number
                    for number, member in federation.members.items()
                    if hub.is_linked(member.council.id)
                }
                for hub in federation.hubs
            ],
        )

    return simulate(scenario, look)


def _left_at(federation: Federation, number: int) -> Member:
    member = federation.members[number]
    return Member(
        member.ledger.requests_received(),
        member.ledger.elements_counted(),
        [content for _, content in member.taken],
        len(member.received),
    )


TRUE = {number: Outcome.KNOWN if number % 2 == 0 else Outcome.NOT_KNOWN for number in range(1, 7)}
"""What is true of child 0, as all members hold their records at the start."""
