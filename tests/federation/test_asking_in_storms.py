"""Questions while links are cut again and again: silence is named, and over when the storm is."""

from collections import Counter

from protocol.messages.vocabulary import Outcome
from tests.federation.expectation import BACK_SECONDS
from tests.federation.scenario import Advance, Ask, DropLinks, Operation, Scenario
from tests.federation.seeing import TRUE, Seen, see

CUTS = 20
UNREACHABLE = Outcome.UNREACHABLE


def storm(hubs: tuple[int, ...], seconds: float) -> tuple[Operation, ...]:
    """Cut all links of these hubs again and again, under a question each time."""
    operations: list[Operation] = []
    for number in range(CUTS):
        operations += [Ask(number % len(TRUE) + 1, waits=False), Advance(0.1)]
        operations += [DropLinks(hub) for hub in hubs]
        operations.append(Advance(seconds))
    return tuple(operations)


def said(seen: Seen) -> Counter[Outcome]:
    return Counter(result.outcome for asked in seen.questions for result in asked.results)


def test_storm_over_all_hubs_hides_members_for_its_time_and_makes_nothing_untrue() -> None:
    """Heard or not, each member has one outcome, and whoever is not reached has said nothing."""
    seen = see(Scenario((*storm((0, 1), 20.0), Advance(BACK_SECONDS), Ask(1))))
    assert seen.outcomes() == TRUE
    assert seen.linked == [set(TRUE), set(TRUE)]
    assert min(said(seen)[outcome] for outcome in (UNREACHABLE, *TRUE.values())) > 6
    assert set(said(seen)) == {UNREACHABLE, *TRUE.values()}


def test_storm_over_the_first_hub_hides_nobody_while_there_is_another() -> None:
    seen = see(Scenario(storm((0,), 0.5)))
    assert [seen.outcomes(number) for number in range(CUTS)] == [TRUE] * CUTS
