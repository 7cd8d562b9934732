"""A member of the simulator: a node's own rooms as `node.app` makes them, on files in memory."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from node.answering.index import IndexKeeper
from node.app import make_rooms
from node.disclosure.policy import FIRST_POLICY, parse_policy
from node.federation.links import Connection, LinkKeeper
from node.federation.rounds import RoundSender, make_client
from node.keyholding.share import KeyShare
from node.ledger.ledger import Ledger
from node.post.beat import Beat as PostRound
from node.post.inbox import Handler, Inbox
from node.post.outbox import MemoryOutbox
from node.receiving.receiver import Receiver
from node.receiving.request import Answering
from node.records.model import Record
from node.records.store import RecordStore
from protocol.identifiers import MemberId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.post import PostType
from protocol.sealing.envelope import Kind
from tests.federation.directories import Terms, Version, terms_of
from tests.federation.faults import AT_A_KEYHOLDER, MemberFault, Trouble
from tests.federation.holdings import Tables, Truth, record_of, under_another_key
from tests.federation.hub import Network, SimulatedHub
from tests.federation.liars import Claiming, FalseKeyholder
from tests.federation.loop import WallClock
from tests.federation.mail import Beat
from tests.node.small_federation import (
    STORE_KEY,
    council,
    new_ledger,
    new_store,
    source_row,
)

INDEX_SECONDS = 30.0
"""As in `node.app`, but rarer: hours pass here."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the same for all members."""

    first: Version
    """The directory that all begin with. Its hubs are those of every later version."""
    hubs: Mapping[str, SimulatedHub]
    """By the host of their URL."""
    start_ms: int
    random: Random

    def urls(self) -> list[str]:
        return [hub.url for hub in self.first.directory.hubs]

    def dial(self, url: str) -> AbstractAsyncContextManager[Connection]:
        host = url.partition("://")[2].partition("/")[0]
        return self.hubs[host].dial()


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """An envelope that came over a link, when by the loop, and what went back."""

    envelope: bytes
    at: float
    reply: bytes | None


class SimulatedMember:
    """One member, by number."""

    def __init__(
        self, number: int, folder: Path, around: Surroundings, faults: Sequence[MemberFault]
    ) -> None:
        self.number = number
        self.council = council(number)
        self.around = around
        self.received: list[Received] = []
        self.posted: list[bytes] = []
        """Bundles of its own post."""
        self.life = 0
        """How many of its processes have ended."""
        self.beats: list[Beat] = []
        self.taken: list[tuple[MemberId, bytes]] = []
        """Post messages that it acted upon: from whom, and what."""
        self.version = around.first
        self._truths: list[tuple[float, Truth]] = []
        self._troubles = {fault.trouble: fault.seconds for fault in faults}
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        skew_ms = round(self._troubles.get(Trouble.SKEWED, 0.0) * 1000)
        self.clock = WallClock(self._loop, around.start_ms, skew_ms)
        self.ledger = new_ledger(folder / "ledger.db")
        self.store = new_store(folder / "records.db")
        self._load_number = 0
        self._loaded: Tables | None = None
        self._tables: Tables | None = None
        self._note()

    def has(self, trouble: Trouble) -> bool:
        return trouble in self._troubles

    def seconds_of(self, trouble: Trouble) -> float:
        return self._troubles.get(trouble, 0.0)

    @property
    def is_honest_keyholder(self) -> bool:
        return bool(self.council.index) and AT_A_KEYHOLDER.isdisjoint(self._troubles)

    def evaluates_under(self, terms: Terms, began: float, ended: float) -> bool:
        """Whether it is an honest keyholder with a share of this generation, all the while."""
        terms_then = {truth.terms for truth in self.truths_between(began, ended)}
        return self.is_honest_keyholder and terms_then == {terms}

    def truths_between(self, began: float, ended: float) -> set[Truth]:
        """Return everything that was true of it at some moment of a span of the loop's clock."""
        until = [at for at, _ in self._truths[1:]] + [float("inf")]
        return {
            truth
            for (since, truth), end in zip(self._truths, until, strict=True)
            if since <= ended and end >= began
        }

    # its process

    def start(self) -> None:
        """Wire the rooms and begin."""
        around, own = self.around, self.council
        self.index = IndexKeeper(self.store, own.id, self.clock)
        self.index._lead_seconds = around.random.uniform(600, 3000)
        self.index.refresh()
        self.acknowledge()
        self.outbox = MemoryOutbox()
        self._client = make_client(Network(around.hubs, self.posted))
        sender = RoundSender(self._client, around.urls)
        self._post_round = PostRound(own.id, own.keys, [self.outbox], sender, self.clock)
        handlers: dict[PostType, Handler] = {PostType.CEREMONY_SIGNATURE: self._take_post}
        self._inbox = Inbox(self.ledger, STORE_KEY, handlers, self.clock)
        self._receiver = Receiver(
            own.id,
            own.keys.signing,
            own.keys.sealing,
            self.ledger,
            lambda: self.version.directory,
            self._rooms(),
            self.clock,
        )
        self.links = LinkKeeper(
            own.id,
            own.keys.signing,
            self._receive,
            self.clock,
            around.dial,
            around.random.uniform,
        )
        clocks: list[Coroutine[Any, Any, None]] = [self._refresh_index()]
        if not self.has(Trouble.GONE):
            self.links.set_hubs(self.version.directory.hubs)
            clocks.append(self._post())
        self._tasks = [asyncio.create_task(clock) for clock in clocks]

    async def stop(self) -> None:
        """End the process. What fails in one of its clocks is raised here."""
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.links.close()
        await self._client.aclose()
        self.ledger.close()
        self.store.close()
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def restart(self) -> None:
        """End the process and begin again on the same files."""
        await self.stop()
        self.life += 1
        self.ledger = Ledger(self._folder / "ledger.db")
        self.store = RecordStore(self._folder / "records.db", STORE_KEY)
        self.start()

    def _rooms(self) -> Mapping[Kind, Answering]:
        """Return a node's own rooms, but those in which this one lies."""
        policy = partial(parse_policy, FIRST_POLICY)
        rooms = make_rooms(self.store, self.index, self.ledger, self._share, policy, STORE_KEY)
        if self.has(Trouble.CLAIMS):
            rooms[Kind.LOOKUP] = Claiming()
        wrong = AT_A_KEYHOLDER & set(self._troubles) - {Trouble.REFUSES}
        if self.council.index and wrong:
            share = lambda: self.version.share(self.council.index)  # noqa: E731
            false = FalseKeyholder(share, min(wrong))
            rooms |= {Kind.EVALUATION: false, Kind.IMPORT_EVALUATION: false}
        return rooms

    def _share(self) -> KeyShare | None:
        """Return its share of its directory's key: it comes with it, however it was made."""
        has_one = self.council.index and not self.has(Trouble.REFUSES)
        return self.version.share(self.council.index) if has_one else None

    async def _receive(self, envelope: bytes) -> bytes | None:
        at = self._loop.time()
        reply = await self._receiver.receive(envelope)
        self.received.append(Received(envelope, at, reply))
        if self.has(Trouble.SLOW):
            await asyncio.sleep(self.seconds_of(Trouble.SLOW))
        return reply

    async def _post(self) -> None:
        while True:
            directory = self.version.directory
            await asyncio.sleep(self._post_round.seconds_to_next(directory.post_interval_seconds))
            beat = Beat(self.number, self.life, self._loop.time())
            self.beats.append(beat)
            await self._post_round.send(directory)
            beat.ended = self._loop.time()
            await asyncio.to_thread(self._inbox.work)
            beat.has_worked = True

    def _take_post(self, sender: MemberId, content: bytes) -> bool:
        self.taken.append((sender, content))
        return True

    # its directory and its records

    def take(self, version: Version) -> None:
        """Go by another version of the directory from now on."""
        self.version = version
        self._note()

    def load(self, children: Iterable[int]) -> None:
        """Replace its records by those of these children, under its directory's key."""
        numbers, secret = frozenset(children), self.version.coefficients[0]
        records = {number: record_of(number, self.number, secret) for number in numbers}
        self.load_records(records, terms_of(self.version.directory).key)

    def load_records(self, records: Mapping[int, Record], key: bytes) -> None:
        """Replace its records, by child; it answers from them a while later."""
        if self.has(Trouble.NO_TABLE):
            return
        self.acknowledge()
        version = MATCHING_VERSION
        if self.has(Trouble.OLD_KEY) or self.has(Trouble.OLD_VERSION):
            records = {number: under_another_key(records[number]) for number in records}
            key = b"old key." if self.has(Trouble.OLD_KEY) else key
            version -= self.has(Trouble.OLD_VERSION)
        rows = [source_row(f"child {number}", records[number]) for number in sorted(records)]
        self._load_number = self.store.replace_source("main", rows, key, version)
        self._loaded = Tables(key, version, frozenset(records))
        self._tables = self._tables and replace(self._tables, children=None)
        self._note()

    async def _refresh_index(self) -> None:
        while True:
            await asyncio.to_thread(self.index.refresh)
            self.acknowledge()
            await asyncio.sleep(INDEX_SECONDS)

    def acknowledge(self) -> None:
        """Note that it answers from what was loaded last, once it does."""
        if self._load_number and self.answers_from_load:
            self._tables = self._loaded
            self._note()

    @property
    def answers_from_load(self) -> bool:
        """Whether it answers from what was loaded last, or never will."""
        index = self.index.current()
        return self.has(Trouble.NO_TABLE) or (
            index is not None and index.state.load_number == self._load_number
        )

    def _note(self) -> None:
        truth = Truth(terms_of(self.version.directory), self._tables)
        if not self._truths or self._truths[-1][1] != truth:
            self._truths.append((self._loop.time(), truth))
