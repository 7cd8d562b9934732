"""Keyholders that are wrong, slow or gone: any three make the token, and a wrong one is shown."""

import pytest

from node.evaluating.judging import verify_evidence
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from tests.federation.faults import MemberFault, Trouble
from tests.federation.scenario import Ask, LoadByKeyholders, Scenario
from tests.federation.seeing import TRUE, Seen, see
from tests.node.small_federation import council

WRONG = [
    Trouble.WRONG_SHARE,
    Trouble.WRONG_PROOF,
    Trouble.WRONG_ORDER,
    Trouble.NO_ELEMENT,
]


def with_first(trouble: Trouble, *numbers: int) -> Seen:
    """Ask while these keyholders are in trouble, and answer before the others."""
    others = {1, 2, 3, 4, 5} - set(numbers)
    faults = [MemberFault(trouble, number) for number in numbers]
    faults += [MemberFault(Trouble.SLOW, number, 1.0) for number in others]
    return see(Scenario((Ask(1),), tuple(faults)))


def accused(seen: Seen) -> dict[int, str]:
    problems = seen.questions[0].keyholder_problems
    return {int(member[-1]): words for member, words in problems.items()}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_keyholder_is_named_and_evidence_is_kept(wrong: Trouble) -> None:
    """And another subset makes the tokens."""
    seen = with_first(wrong, 2, 4)
    assert seen.outcomes() == TRUE
    assert set(accused(seen)) == {2, 4}
    assert all("the evidence is kept" in words for words in accused(seen).values())
    evidence = seen.questions[0].evidence
    directory = seen.directory
    assert {verify_evidence(each, directory).id for each in evidence} == {
        council(2).id,
        council(4).id,
    }


def test_keyholder_that_does_not_say_to_what_it_answers_is_named_without_evidence() -> None:
    seen = with_first(Trouble.UNCOMMITTED, 2, 4)
    assert seen.outcomes() == TRUE
    assert set(accused(seen)) == {2, 4}
    assert seen.questions[0].evidence == []


def test_keyholder_that_refuses_is_named_and_not_accused() -> None:
    seen = with_first(Trouble.REFUSES, 1, 3)
    assert seen.outcomes() == TRUE
    assert accused(seen) == {1: "has no share of the key yet", 3: "has no share of the key yet"}
    assert seen.questions[0].evidence == []


def test_three_wrong_keyholders_make_no_token_and_the_question_says_who() -> None:
    seen = with_first(Trouble.WRONG_SHARE, 1, 2, 3)
    question = seen.questions[0]
    assert question.results == []
    for number in (1, 2, 3):
        assert f"Council {number} gave an invalid reply (ProofError)" in question.error
    assert len(question.evidence) == 3


@pytest.mark.parametrize("seconds", [5.0, 40.0])
def test_two_slow_keyholders_are_not_waited_for(seconds: float) -> None:
    faults = [MemberFault(Trouble.SLOW, number, seconds) for number in (1, 2)]
    seen = see(Scenario((Ask(3),), tuple(faults)))
    outcomes = seen.outcomes()
    assert [outcomes[number] for number in (3, 4, 5, 6)] == [TRUE[n] for n in (3, 4, 5, 6)]
    late = {Outcome.TIMED_OUT} if seconds > 20 else {TRUE[1], TRUE[2]}
    assert {outcomes[1], outcomes[2]} == late


def test_three_slow_keyholders_are_too_few_and_named() -> None:
    faults = [MemberFault(Trouble.SLOW, number, 40.0) for number in (1, 2, 3)]
    question = see(Scenario((Ask(4),), tuple(faults))).questions[0]
    for number in (1, 2, 3):
        assert f"Council {number} did not reply (timed_out)" in question.error


@pytest.mark.parametrize("gone", [(1, 2), (1, 5), (3, 4)])
def test_tokens_are_made_without_two_that_are_gone(gone: tuple[int, ...]) -> None:
    faults = [MemberFault(Trouble.GONE, number) for number in gone]
    outcomes = see(Scenario((Ask(6),), tuple(faults))).outcomes()
    assert outcomes == {
        number: Outcome.UNREACHABLE if number in gone else said for number, said in TRUE.items()
    }


def test_three_that_are_gone_are_too_many() -> None:
    faults = [MemberFault(Trouble.GONE, number) for number in (1, 2, 3)]
    question = see(Scenario((Ask(6),), tuple(faults))).questions[0]
    assert "3 keyholders are needed and only 2 can be used" in question.error


@pytest.mark.parametrize("trouble", [Trouble.WRONG_SHARE, Trouble.GONE, Trouble.REFUSES])
def test_import_goes_to_others_where_one_fails(trouble: Trouble) -> None:
    """Council 1 begins at keyholder 1: 1, 2 and 3 are asked, then 2, 3 and 4."""
    operations = (LoadByKeyholders(1, (0, 2)), Ask(6, 2))
    seen = see(Scenario(operations, (MemberFault(trouble, 1),)))
    if trouble is not Trouble.GONE:
        assert seen.outcomes()[1] is Outcome.KNOWN
    errand = seen.errands[0]
    assert errand.error == ""
    counted = {
        number: member.elements.get(Kind.IMPORT_EVALUATION, 0)
        for number, member in seen.members.items()
    }
    assert counted == {1: 0, 2: 2048, 3: 2048, 4: 1024, 5: 0, 6: 0}
    assert len(errand.evidence) == (trouble is Trouble.WRONG_SHARE)
