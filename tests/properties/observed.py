"""A federation of real processes in which every byte through a hub is kept."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.demo.federation import Federation, NodePlan
from node.federation.directory import CHECK_SECONDS, DirectoryKeeper
from node.opening import OpenFolder, open_folder
from protocol.identifiers import MemberId, RoundId
from protocol.sealing.envelope import Kind
from tests.properties.relay import Gate, Relay, Stream
from tests.properties.traffic import Carried, PassedRound, carried_by, rounds_of


class ObservedFederation(Federation):
    """Its directory and its nodes know the hubs by their relays' addresses."""

    def __init__(self, folder: Path, keys: Path, plans: Sequence[NodePlan]) -> None:
        super().__init__(folder, keys, plans, hubs=2)
        self.keys = keys
        self.home = folder / "home"
        """Where processes work, and what they take for their home and for temporary files."""
        self.said: list[str] = []
        """What commands that ask and load have said to whoever runs them, answers apart."""
        self.home.mkdir()
        self.working_folder = self.home
        self.environment = {**os.environ, "HOME": str(self.home), "TMPDIR": str(self.home)}
        self._ports = {hub_id: int(url.rpartition(":")[2]) for hub_id, url in self.hub_urls.items()}
        self.relays = {hub_id: Relay(port) for hub_id, port in self._ports.items()}
        self.hub_urls = {hub_id: relay.url for hub_id, relay in self.relays.items()}

    def make(self, threshold: int = 3, post_interval_seconds: int = 1) -> None:
        super().make(threshold, post_interval_seconds)
        for hub_id, port in self._ports.items():
            settings = self.folder / hub_id / "hub.toml"
            settings.write_text(re.sub(r"(?m)^port = \d+$", f"port = {port}", settings.read_text()))

    def stop(self) -> None:
        super().stop()
        for relay in self.relays.values():
            relay.close()

    def rounds(self, *kinds: Kind) -> dict[RoundId, PassedRound]:
        """Return the rounds of these kinds that have passed any hub so far."""
        streams = [stream for relay in self.relays.values() for stream in relay.streams]
        rounds = rounds_of(streams)
        return {name: passed for name, passed in rounds.items() if passed.kind in kinds}

    def carried(self) -> Carried:
        """Return how often the hubs have carried what so far."""
        return carried_by({hub_id: relay.streams for hub_id, relay in self.relays.items()})

    def posted_in(self, round_id: RoundId) -> Stream:
        """Return the connection over which a round was posted."""
        streams = [stream for relay in self.relays.values() for stream in relay.streams]
        return next(each for each in streams if not each.is_link and bytes(round_id) in each.up)

    def plan(self, name: str) -> NodePlan:
        return next(plan for plan in self.plans if plan.name == name)

    def member(self, name: str) -> MemberId:
        return MemberId(self.plan(name).id)

    def restart(self, name: str) -> None:
        """Start a council's node again, and wait until it is linked."""
        plan = self.plan(name)
        # One that was killed has left what it last said of itself.
        (self.node_folder(plan) / "running.json").unlink(missing_ok=True)
        self.start_node(plan)
        self.wait(f"{name} to link again", lambda: self._is_linked(plan))

    def allow(self, name: str, questions_per_day: int) -> None:
        """Publish a directory in which a council may ask so often, and wait until all use it."""
        registration = self.node_folder(self.plan(name)) / "registration.json"
        limit = f"--questions-per-day={questions_per_day}"
        self.command("whoelse-directory", "admit", self.directory, registration, limit)
        self.command("whoelse-directory", "publish", self.directory)
        for plan in self.plans:
            with self.inside(plan.name) as opened:
                keeper = opened.directory
                self.wait(
                    f"{plan.name} to fetch the directory",
                    lambda: _may_ask(keeper, self.member(name)) == questions_per_day,  # noqa: B023
                )
        held = time.monotonic()
        # A node uses what it verified within the last second (spec 60 §3).
        self.wait("all to use it", lambda: time.monotonic() > held + CHECK_SECONDS)

    @contextmanager
    def gated(self, gate: Gate) -> Iterator[None]:
        """Show every frame of a node to a gate before it goes on."""
        for relay in self.relays.values():
            relay.gate = gate
        try:
            yield
        finally:
            for relay in self.relays.values():
                relay.gate = None

    @contextmanager
    def commands_told_apart(self) -> Iterator[None]:
        """Look of each new connection whether it is a node's or a command's."""
        nodes = [self.pid(plan.id) for plan in self.plans]
        for relay in self.relays.values():
            relay.nodes = nodes
        try:
            yield
        finally:
            for relay in self.relays.values():
                relay.nodes = None

    @contextmanager
    def inside(self, name: str) -> Iterator[OpenFolder]:
        """Open a council's folder as its own commands do, with its store key."""
        opened = open_folder(self.node_folder(self.plan(name)))
        try:
            yield opened
        finally:
            opened.close()

    def every_pid(self) -> dict[str, int]:
        """Return every process by hub id or council's name."""
        hubs = {hub_id: self.pid(hub_id) for hub_id in self.hub_urls}
        return hubs | {plan.name: self.pid(plan.id) for plan in self.plans}


def _may_ask(keeper: DirectoryKeeper, member: MemberId) -> int:
    return keeper.current().member(member).entry.questions_per_day
