import asyncio
from collections.abc import Iterable, Iterator

import pytest

from node.errors import AskError, StoreError
from node.evaluating.bulk import BATCHES_IN_FLIGHT, EvaluatedBatch, evaluate_in_batches
from protocol import limits
from tests.node.evaluating.batches import BatchesInMemory

SIZE = limits.IMPORT_INPUTS


def strings(number: int) -> list[bytes]:
    return [b"%d" % place for place in range(number)]


class Keyholders:
    """Answers the first batch at once; the next when all that can be on their way are."""

    def __init__(self, failing: bytes | None = None, batches: int = 1 + BATCHES_IN_FLIGHT) -> None:
        self.sizes: list[int] = []
        self.at_once: list[int] = []
        self._waiting = 0
        self._failing = failing
        self._expected = min(batches - 1, BATCHES_IN_FLIGHT)
        self._all_here = asyncio.Event()

    async def evaluate(self, inputs: list[bytes]) -> EvaluatedBatch:
        self.sizes.append(len(inputs))
        self._waiting += 1
        self.at_once.append(self._waiting)
        if self._waiting == self._expected:
            self._all_here.set()
        if len(self.sizes) > 1:
            await self._all_here.wait()
        self._waiting -= 1
        if self._failing in inputs:
            raise AskError("a batch fails")
        return EvaluatedBatch(inputs, [b"token of " + each for each in inputs], 7)


def run(keyholders: Keyholders, inputs: Iterable[bytes]) -> BatchesInMemory:
    store = BatchesInMemory()
    asyncio.run(evaluate_in_batches(inputs, keyholders.evaluate, store))
    return store


@pytest.mark.parametrize("number", [0, 1, SIZE, SIZE + 1, 10 * SIZE])
def test_every_input_gets_its_token_once(number: int) -> None:
    keyholders = Keyholders(batches=-(-number // SIZE))
    store = run(keyholders, strings(number))
    assert store.tokens == {each: b"token of " + each for each in strings(number)}
    assert sum(keyholders.sizes) == number


def test_a_few_batches_are_on_their_way_at_once_and_no_more() -> None:
    keyholders = Keyholders()
    run(keyholders, strings(10 * SIZE))
    assert max(keyholders.at_once) == BATCHES_IN_FLIGHT


def test_first_batch_is_on_its_way_alone() -> None:
    """Whoever is away is then known, before several batches are counted for nothing."""
    keyholders = Keyholders(failing=b"0")
    with pytest.raises(AskError):
        run(keyholders, strings(10 * SIZE))
    assert keyholders.sizes == [SIZE]


def test_no_more_inputs_are_drawn_than_are_on_their_way() -> None:
    drawn = 0
    ahead: list[int] = []

    def draw() -> Iterator[bytes]:
        nonlocal drawn
        for each in strings(10 * SIZE):
            drawn += 1
            ahead.append(drawn - len(store.tokens))
            yield each

    keyholders, store = Keyholders(), BatchesInMemory()
    asyncio.run(evaluate_in_batches(draw(), keyholders.evaluate, store))
    assert max(ahead) <= BATCHES_IN_FLIGHT * SIZE


@pytest.mark.parametrize("failing", range(1, 1 + BATCHES_IN_FLIGHT))
def test_what_is_on_its_way_beside_a_batch_that_fails_is_kept(failing: int) -> None:
    async def load() -> None:
        keyholders = Keyholders(failing=b"%d" % (failing * SIZE))
        await evaluate_in_batches(strings(10 * SIZE), keyholders.evaluate, store)

    store = BatchesInMemory()
    with pytest.raises(AskError, match="a batch fails"):
        asyncio.run(load())
    others = {place for place in range(1 + BATCHES_IN_FLIGHT) if place != failing}
    assert {int(each) // SIZE for each in store.tokens} >= others
    assert b"%d" % (failing * SIZE) not in store.tokens


def test_none_is_begun_after_one_has_failed() -> None:
    keyholders = Keyholders(failing=b"%d" % SIZE)
    with pytest.raises(AskError):
        run(keyholders, strings(20 * SIZE))
    # Those that were on their way, and those begun by whoever was done before it failed.
    assert len(keyholders.sizes) <= 2 * BATCHES_IN_FLIGHT


def test_tokens_that_cannot_be_kept_end_it() -> None:
    class FullDisk(BatchesInMemory):
        def keep(self, batch: EvaluatedBatch) -> None:
            del batch
            raise StoreError("the disk is full")

    keyholders = Keyholders(batches=1)
    with pytest.raises(StoreError, match="disk is full"):
        asyncio.run(evaluate_in_batches(strings(1), keyholders.evaluate, FullDisk()))
