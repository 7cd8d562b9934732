"""What a hub counts: rounds, deliveries and links, nothing of what is in them."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """One registry for one hub."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rounds = Counter(
            "whoelse_hub_rounds", "Rounds begun", ["kind"], registry=self.registry
        )
        self.deliveries = Counter(
            "whoelse_hub_deliveries",
            "Envelopes by how they ended",
            ["end"],
            registry=self.registry,
        )
        self.refused = Counter(
            "whoelse_hub_refused", "Requests refused", ["problem"], registry=self.registry
        )
        self.members_linked = Gauge(
            "whoelse_hub_members_linked", "Members with a link", registry=self.registry
        )
