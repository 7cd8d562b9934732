"""What a hub counts: rounds, deliveries and links, nothing of what is in them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics

from hub import problems
from protocol.messages.stream import FailureReason
from protocol.sealing.envelope import Kind

REPLY = "reply"


class Metrics:
    """One registry for one hub. Every series stands from the start: none tells of a first time."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they say when, not how many
        self.registry = CollectorRegistry()
        self.rounds = self._counter(
            "rounds", "Rounds begun", "kind", [kind.name.lower() for kind in Kind]
        )
        self.deliveries = self._counter(
            "deliveries", "Envelopes by how they ended", "end", [REPLY, *FailureReason]
        )
        self.refused = self._counter(
            "refused", "Requests refused", "problem", [problem.type for problem in problems.ALL]
        )
        self.members_linked = Gauge(
            "whoelse_hub_members_linked", "Members with a link", registry=self.registry
        )

    def _counter(self, name: str, what: str, label: str, values: list[str]) -> Counter:
        counter = Counter(f"whoelse_hub_{name}", what, [label], registry=self.registry)
        for value in values:
            counter.labels(value)
        return counter
