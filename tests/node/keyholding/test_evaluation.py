from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.ledger.ledger import DAY_MS, AllowanceKey, Ledger
from protocol import allowance, limits
from protocol.allowance import lookup_allowance
from protocol.directory.document import OprfEntry
from protocol.directory.members import Directory
from protocol.errors import MalformedError
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    batch_size,
)
from protocol.oprf import group, voprf
from protocol.oprf.threshold import (
    PartialEvaluation,
    add_up,
    combine,
    verify_partial,
    weighted_share,
)
from protocol.oprf.voprf import TOKEN_BYTES
from protocol.sealing.envelope import Kind, SentRequest, open_reply, reply_bytes
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    STORE_KEY,
    THRESHOLD,
    Council,
    council,
    key_share,
    make_directory,
    make_header,
    open_request_of,
    oprf_key,
    seal,
    secret_scalar,
    subset_of,
    token_of,
)

US = council(2)
SHARE = key_share(2)


@pytest.fixture(autouse=True)
def no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow for questions alone: a few are soon used up."""
    monkeypatch.setattr(allowance, "BEATS_PER_DAY", 0)


DAY = NOW_MS // DAY_MS
INPUTS = [b"whoelse one", b"whoelse two"]
BLINDINGS = [
    voprf.blind(oprf_input, secret_scalar(f"blind {number}"))
    for number, oprf_input in enumerate(INPUTS)
]


def elements(number: int) -> tuple[group.Element, ...]:
    padding = [
        group.multiply_base(secret_scalar(f"padding {place}"))
        for place in range(number - len(BLINDINGS))
    ]
    return (*(blinding.blinded_element for blinding in BLINDINGS), *padding)


NO_ELEMENT = group.read_element(bytes([1]) + bytes(31))
"""RFC 9496 appendix A.2: a negative field element."""

ELEMENTS = {kind: elements(batch_size(kind)) for kind in (Kind.EVALUATION, Kind.IMPORT_EVALUATION)}


def request(
    kind: Kind = Kind.EVALUATION,
    *,
    generation: int = 1,
    matching_version: int = MATCHING_VERSION,
    recipient: Council = US,
    now_ms: int = NOW_MS,
    subset: tuple[int, ...] | None = None,
) -> SentRequest:
    asked = subset_of(kind, recipient.index) if subset is None else subset
    body = EvaluationRequest(generation, matching_version, ELEMENTS[kind], asked).encode()
    return seal(make_header(kind, council(1), recipient, now_ms), body)


def read(reply: bytes | None, sent: SentRequest, recipient: Council = US) -> EvaluationReply:
    assert reply is not None
    assert len(reply) == reply_bytes(sent.header.kind)
    key = DIRECTORY.member(recipient.id).signing_key
    return EvaluationReply.decode(open_reply(reply, sent, key), sent.header.kind)


def answer(
    room: EvaluationRoom,
    sent: SentRequest,
    directory: Directory = DIRECTORY,
    recipient: Council = US,
) -> EvaluationReply:
    opened = open_request_of(sent, recipient, directory, sent.header.time_ms)
    return read(room.answer(opened), sent, recipient)


def partial_of(index: int, reply: EvaluationReply) -> PartialEvaluation:
    assert reply.evaluated is not None
    assert reply.evaluated.proof is not None
    return PartialEvaluation(index, reply.evaluated.evaluated_elements, reply.evaluated.proof)


def make_room(ledger: Ledger, share: KeyShare | None = SHARE) -> EvaluationRoom:
    return EvaluationRoom(lambda: share, ledger, STORE_KEY)


@pytest.fixture
def room(ledger: Ledger) -> EvaluationRoom:
    return make_room(ledger)


def counted(
    ledger: Ledger, kind: Kind = Kind.EVALUATION, version: int = MATCHING_VERSION
) -> dict[int, int]:
    key = AllowanceKey(council(1).id, kind, oprf_key().key_id, version)
    return ledger.elements_by_day(key)


def test_evaluates_with_a_proof_that_holds(room: EvaluationRoom, ledger: Ledger) -> None:
    reply = answer(room, request(Kind.EVALUATION))
    assert (reply.status, reply.generation) == (EvaluationStatus.EVALUATED, 1)
    public = oprf_key().verification_shares[2]
    verify_partial(public, ELEMENTS[Kind.EVALUATION], partial_of(2, reply))
    assert counted(ledger) == {DAY: limits.LOOKUP_BATCH}


def test_evaluates_an_import_with_the_weight_of_its_subset(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    kind = Kind.IMPORT_EVALUATION
    reply = answer(room, request(kind))
    assert (reply.status, reply.generation) == (EvaluationStatus.EVALUATED, 1)
    secret = weighted_share(SHARE.share, 2, subset_of(kind, 2))
    right = tuple(group.multiply(secret, element) for element in ELEMENTS[kind])
    assert reply.evaluated == Evaluated(right)
    assert counted(ledger, kind) == {DAY: limits.IMPORT_BATCH}


def test_three_keyholders_make_the_token_of_the_whole_key(tmp_path: Path) -> None:
    partials = {}
    for index in (1, 3, 5):
        ledger = Ledger(tmp_path / f"{index}.db")
        sent = request(recipient=council(index))
        room = make_room(ledger, key_share(index))
        reply = answer(room, sent, recipient=council(index))
        partials[index] = partial_of(index, reply)
        ledger.close()
    combined = combine(partials, THRESHOLD, len(INPUTS))
    tokens = [
        voprf.finalize(blinding, element)[:TOKEN_BYTES]
        for blinding, element in zip(BLINDINGS, combined, strict=True)
    ]
    assert tokens == [token_of(oprf_input) for oprf_input in INPUTS]


def test_three_named_keyholders_add_up_to_the_evaluation_under_the_whole_key(
    tmp_path: Path,
) -> None:
    kind, subset = Kind.IMPORT_EVALUATION, (1, 3, 5)
    answers = []
    for index in subset:
        with closing(Ledger(tmp_path / f"{index}.db")) as ledger:
            sent = request(kind, recipient=council(index), subset=subset)
            reply = answer(make_room(ledger, key_share(index)), sent, recipient=council(index))
            assert reply.evaluated is not None
            answers.append(reply.evaluated.evaluated_elements)
    blinds = [blinding.blind for blinding in BLINDINGS]
    outputs = voprf.finalize_all(INPUTS, blinds, add_up(answers)[: len(BLINDINGS)])
    tokens = [output[:TOKEN_BYTES] for output in outputs]
    assert tokens == [token_of(oprf_input) for oprf_input in INPUTS]


@pytest.mark.parametrize(
    "subset",
    [
        pytest.param((1, 3, 5), id="of others"),
        pytest.param((1, 2), id="too few"),
        pytest.param((1, 2, 3, 4), id="too many"),
        pytest.param((1, 2, 6), id="with one that holds no share"),
    ],
)
def test_declines_an_import_of_a_subset_and_counts_nothing(
    room: EvaluationRoom, ledger: Ledger, subset: tuple[int, ...]
) -> None:
    with pytest.raises(MalformedError, match="subset"):
        answer(room, request(Kind.IMPORT_EVALUATION, subset=subset))
    assert counted(ledger, Kind.IMPORT_EVALUATION) == {}
    assert ledger.requests_received() == {}


@pytest.mark.parametrize("kind", [Kind.EVALUATION, Kind.IMPORT_EVALUATION])
@pytest.mark.parametrize("place", [0, -1])
def test_batch_with_something_that_is_no_element_is_counted_and_refused_once_for_all(
    room: EvaluationRoom, ledger: Ledger, kind: Kind, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would cost its sender nothing, and us a batch, each time."""
    batch = list(ELEMENTS[kind])
    batch[place] = NO_ELEMENT
    asked = EvaluationRequest(1, MATCHING_VERSION, tuple(batch), subset_of(kind, US.index))
    sent = seal(make_header(kind, council(1), US, NOW_MS), asked.encode())
    opened = open_request_of(sent, US, DIRECTORY, NOW_MS)
    first = room.answer(opened)
    reply = read(first, sent)
    assert (reply.status, reply.evaluated) == (EvaluationStatus.NO_ELEMENT, None)
    assert counted(ledger, kind) == {DAY: batch_size(kind)}
    monkeypatch.setattr(group, "multiply", _never)
    assert room.answer(opened) == first
    assert counted(ledger, kind) == {DAY: batch_size(kind)}


def _never(*_: object) -> None:
    raise AssertionError("evaluated again")


def test_says_what_is_left(room: EvaluationRoom) -> None:
    total = lookup_allowance(DIRECTORY.member(council(1).id).entry.questions_per_day)
    assert answer(room, request()).allowance_left == total - limits.LOOKUP_BATCH
    assert answer(room, request()).allowance_left == total - 2 * limits.LOOKUP_BATCH


def test_refuses_over_the_allowance_in_words_and_counts_nothing(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    directory = make_directory(limits={1: {"questions_per_day": 2}})
    for _ in range(2):
        assert answer(room, request(), directory).status is EvaluationStatus.EVALUATED
    reply = answer(room, request(), directory)
    assert (reply.status, reply.allowance_left) == (EvaluationStatus.ALLOWANCE_USED, 0)
    assert reply.evaluated is None
    assert counted(ledger) == {DAY: 2 * limits.LOOKUP_BATCH}
    assert ledger.requests_received() == {Kind.EVALUATION: 2}


def test_lookups_are_allowed_again_the_next_day(room: EvaluationRoom) -> None:
    directory = make_directory(limits={1: {"questions_per_day": 1}})
    assert answer(room, request(), directory).status is EvaluationStatus.EVALUATED
    assert answer(room, request(), directory).status is EvaluationStatus.ALLOWANCE_USED
    tomorrow = request(now_ms=NOW_MS + DAY_MS)
    assert answer(room, tomorrow, directory).status is EvaluationStatus.EVALUATED


def test_imports_are_counted_against_the_declared_records(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    """70 records x 30 keys: two batches of 1,024, and 52 are left."""
    directory = make_directory(limits={1: {"declared_records": 70}})
    for left in (1_076, 52):
        reply = answer(room, request(Kind.IMPORT_EVALUATION), directory)
        assert (reply.status, reply.allowance_left) == (EvaluationStatus.EVALUATED, left)
    refused = answer(room, request(Kind.IMPORT_EVALUATION), directory)
    assert (refused.status, refused.allowance_left) == (EvaluationStatus.ALLOWANCE_USED, 52)
    assert counted(ledger, Kind.IMPORT_EVALUATION) == {DAY: 2 * limits.IMPORT_BATCH}


def test_imports_and_lookups_are_counted_apart(room: EvaluationRoom, ledger: Ledger) -> None:
    directory = make_directory(limits={1: {"declared_records": 0}})
    refused = answer(room, request(Kind.IMPORT_EVALUATION), directory)
    assert refused.status is EvaluationStatus.ALLOWANCE_USED
    assert answer(room, request(), directory).status is EvaluationStatus.EVALUATED
    assert counted(ledger, Kind.IMPORT_EVALUATION) == {}


def test_another_matching_version_in_the_request_is_no_second_allowance(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    """The asker chooses the version it names: 65,536 of them would be as many allowances."""
    directory = make_directory(limits={1: {"questions_per_day": 1}})
    assert answer(room, request(), directory).status is EvaluationStatus.EVALUATED
    reply = answer(room, request(matching_version=MATCHING_VERSION + 1), directory)
    assert reply.status is not EvaluationStatus.EVALUATED
    assert ledger.elements_counted() == {Kind.EVALUATION: limits.LOOKUP_BATCH}


class Meddling(Ledger):
    """Lets another request of the same member be counted while an allowance is read."""

    meanwhile: Callable[[], object] | None = None

    def elements_by_day(self, key: AllowanceKey) -> dict[int, int]:
        found = super().elements_by_day(key)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return found


@pytest.fixture
def meddling(tmp_path: Path) -> Iterator[Meddling]:
    ledger = Meddling(tmp_path / "meddling.db")
    yield ledger
    ledger.close()


def test_requests_at_once_do_not_exceed_the_allowance_together(meddling: Meddling) -> None:
    """Four requests are worked on at once: what is left is read once, or counts twice."""
    directory = make_directory(limits={1: {"questions_per_day": 1}})
    room = make_room(meddling)
    meddling.meanwhile = lambda: answer(room, request(), directory)
    answer(room, request(), directory)
    assert meddling.elements_counted() == {Kind.EVALUATION: limits.LOOKUP_BATCH}


def test_refuses_another_generation(room: EvaluationRoom, ledger: Ledger) -> None:
    reply = answer(room, request(generation=2))
    assert (reply.status, reply.generation) == (EvaluationStatus.OTHER_GENERATION, 1)
    assert ledger.requests_received() == {}


@pytest.mark.parametrize(
    ("share", "directory"),
    [
        pytest.param(None, DIRECTORY, id="no share"),
        pytest.param(replace(key_share(3), index=2), DIRECTORY, id="another keyholder's share"),
        pytest.param(
            KeyShare(2, secret_scalar("old"), group.multiply_base(secret_scalar("old"))),
            DIRECTORY,
            id="a share of another ceremony",
        ),
        pytest.param(SHARE, make_directory(oprf=OprfEntry(threshold=3)), id="no key yet"),
    ],
)
def test_says_that_it_is_no_keyholder(
    ledger: Ledger, share: KeyShare | None, directory: Directory
) -> None:
    reply = answer(make_room(ledger, share), request(), directory)
    assert (reply.status, reply.evaluated) == (EvaluationStatus.NOT_A_KEYHOLDER, None)
    assert ledger.requests_received() == {}


def test_repeat_is_answered_with_the_same_bytes_and_not_counted_again(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    opened = open_request_of(request(), US, DIRECTORY, NOW_MS)
    assert room.answer(opened) == room.answer(opened)
    assert counted(ledger) == {DAY: limits.LOOKUP_BATCH}


def test_repeat_is_answered_when_the_allowance_is_used_up(room: EvaluationRoom) -> None:
    directory = make_directory(limits={1: {"questions_per_day": 1}})
    sent = request()
    opened = open_request_of(sent, US, directory, NOW_MS)
    first = room.answer(opened)
    assert read(first, sent).status is EvaluationStatus.EVALUATED
    assert room.answer(opened) == first


def test_other_bytes_under_a_used_round_are_declined(room: EvaluationRoom, ledger: Ledger) -> None:
    sent = request()
    answer(room, sent)
    body = EvaluationRequest(1, MATCHING_VERSION, ELEMENTS[Kind.EVALUATION][::-1]).encode()
    other = seal(sent.header, body)
    assert room.answer(open_request_of(other, US, DIRECTORY, NOW_MS)) is None
    assert counted(ledger) == {DAY: limits.LOOKUP_BATCH}


def test_crash_between_counting_and_answering_is_made_good_without_counting_again(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    sent = request()
    opened = open_request_of(sent, US, DIRECTORY, NOW_MS)
    key = AllowanceKey(council(1).id, Kind.EVALUATION, oprf_key().key_id, MATCHING_VERSION)
    ledger.reserve(opened.sealed, key, limits.LOOKUP_BATCH, 6400, b"entry", NOW_MS)
    reply = room.answer(opened)
    assert read(reply, sent).status is EvaluationStatus.EVALUATED
    assert room.answer(opened) == reply
    assert counted(ledger) == {DAY: limits.LOOKUP_BATCH}


def test_what_is_no_batch_is_refused_before_it_is_counted(
    room: EvaluationRoom, ledger: Ledger
) -> None:
    body = EvaluationRequest(1, MATCHING_VERSION, ELEMENTS[Kind.EVALUATION]).encode()
    identity = body[:6] + bytes(32) + body[38:]
    sent = seal(make_header(Kind.EVALUATION, council(1), US), identity)
    with pytest.raises(MalformedError, match="identity"):
        room.answer(open_request_of(sent, US, DIRECTORY, NOW_MS))
    assert ledger.requests_received() == {}


def test_evaluations_are_not_on_the_tick() -> None:
    assert not EvaluationRoom.on_tick
