"""What is added to a check: evaluated on a beat that is there without it, and compared by key."""

import asyncio
from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest

from node.asking.adding import KEPT_MS, Adding
from node.asking.cases import fits_of
from node.errors import AskError, CallBackError, NoHubError
from node.evaluating.evaluator import EvaluationReport
from node.records.cases import HeldCase
from node.records.tokens import KeyedToken
from protocol.directory.document import OprfEntry
from protocol.directory.members import Directory
from protocol.errors import DirectoryError
from protocol.identifiers import Epoch, MemberId
from protocol.limits import QUESTION_SLOTS
from protocol.matching.identity import Identity
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import question_keys
from protocol.tags import tag, tag_context
from tests.node.small_federation import DIRECTORY, FakeClock, child, council, make_directory

CHILD, OTHER = child(), child(forename="Tom")
CHECK = b"c" * 16
EPOCH = Epoch(486_111)
NORTH = council(2).id


def strings(of: Identity = CHILD) -> list[bytes]:
    return [key.oprf_input for key in question_keys(of, household=False)]


class Beats:
    """Counts what is evaluated and what is sent, and fails as it is told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.directory: Directory | None = DIRECTORY
        self.failures: list[Exception] = []
        self.evaluated: list[list[bytes]] = []
        self.sent: dict[bytes, Sequence[bytes]] = {}
        self.refused: Exception | None = None
        self.adding = Adding(self._evaluate, self._add_tags, self._current, self.clock)

    def turn(self) -> None:
        asyncio.run(self.adding.turn())

    async def _evaluate(
        self, directory: Directory, oprf_inputs: Sequence[bytes]
    ) -> tuple[list[bytes], EvaluationReport]:
        del directory
        self.evaluated.append([*oprf_inputs])
        if self.failures:
            raise self.failures.pop()
        return [sha256(each).digest() for each in oprf_inputs], EvaluationReport()

    def _add_tags(
        self, check: bytes, tags_for: Callable[[MemberId, Epoch], Sequence[bytes]]
    ) -> None:
        if self.refused is not None:
            raise self.refused
        self.sent[check] = tags_for(NORTH, EPOCH)

    def _current(self) -> Directory:
        if self.directory is None:
            raise DirectoryError("expired")
        return self.directory


@pytest.fixture
def beats() -> Beats:
    return Beats()


def test_every_turn_evaluates_one_batch_whether_something_waits_or_not(beats: Beats) -> None:
    beats.turn()
    beats.adding.add(CHECK, CHILD)
    beats.turn()
    beats.turn()
    assert [len(batch) for batch in beats.evaluated] == [QUESTION_SLOTS] * 3
    assert beats.evaluated[1][: len(strings())] == strings()
    fillings = [*beats.evaluated[0], *beats.evaluated[1][len(strings()) :], *beats.evaluated[2]]
    assert len({*fillings}) == len(fillings)
    assert not {*fillings} & {*strings()}


def test_what_was_added_goes_as_tags_for_who_checks(beats: Beats) -> None:
    beats.adding.add(CHECK, CHILD)
    assert beats.adding.is_waiting(CHECK)
    beats.turn()
    assert not beats.adding.is_waiting(CHECK)
    context = tag_context(EPOCH, NORTH)
    assert beats.sent[CHECK] == [tag(sha256(each).digest(), context) for each in strings()]


def test_as_many_checks_go_at_once_as_find_room_the_oldest_first(beats: Beats) -> None:
    checks = [bytes([number]) * 16 for number in range(5)]
    for check in checks:
        beats.adding.add(check, CHILD)
    at_once = QUESTION_SLOTS // len(strings())
    assert 1 < at_once < len(checks)
    beats.turn()
    assert [*beats.sent] == checks[:at_once]
    assert {*map(tuple, beats.sent.values())} == {tuple(beats.sent[checks[0]])}
    beats.turn()
    beats.turn()
    assert [*beats.sent] == checks
    assert not any(map(beats.adding.is_waiting, checks))


def test_what_is_added_again_takes_the_place_of_what_waits(beats: Beats) -> None:
    beats.adding.add(CHECK, OTHER)
    beats.adding.add(CHECK, CHILD)
    beats.turn()
    assert beats.evaluated[0][: len(strings())] == strings()
    assert not {*beats.evaluated[0]} & ({*strings(OTHER)} - {*strings()})


@pytest.mark.parametrize("failure", [AskError("too few"), NoHubError("away")], ids=repr)
def test_what_cannot_be_evaluated_now_is_the_next_time(beats: Beats, failure: Exception) -> None:
    beats.adding.add(CHECK, CHILD)
    beats.failures = [failure]
    with pytest.raises(type(failure)):
        beats.turn()
    assert beats.adding.is_waiting(CHECK)
    beats.turn()
    assert [*beats.sent] == [CHECK]


def test_what_waits_for_too_long_is_forgotten(beats: Beats) -> None:
    beats.adding.add(CHECK, CHILD)
    beats.clock.now_ms += KEPT_MS + 1
    beats.turn()
    assert not {*beats.evaluated[0]} & {*strings()}
    assert not beats.adding.is_waiting(CHECK)


def test_a_check_that_is_done_meanwhile_is_let_go(beats: Beats) -> None:
    beats.adding.add(CHECK, CHILD)
    beats.refused = CallBackError("done")
    beats.turn()
    assert not beats.adding.is_waiting(CHECK)


def test_without_a_key_nobody_is_asked_to_evaluate(beats: Beats) -> None:
    beats.directory = make_directory(oprf=OprfEntry(threshold=3, key=None))
    beats.turn()
    assert beats.evaluated == []


def test_the_household_is_not_compared() -> None:
    carer = child(carer_forename="Ann", carer_surname="Smith")
    assert {key.oprf_input for key in question_keys(carer, household=True)} > set(strings(carer))


# What fits a case of ours


def case(reference: str, *keyed: tuple[KeyId, bytes]) -> HeldCase:
    return HeldCase(reference, (), tuple(KeyedToken(key_id, token) for key_id, token in keyed))


def token(number: int) -> bytes:
    return bytes([number]) * 32


def tags(*numbers: int, member: MemberId = NORTH, epoch: Epoch = EPOCH) -> list[bytes]:
    return [tag(token(number), tag_context(epoch, member)) for number in numbers]


OF_CASE = (KeyId.A1, token(1)), (KeyId.C1, token(2)), (KeyId.D1, token(3)), (KeyId.H1, token(4))
CASE, TWIN = case("E-1", *OF_CASE), case("E-2", (KeyId.C1, token(2)))


@pytest.mark.parametrize(
    ("cases", "added", "fits"),
    [
        pytest.param([CASE], tags(1, 2, 9), {"E-1": KeyId.A1}, id="the strongest"),
        pytest.param([CASE], tags(2), {"E-1": KeyId.C1}, id="a weaker one"),
        pytest.param([CASE], tags(3), {}, id="one that says nothing alone"),
        pytest.param([CASE], tags(4), {}, id="the household's"),
        pytest.param([CASE], tags(9), {}, id="another child's"),
        pytest.param([CASE], tags(1, member=council(3).id), {}, id="made for another member"),
        pytest.param([CASE], tags(1, epoch=Epoch(EPOCH + 1)), {}, id="made for another hour"),
        pytest.param([], tags(1), {}, id="no case of ours"),
        pytest.param(
            [TWIN, CASE], tags(1, 2), {"E-1": KeyId.A1, "E-2": KeyId.C1}, id="each of several"
        ),
    ],
)
def test_fits_cases_on(cases: list[HeldCase], added: list[bytes], fits: dict[str, KeyId]) -> None:
    assert dict(fits_of(cases, added, EPOCH, NORTH)) == fits
