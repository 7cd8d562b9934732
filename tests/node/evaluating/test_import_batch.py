"""An import's batch, with keyholders that answer from their shares."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from node.evaluating.batch_work import work_here
from node.evaluating.import_batch import ImportBatch
from protocol import limits
from protocol.errors import ProofError
from protocol.messages.evaluation import Evaluated, EvaluationReply, EvaluationStatus
from protocol.oprf import group, voprf
from protocol.oprf.group import Element, Scalar
from protocol.oprf.threshold import weighted_share
from tests.node.small_federation import key_share, oprf_key, secret_scalar, token_of

SUBSET = (1, 3, 4)
SEED = bytes(range(32))
INPUTS = [b"one", b"two", b"two"]
MOST_MULTIPLICATIONS = 11
"""Of one element, over the asker and three keyholders together."""


def make(inputs: list[bytes] | None = None, seed: bytes = SEED) -> ImportBatch:
    given = INPUTS if inputs is None else inputs
    return ImportBatch(given, oprf_key(), SUBSET, seed, work_here)


def answer(batch: ImportBatch, index: int, secret: Scalar | None = None) -> EvaluationReply:
    share = key_share(index)
    weighted = weighted_share(secret or share.share, index, SUBSET)
    made = Evaluated(voprf.evaluate(weighted, batch.blinded_elements))
    return EvaluationReply(EvaluationStatus.EVALUATED, 1, 0, made)


def answered(batch: ImportBatch, **changed: EvaluationReply) -> ImportBatch:
    """Return a batch that all have answered, some of them so: `of_3=...`."""
    for index in SUBSET:
        batch.take(index, changed.get(f"of_{index}") or answer(batch, index))
    return batch


def altered(reply: EvaluationReply, place: int, by: Element) -> EvaluationReply:
    assert reply.evaluated is not None
    elements = list(reply.evaluated.evaluated_elements)
    elements[place] = group.add(elements[place], by)
    return replace(reply, evaluated=replace(reply.evaluated, evaluated_elements=tuple(elements)))


SOMETHING = group.multiply_base(secret_scalar("something"))
OPPOSITE = group.multiply_base(
    group.scalar_subtract(group.scalar_from_int(0), secret_scalar("something"))
)


@pytest.mark.parametrize("number", [0, 1, 3, limits.IMPORT_INPUTS])
def test_tokens_are_those_of_the_whole_key(number: int) -> None:
    inputs = [b"%d" % place for place in range(number)]
    batch = answered(make(inputs))
    assert batch.wrong() == ()
    assert batch.tokens() == [token_of(oprf_input) for oprf_input in inputs]


@pytest.mark.parametrize("number", [0, 3, limits.IMPORT_INPUTS])
def test_every_batch_has_one_size_and_no_element_twice(number: int) -> None:
    elements = make([b"the same"] * number).blinded_elements
    assert len(set(elements)) == len(elements) == limits.IMPORT_BATCH


def test_another_seed_has_no_element_of_this_one() -> None:
    assert not set(make().blinded_elements) & set(make(seed=bytes(32)).blinded_elements)


def test_same_seed_makes_the_same_batch_again() -> None:
    assert make().blinded_elements == make().blinded_elements


def test_is_complete_once_all_that_it_names_have_answered() -> None:
    batch = make()
    for index in SUBSET:
        assert not batch.is_complete
        batch.take(index, answer(batch, index))
    assert batch.is_complete


def test_takes_nothing_of_another_generation() -> None:
    batch = make()
    with pytest.raises(ProofError, match="generation"):
        batch.take(1, replace(answer(batch, 1), generation=2))
    assert not batch.is_complete


Lie = Callable[[EvaluationReply], EvaluationReply]
NO_ELEMENT = group.read_element(bytes([1]) + bytes(31))
"""RFC 9496 appendix A.2: a negative field element."""


def replaced(reply: EvaluationReply, place: int) -> EvaluationReply:
    assert reply.evaluated is not None
    elements = list(reply.evaluated.evaluated_elements)
    elements[place] = NO_ELEMENT
    return replace(reply, evaluated=replace(reply.evaluated, evaluated_elements=tuple(elements)))


LIES: dict[str, Lie] = {
    "with what is no element": lambda reply: replaced(reply, 1),
    "with a check that is no element": lambda reply: replaced(reply, -1),
    "in its first element": lambda reply: altered(reply, 0, SOMETHING),
    "in its last input": lambda reply: altered(reply, len(INPUTS) - 1, SOMETHING),
    "in the check": lambda reply: altered(reply, -1, SOMETHING),
    "in an input and the check": lambda reply: altered(altered(reply, 0, SOMETHING), -1, SOMETHING),
    "in equal inputs, to the same sum": lambda reply: altered(
        altered(reply, 1, SOMETHING), 2, OPPOSITE
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
@pytest.mark.parametrize("liar", SUBSET)
def test_names_who_lies(liar: int, lie: Lie) -> None:
    batch = make()
    answered(batch, **{f"of_{liar}": lie(answer(batch, liar))})
    assert batch.wrong() == (liar,)
    assert not batch.is_complete


def test_names_who_used_another_share() -> None:
    batch = make()
    answered(batch, of_3=answer(batch, 3, secret_scalar("another share")))
    assert batch.wrong() == (3,)


def test_names_all_who_lie() -> None:
    batch = make()
    lies = {f"of_{index}": altered(answer(batch, index), 0, SOMETHING) for index in (1, 4)}
    assert answered(batch, **lies).wrong() == (1, 4)


def test_lies_that_undo_each_other_change_no_token() -> None:
    batch = make()
    lies = {
        "of_1": altered(answer(batch, 1), 0, SOMETHING),
        "of_4": altered(answer(batch, 4), 0, OPPOSITE),
    }
    assert answered(batch, **lies).wrong() == ()
    assert batch.tokens() == [token_of(oprf_input) for oprf_input in INPUTS]


def test_wrong_padding_changes_no_token() -> None:
    batch = make()
    assert answered(batch, of_1=altered(answer(batch, 1), -2, SOMETHING)).wrong() == ()
    assert batch.tokens() == [token_of(oprf_input) for oprf_input in INPUTS]


@pytest.fixture
def multiplications(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is multiplied from here on."""
    counted: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Element]:
        original = getattr(group, name)

        def count(*factors: bytes) -> Element:
            counted[name] += 1
            product: Element = original(*factors)
            return product

        return count

    for name in ("multiply", "multiply_base"):
        monkeypatch.setattr(group, name, counting(name))
    return counted


def test_an_element_takes_four_multiplications_here_and_one_at_each_keyholder(
    multiplications: Counter[str],
) -> None:
    number = limits.IMPORT_INPUTS
    batch = make([b"%d" % place for place in range(number)])
    made = multiplications.total()
    replies = {f"of_{index}": answer(batch, index) for index in SUBSET}
    at_keyholders = multiplications.total() - made
    assert answered(batch, **replies).wrong() == ()
    batch.tokens()
    here = multiplications.total() - at_keyholders
    assert here == pytest.approx(4 * number, rel=0.02)
    assert at_keyholders == pytest.approx(len(SUBSET) * number, rel=0.02)
    assert multiplications.total() <= MOST_MULTIPLICATIONS * number
