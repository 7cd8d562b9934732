"""Where an import keeps its batches, without a disk."""

from collections.abc import Sequence

from node.evaluating.bulk import EvaluatedBatch


class BatchesInMemory:
    """Keeps tokens by their strings, and what was sent for those that have none."""

    def __init__(self) -> None:
        self.tokens: dict[bytes, bytes] = {}
        self.sent: dict[tuple[bytes, ...], bytes] = {}
        self.allowances_left: list[int] = []

    def ask(self, oprf_inputs: Sequence[bytes], request: bytes, now_ms: int) -> None:
        del now_ms
        self.sent[tuple(oprf_inputs)] = request

    def asked(self, oprf_inputs: Sequence[bytes]) -> bytes | None:
        return self.sent.get(tuple(oprf_inputs))

    def keep(self, batch: EvaluatedBatch) -> None:
        self.tokens.update(zip(batch.oprf_inputs, batch.tokens, strict=True))
        self.allowances_left.append(batch.allowance_left)
        self.sent.pop(tuple(batch.oprf_inputs), None)
