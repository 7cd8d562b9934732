"""A federation in one process: two hubs, six members, and whatever a scenario does to them."""

import asyncio
from asyncio import wait_for
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hub.settings import HubSettings
from protocol.directory.document import Document
from protocol.directory.members import Directory, parse_directory
from protocol.identifiers import EPOCH_SECONDS
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from tests.federation.hub import SimulatedHub, hubs_by
from tests.federation.lies import Lies, Overheard
from tests.federation.loop import WallClock, run_virtually
from tests.federation.member import SimulatedMember, Surroundings
from tests.federation.question import Errand, Import, Question, ask, load_by_keyholders
from tests.federation.scenario import (
    Advance,
    Ask,
    DropLinks,
    Kill,
    Load,
    LoadByKeyholders,
    Operation,
    Post,
    Restart,
    Scenario,
    Start,
    ToTheHour,
)
from tests.node.small_federation import HUBS, MEMBERS, council, document
from tests.node.small_signer import Signer

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
"""Where files are that are synced often; any disk would do, only slower."""

POST_SECONDS = 600
"""The directory's interval of post: every beat is a round of all members to all."""

Seen = TypeVar("Seen")

LONGEST_SECONDS = 3600.0
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
        self.restarted_at: dict[int, list[float]] = {}
        self._random = Random(scenario.seed)
        self._tasks: list[asyncio.Task[None]] = []
        self._overheard = Overheard()
        root, self.directory = _publish(folder)
        self.hubs = [self._make_hub(number, folder, root) for number in range(len(HUBS))]
        hosts = {f"{hub.entry.id}.test": hub for hub in self.hubs}
        around = Surroundings(self.directory, hosts, scenario.begin_ms, self._random)
        self.members = {
            number: self._make_member(number, folder, around) for number in range(1, MEMBERS + 1)
        }

    @property
    def questions(self) -> list[Question]:
        return [errand for errand in self.errands if isinstance(errand, Question)]

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
        question = Question(
            operation.member,
            self.loop.time(),
            child=operation.child,
            is_sure=operation.is_sure,
        )
        await self._begin(question, ask(self.members[operation.member], question), operation.waits)

    async def _load_by_keyholders(self, operation: LoadByKeyholders) -> None:
        member, children = self.members[operation.member], frozenset(operation.children)
        errand = Import(operation.member, self.loop.time())

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

    def _post(self, sender: int, recipient: int) -> None:
        message_id = self._random.randbytes(MESSAGE_ID_BYTES)
        content = post_content(sender, recipient)
        message = PostMessage(message_id, PostType.CEREMONY_SIGNATURE, content)
        self.members[sender].outbox.put(council(recipient).id, message)

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


def post_content(sender: int, recipient: int) -> bytes:
    return f"from {sender} to {recipient}".encode()


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


@lru_cache
def _published() -> tuple[dict[str, bytes], Directory]:
    """Return the signers' public files, signed once for all scenarios, and what they say."""
    draft: Document = document(post_interval_seconds=POST_SECONDS)
    with TemporaryDirectory() as folder:
        signer = Signer(Path(folder), draft)
        signer.publish()
        public = Path(folder) / "public"
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in public.rglob("*")
            if path.is_file()
        }
    target = next(content for name, content in files.items() if name.startswith("public/targets"))
    return files, parse_directory(target)


def _publish(folder: Path) -> tuple[Path, Directory]:
    files, directory = _published()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "public" / "metadata" / "1.root.json", directory
