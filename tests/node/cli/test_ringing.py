"""What follows the answers at a terminal."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from node.asking.answers import MemberAnswer, member_answer
from node.asking.asker import MemberResult
from node.cli.inbox import open_call_backs
from node.cli.ringing import expect_checks, offer_call_backs
from node.opening import open_folder
from node.post.callback_store import CallBackKind
from node.post.callbacks import CallBacks
from node.post.words import URGENCIES
from protocol.matching.confidence import Tier
from protocol.messages.vocabulary import Outcome
from tests.node.small_federation import DIRECTORY, NOW_MS, WHO, council, enquiry, fresh_round


@pytest.fixture
def call_backs(node: Path) -> Iterator[CallBacks]:
    opened = open_folder(node)
    with open_call_backs(opened) as found:
        yield found
    opened.close()


def test_a_check_is_expected_of_who_has_something_that_fits_in_part(call_backs: CallBacks) -> None:
    round_id = fresh_round()
    results = [
        MemberResult(
            DIRECTORY.member(council(2).id),
            Outcome.BEING_CHECKED,
            tier=Tier.POSSIBLE,
            round_id=round_id,
        ),
        MemberResult(
            DIRECTORY.member(council(3).id),
            Outcome.BEING_CHECKED,
            tier=Tier.HOUSEHOLD,
            round_id=fresh_round(),
        ),
        MemberResult(
            DIRECTORY.member(council(4).id),
            Outcome.KNOWN,
            tier=Tier.CERTAIN,
            round_id=fresh_round(),
        ),
        MemberResult(DIRECTORY.member(council(5).id), Outcome.NOT_KNOWN),
    ]
    for _ in range(2):
        expect_checks(call_backs, DIRECTORY, enquiry(), [*map(member_answer, results)], NOW_MS)
    (expected,) = call_backs.all(ours=True)
    assert (expected.kind, expected.member) == (CallBackKind.CHECK, council(2).id)
    assert expected.request.round_id == round_id
    assert (expected.request.name, expected.request.asked_ms) == (WHO.name, NOW_MS)


def answers_of(outcome: Outcome, tier: Tier) -> list[MemberAnswer]:
    member, round_id = DIRECTORY.member(council(2).id), fresh_round()
    return [member_answer(MemberResult(member, outcome, tier=tier, round_id=round_id))]


def test_a_council_is_told_what_is_wrong_in_its_answer(
    call_backs: CallBacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = str(len(URGENCIES) + 1)
    monkeypatch.setattr("sys.stdin", StringIO(f"1\n{number}\nShe moved away in May\n"))
    offer_call_backs(call_backs, enquiry(), answers_of(Outcome.KNOWN, Tier.CERTAIN))
    (told,) = call_backs.all(ours=True)
    assert (told.kind, told.member) == (CallBackKind.CORRECTION, council(2).id)
    assert told.request.message == "She moved away in May"


def test_nothing_can_be_wrong_in_what_is_being_checked(
    call_backs: CallBacks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = len(URGENCIES) + 1
    monkeypatch.setattr("sys.stdin", StringIO(f"1\n{number}\n\n\n"))
    offer_call_backs(call_backs, enquiry(), answers_of(Outcome.BEING_CHECKED, Tier.POSSIBLE))
    assert f"a number from 1 to {len(URGENCIES)}" in capsys.readouterr().err
    assert not call_backs.all(ours=True)
