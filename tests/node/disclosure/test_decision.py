from collections.abc import Sequence

import pytest

from node.disclosure.decision import Match, decide, lowered
from protocol.matching.key_ids import KeyId
from protocol.messages.vocabulary import Outcome

MARY, JOHN, BOTH = frozenset({b"mary"}), frozenset({b"john"}), frozenset({b"mary", b"john"})
NOBODY: frozenset[bytes] = frozenset()


def match(record_id: int, key_id: KeyId, joining: frozenset[bytes] = MARY, slot: int = 0) -> Match:
    return Match(record_id, key_id, slot, joining)


@pytest.mark.parametrize(
    ("matches", "outcome", "disclosed", "clusters"),
    [
        pytest.param([], Outcome.NOT_KNOWN, (), 0, id="nothing matched"),
        pytest.param([match(1, KeyId.A1)], Outcome.KNOWN, (1,), 1, id="certain"),
        pytest.param([match(1, KeyId.B1)], Outcome.KNOWN, (1,), 1, id="strong"),
        pytest.param([match(1, KeyId.C1)], Outcome.MAY_BE_KNOWN, (), 1, id="probable"),
        pytest.param([match(1, KeyId.C3)], Outcome.MAY_BE_KNOWN, (), 1, id="swapped names"),
        pytest.param(
            [match(1, KeyId.C1), match(1, KeyId.A3)], Outcome.KNOWN, (1,), 1, id="one record twice"
        ),
        pytest.param(
            [match(2, KeyId.A1), match(1, KeyId.A1)],
            Outcome.KNOWN,
            (1, 2),
            1,
            id="two involvements of one child",
        ),
        pytest.param(
            [match(1, KeyId.A1), match(2, KeyId.C1)],
            Outcome.KNOWN,
            (1,),
            1,
            id="what matched on C alone is not disclosed with it",
        ),
        pytest.param(
            [match(1, KeyId.A1), match(2, KeyId.A1, JOHN)],
            Outcome.ADD_A_FIELD,
            (),
            2,
            id="two children disclose nothing",
        ),
        pytest.param(
            [match(1, KeyId.C1, MARY), match(2, KeyId.C1, JOHN)],
            Outcome.ADD_A_FIELD,
            (),
            2,
            id="two namesakes",
        ),
        pytest.param(
            [match(1, KeyId.A1), match(2, KeyId.C1, JOHN)],
            Outcome.ADD_A_FIELD,
            (),
            2,
            id="a certain match beside a namesake",
        ),
        pytest.param(
            [match(1, KeyId.C1, NOBODY), match(2, KeyId.C1, NOBODY)],
            Outcome.ADD_A_FIELD,
            (),
            2,
            id="records without A or B tokens join nothing",
        ),
        pytest.param(
            [match(1, KeyId.A1, MARY), match(2, KeyId.A1, JOHN), match(3, KeyId.A1, BOTH)],
            Outcome.KNOWN,
            (1, 2, 3),
            1,
            id="a third record joins two",
        ),
        pytest.param([match(1, KeyId.D4)], Outcome.BEING_CHECKED, (), 0, id="possible"),
        pytest.param([match(1, KeyId.C1_COMMON)], Outcome.BEING_CHECKED, (), 0, id="common name"),
        pytest.param([match(1, KeyId.B0)], Outcome.BEING_CHECKED, (), 0, id="a number alone"),
        pytest.param([match(1, KeyId.H2)], Outcome.BEING_CHECKED, (), 0, id="household"),
        pytest.param([match(1, KeyId.D1)], Outcome.NOT_KNOWN, (), 0, id="only sounds alike"),
        pytest.param(
            [match(1, KeyId.D1), match(2, KeyId.D2)],
            Outcome.NOT_KNOWN,
            (),
            0,
            id="one sounds alike, another begins alike",
        ),
        pytest.param(
            [match(1, KeyId.D1), match(1, KeyId.D2)],
            Outcome.BEING_CHECKED,
            (),
            0,
            id="sounds and begins alike",
        ),
        pytest.param(
            [match(1, KeyId.A3), match(2, KeyId.D5, JOHN), match(3, KeyId.H2, JOHN)],
            Outcome.KNOWN,
            (1,),
            1,
            id="a twin and a sibling neither hide the child nor go out with it",
        ),
        pytest.param(
            [match(1, KeyId.C1), match(2, KeyId.D7, JOHN)],
            Outcome.MAY_BE_KNOWN,
            (),
            1,
            id="a neighbour is no second child",
        ),
        pytest.param(
            [match(3, KeyId.A1, BOTH), match(1, KeyId.A1, MARY), match(2, KeyId.A1, JOHN)],
            Outcome.KNOWN,
            (1, 2, 3),
            1,
            id="in any order",
        ),
    ],
)
def test_decides(
    matches: Sequence[Match], outcome: Outcome, disclosed: tuple[int, ...], clusters: int
) -> None:
    decision = decide(matches)
    assert (decision.outcome, decision.disclosed, decision.clusters) == (
        outcome,
        disclosed,
        clusters,
    )


@pytest.mark.parametrize(
    ("found", "highest", "outcome"),
    [
        (KeyId.A1, Outcome.KNOWN, Outcome.KNOWN),
        (KeyId.A1, Outcome.MAY_BE_KNOWN, Outcome.MAY_BE_KNOWN),
        (KeyId.A1, Outcome.BEING_CHECKED, Outcome.BEING_CHECKED),
        (KeyId.C1, Outcome.MAY_BE_KNOWN, Outcome.MAY_BE_KNOWN),
        (KeyId.B0, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED),
    ],
)
def test_a_policy_lowers_and_never_raises(found: KeyId, highest: Outcome, outcome: Outcome) -> None:
    decision = decide([match(1, found)])
    said = lowered(decision, highest)
    assert said.outcome is outcome
    assert bool(said.disclosed) == (outcome is Outcome.KNOWN)
    assert (said.strongest, said.matched) == (decision.strongest, decision.matched)


def test_what_is_not_known_stays_so_under_any_policy() -> None:
    nothing = decide([])
    assert lowered(nothing, Outcome.BEING_CHECKED) is nothing
    several = decide([match(1, KeyId.A1, MARY), match(2, KeyId.A1, JOHN)])
    assert lowered(several, Outcome.BEING_CHECKED).outcome is Outcome.ADD_A_FIELD


def test_what_says_nothing_is_not_recorded_as_a_match() -> None:
    assert decide([match(1, KeyId.D2), match(2, KeyId.D4)]).matched == (2,)


@pytest.mark.parametrize(
    ("matches", "strongest"),
    [
        pytest.param([match(1, KeyId.H1), match(2, KeyId.D9)], KeyId.D9, id="D before H"),
        pytest.param([match(1, KeyId.C1), match(1, KeyId.B1)], KeyId.B1, id="B before C"),
        pytest.param([match(1, KeyId.B1), match(1, KeyId.A3)], KeyId.A3, id="A before B"),
        pytest.param([match(1, KeyId.A3), match(1, KeyId.A1)], KeyId.A1, id="A1 before A3"),
        pytest.param([match(1, KeyId.C3), match(1, KeyId.C1)], KeyId.C1, id="C1 before C3"),
    ],
)
def test_the_strongest_match_proves_it(matches: Sequence[Match], strongest: KeyId) -> None:
    found = decide(matches).strongest
    assert found is not None
    assert found.key_id is strongest


def test_the_first_slot_wins_among_equals() -> None:
    found = decide([match(1, KeyId.A3, slot=9), match(1, KeyId.A3, slot=4)]).strongest
    assert found is not None
    assert found.slot == 4


@pytest.mark.parametrize(
    "matches",
    [
        pytest.param([], id="not known"),
        pytest.param([match(1, KeyId.A1), match(2, KeyId.A1, JOHN)], id="add a field"),
    ],
)
def test_nothing_proves_what_says_nothing(matches: Sequence[Match]) -> None:
    assert decide(matches).strongest is None
