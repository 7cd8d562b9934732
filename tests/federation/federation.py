"""A federation in one process: two hubs, six members, and whatever a scenario does to them."""

import asyncio
from asyncio import wait_for
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hub.settings import HubSettings
from protocol.identifiers import EPOCH_SECONDS
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from tests.federation.directories import next_version, publish_first
from tests.federation.hub import SimulatedHub, hubs_by
from tests.federation.lies import Lies, Overheard
from tests.federation.loop import WallClock, run_virtually
from tests.federation.mail import Mail
from tests.federation.member import SimulatedMember, Surroundings
from tests.federation.question import Errand, Import, Question, ask, load_by_keyholders
from tests.federation.scenario import (
    Advance,
    Ask,
    Change,
    DropLinks,
    Fetch,
    Kill,
    Load,
    LoadByKeyholders,
    Operation,
    Post,
    Publish,
    Restart,
    Scenario,
    Start,
    ToTheHour,
)
from tests.node.small_federation import HUBS, MEMBERS, council

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
"""Where files are that are synced often; any disk would do, only slower."""

Seen = TypeVar("Seen")

LONGEST_SECONDS = 1800.0
"""After which an errand is taken to hang: the loop's clock would go on without it for ever."""

LINKED_SECONDS = 1.0
"""How long members take at the start to link to every hub."""


class Federation:
    """Everything that a scenario is run on, and everything that is then looked at."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.loop = asyncio.get_running_loop()
        self.clock = WallClock(self.loop, scenario.begin_ms)
        self.errands: list[Errand] = []
        self.mail: list[Mail] = []
        self.restarted_at: dict[int, list[float]] = {}
        self._random = Random(scenario.seed)
        self._tasks: list[asyncio.Task[None]] = []
        self._overheard = Overheard()
        root, self.newest = publish_first(folder)
        self.directory = self.newest.directory
        """The first version: members and hubs are the same in all."""
        self.hubs = [self._make_hub(number, folder, root) for number in range(len(HUBS))]
        hosts = {f"{hub.entry.id}.test": hub for hub in self.hubs}
        around = Surroundings(self.newest, hosts, scenario.begin_ms, self._random)
        self.members = {
            number: self._make_member(number, folder, around) for number in range(1, MEMBERS + 1)
        }

    @property
    def questions(self) -> list[Question]:
        return [errand for errand in self.errands if isinstance(errand, Question)]

    @property
    def imports(self) -> list[Import]:
        return [errand for errand in self.errands if isinstance(errand, Import)]

    async def run(self) -> None:
        """Start all, do what the scenario says, and wait for every errand."""
        for hub in self.hubs:
            hub.start()
        for number, children in self.scenario.holdings:
            self.members[number].load(children)
        for member in self.members.values():
            member.start()
        await asyncio.sleep(LINKED_SECONDS)
        for operation in self.scenario.operations:
            await self._do(operation)
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        async with AsyncExitStack() as stack:
            for hub in self.hubs:
                stack.push_async_callback(hub.close)
            for member in self.members.values():
                stack.push_async_callback(member.stop)

    async def _do(self, operation: Operation) -> None:
        match operation:
            case Ask():
                await self._ask(operation)
            case Load(member, children):
                self.members[member].load(children)
                await wait_for(self._until_it_answers(self.members[member]), LONGEST_SECONDS)
            case LoadByKeyholders():
                await self._load_by_keyholders(operation)
            case Post(member, recipient):
                self._post(member, recipient)
            case Publish(change, members):
                self._publish(change, members)
            case Fetch(member):
                self.members[member].take(self.newest)
            case Restart(member):
                self.restarted_at.setdefault(member, []).append(self.loop.time())
                await self.members[member].restart()
            case Kill(hub):
                self.hubs[hub].kill()
            case Start(hub):
                self.hubs[hub].start()
            case DropLinks(hub):
                self.hubs[hub].drop_links()
            case Advance(seconds):
                await asyncio.sleep(seconds)
            case ToTheHour(seconds):
                now = self.clock() / 1000
                await asyncio.sleep(EPOCH_SECONDS - (now - seconds) % EPOCH_SECONDS)

    async def _ask(self, operation: Ask) -> None:
        member = self.members[operation.member]
        question = Question(
            operation.member,
            self.loop.time(),
            member.version.directory,
            child=operation.child,
            is_sure=operation.is_sure,
        )
        await self._begin(question, ask(member, question), operation.waits)

    async def _load_by_keyholders(self, operation: LoadByKeyholders) -> None:
        member, children = self.members[operation.member], frozenset(operation.children)
        errand = Import(operation.member, self.loop.time(), member.version.directory)

        async def load() -> None:
            await load_by_keyholders(member, errand, children)
            await self._until_it_answers(member)

        await self._begin(errand, load(), operation.waits)

    async def _begin(
        self, errand: Errand, work: Coroutine[Any, Any, None], is_waited_for: bool
    ) -> None:
        self.errands.append(errand)
        task = asyncio.create_task(wait_for(work, LONGEST_SECONDS))
        self._tasks.append(task)
        if is_waited_for:
            await task

    async def _until_it_answers(self, member: SimulatedMember) -> None:
        while not member.answers_from_load:  # noqa: ASYNC110  # waiting costs nothing here
            await asyncio.sleep(1)

    def _publish(self, change: Change, members: Iterable[int]) -> None:
        self.newest = next_version(self.newest, change)
        for member in members:
            self.members[member].take(self.newest)

    def _post(self, sender: int, recipient: int) -> None:
        message_id = self._random.randbytes(MESSAGE_ID_BYTES)
        member = self.members[sender]
        mail = Mail(len(self.mail), sender, member.life, recipient, self.loop.time())
        self.mail.append(mail)
        message = PostMessage(message_id, PostType.CEREMONY_SIGNATURE, mail.content)
        member.outbox.put(council(recipient).id, message)

    def _make_hub(self, number: int, folder: Path, root: Path) -> SimulatedHub:
        settings = HubSettings(
            hub_id=HUBS[number].id, port=0, directory=folder / "public", root=root
        )
        lies = Lies(
            self.scenario.hub_faults(number),
            self.directory,
            self._overheard,
            self.clock,
            Random(number),
        )
        return SimulatedHub(HUBS[number], settings, lies, self._random)

    def _make_member(self, number: int, folder: Path, around: Surroundings) -> SimulatedMember:
        own = folder / str(number)
        own.mkdir()
        return SimulatedMember(number, own, around, self.scenario.member_faults(number))


def simulate(scenario: Scenario, look: Callable[[Federation], Seen]) -> Seen:
    """Run a scenario to its end, in virtual time, and return what is then seen of it."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:

        async def run() -> Seen:
            federation = Federation(scenario, Path(folder))
            with hubs_by(federation.clock):
                try:
                    await federation.run()
                    return look(federation)
                finally:
                    await federation.close()

        return run_virtually(run, Random(scenario.seed))
