"""What follows the answers at a terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.asking.answers import member_answer
from node.asking.asker import MemberResult
from node.cli.inbox import open_call_backs
from node.cli.ringing import expect_checks
from node.opening import open_folder
from node.post.callback_store import CallBackKind
from node.post.callbacks import CallBacks
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
