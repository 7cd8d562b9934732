"""What of an import's batch is arithmetic alone, as tasks: here or in another process (20 §3)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from protocol import labels, limits
from protocol.encoding import Writer
from protocol.errors import ProtocolError
from protocol.oprf import group
from protocol.oprf.checking import WEIGHT_BYTES, BatchCheck, weight
from protocol.oprf.group import Element
from protocol.oprf.threshold import add_up
from protocol.oprf.voprf import TOKEN_BYTES, blinded_element, finalize_all

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Task(Protocol[Result_co]):
    """Something that takes a core's time, and no more than its own fields."""

    def perform(self) -> Result_co: ...


class Work(Protocol):
    """Has a task performed, and waits for it."""

    def __call__(self, task: Task[Result]) -> Result: ...


def work_here(task: Task[Result]) -> Result:
    return task.perform()


@dataclass(frozen=True, slots=True, repr=False)
class BlindTask:
    """Makes a batch's elements: the inputs', random ones behind them, and last the check."""

    oprf_inputs: Sequence[bytes]
    seed: bytes

    def perform(self) -> tuple[Element, ...]:
        number, secrets = len(self.oprf_inputs), _Secrets(self.seed)
        blinds = secrets.blinds
        blinded = tuple(map(blinded_element, self.oprf_inputs, blinds))
        padding = map(group.multiply_base, blinds[number:])
        return (*blinded, *padding, secrets.check(number).element(blinded))


@dataclass(frozen=True, slots=True, repr=False)
class FinishTask:
    """Checks what the keyholders of a batch answered, and makes its tokens.

    `answers` has a keyholder's evaluated elements each: the inputs', and last the check's.
    """

    oprf_inputs: Sequence[bytes]
    seed: bytes
    group_key: Element
    answers: Sequence[Sequence[Element]]

    def perform(self) -> list[bytes] | None:
        """Return the token of each input, in order; None where the answers do not add up."""
        number, secrets = len(self.oprf_inputs), _Secrets(self.seed)
        try:
            *evaluated, check = add_up(self.answers)
            secrets.check(number).verify(self.group_key, evaluated, check)
        except ProtocolError:
            return None
        outputs = finalize_all(self.oprf_inputs, secrets.blinds[:number], evaluated)
        return [output[:TOKEN_BYTES] for output in outputs]


def check_of(seed: bytes, number: int) -> BatchCheck:
    """Return the check of a batch of so many inputs."""
    return _Secrets(seed).check(number)


class _Secrets:
    """All that is secret in a batch, from its seed."""

    def __init__(self, seed: bytes) -> None:
        stream = hashlib.shake_256(Writer().prefixed(labels.IMPORT_SECRETS).raw(seed).done())
        blinds_end = 64 * (1 + limits.IMPORT_INPUTS)
        weights_end = blinds_end + WEIGHT_BYTES * limits.IMPORT_INPUTS
        content = stream.digest(weights_end)
        self._offset, *self.blinds = (
            group.scalar_from_wide(content[start : start + 64])
            for start in range(0, blinds_end, 64)
        )
        self._weights = [
            weight(content[start : start + WEIGHT_BYTES])
            for start in range(blinds_end, weights_end, WEIGHT_BYTES)
        ]

    def check(self, number: int) -> BatchCheck:
        """Return the check of so many inputs."""
        return BatchCheck(self._offset, tuple(self._weights[:number]))
