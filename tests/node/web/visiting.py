"""The pages of one council and people who visit them, without a network."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx

from node.accounts.model import Account, AccountRole
from node.accounts.passkeys import Passkeys
from node.accounts.passwords import Passwords
from node.accounts.provider import Provider
from node.accounts.store import IDLE_MS, LONGEST_MS, AccountStore, NewAccount
from node.accounts.systems import Systems
from node.asking.activity import Activity
from node.asking.adding import Adding
from node.asking.desk import LookupDesk
from node.asking.keeping import KeptLookups
from node.asking.reviews import Reviews
from node.clock import system_clock
from node.evaluating.evaluator import EvaluationReport
from node.folder import Folder
from node.ledger.ledger import Ledger
from node.post.callback_store import CallBackStore, open_post_database
from node.post.callbacks import CallBacks, Matched
from node.post.notices import Notices
from node.post.outbox import StoredOutbox
from node.records.loads import Loads
from node.shielding import Shielding
from node.watching.store import WatchStore
from node.watching.watches import Pace, Watches, pace_of
from node.web.app import create_site
from node.web.checking import expecting
from node.web.site import Parts
from protocol.directory.members import Directory
from protocol.errors import DirectoryError
from tests.node.accounts.hashing import CHEAP
from tests.node.asking.scripted import ScriptedLookups
from tests.node.small_federation import DIRECTORY, STORE_KEY, FakeClock, council, new_store

Result = TypeVar("Result")

PASSWORD = "pewter lantern gravel"
ADDRESS = "https://node.example"

WEEK_MS = 7 * 86_400_000


@cache
def _empty_databases() -> dict[str, bytes]:
    """Return what the pages keep before anybody has come, migrated once for all tests."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        AccountStore(folder / "accounts.db", STORE_KEY, system_clock, Passwords(CHEAP)).close()
        KeptLookups(folder / "lookups.db", STORE_KEY, WEEK_MS, system_clock).close()
        open_post_database(folder / "post.db").close()
        Ledger(folder / "ledger.db").close()
        WatchStore(folder / "watches.db", STORE_KEY).close()
        return {path.name: path.read_bytes() for path in folder.glob("*.db")}


class Visitor:
    """A browser that keeps cookies, sends no script, and says of a form where it came from."""

    def __init__(self, town: "Town", address: str = "127.0.0.1") -> None:
        self._town = town
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(town.site, client=(address, 4711)),
            base_url=ADDRESS,
            timeout=20,
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._town.run(self.client.get(path, headers=headers))

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as a page of ours does, with the token that this visitor was given."""
        given = {"token": self.token()} | fields
        return self._town.run(
            self.client.post(path, data=given, headers={"Sec-Fetch-Site": "same-origin"})
        )

    def send_faulty(self, path: str, *, at: str = "", **fields: str) -> str:
        """Send a form with a fault; return the page that shows it again, its own unless said
        otherwise, which is no answer to the form itself (decision 36)."""
        response = self.post(path, **fields)
        assert response.status_code == httpx.codes.SEE_OTHER
        again = response.headers["location"]
        assert again.partition("?mend=")[0] == (at or path)
        shown = self.get(again).text
        assert "<title>Error: " in shown
        assert "<title>Error: " not in self.get(again).text
        return shown

    def sign_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        return self._town.run(
            self.client.post(
                "/sign-in",
                data={"username": username, "password": password},
                headers={"Sec-Fetch-Site": "same-origin"},
            )
        )

    def token(self) -> str:
        found = re.search(r'name="token" value="(\w+)"', self.get("/about").text)
        return found.group(1) if found else ""


class Town:
    """One council's pages, its people, and a federation that ends as it is told."""

    def __init__(self, folder: Path) -> None:
        for name, content in _empty_databases().items():
            (folder / name).write_bytes(content)
        self.folder = folder
        self.node_folder = Folder(folder)
        self.open = ExitStack()
        self._runner = self.open.enter_context(asyncio.Runner())
        self.clock = FakeClock()
        self.directory: Directory | None = DIRECTORY
        self.matched = Matched(("OUR-CASE-9",))
        """Cases of ours that every question of another council fits."""
        self.accounts = self.open.enter_context(
            closing(AccountStore(folder / "accounts.db", STORE_KEY, self.clock, Passwords(CHEAP)))
        )
        self.systems = self.open.enter_context(
            closing(Systems(folder / "accounts.db", STORE_KEY, council(1).id, self.clock))
        )
        self.passkeys = self.open.enter_context(
            closing(Passkeys(folder / "accounts.db", STORE_KEY, self.accounts, ADDRESS, self.clock))
        )
        self.kept = self.open.enter_context(
            closing(KeptLookups(folder / "lookups.db", STORE_KEY, WEEK_MS, self.clock))
        )
        self.ledger = self.open.enter_context(closing(Ledger(folder / "ledger.db")))
        self.records = self.open.enter_context(closing(new_store(folder / "records.db")))
        database = self.open.enter_context(closing(open_post_database(folder / "post.db")))
        self.outbox = StoredOutbox(database, STORE_KEY)
        self.call_back_store = CallBackStore(database, STORE_KEY)
        self.call_backs = CallBacks(
            self.call_back_store,
            self.outbox,
            self.clock,
            lambda *_: self.matched,
            self.records.is_shielded,
        )
        self.added: list[bytes] = []
        """What was evaluated of what was added to checks."""
        self.adding = Adding(self._evaluate, self.call_backs.add_tags, self.current, self.clock)
        self.teams: tuple[str, ...] = ("Front door",)
        """Who has the cases of ours that others ask about."""
        self.notices = Notices(
            council(1).id, database, STORE_KEY, lambda *_: self.teams, self.clock
        )
        self.watch_store = self.open.enter_context(
            closing(WatchStore(folder / "watches.db", STORE_KEY))
        )
        self.lookups = ScriptedLookups()
        self.desk = LookupDesk(
            self.lookups,
            self.current,
            self.kept,
            self.records.find_cases,
            expecting(self.call_backs),
            self.clock,
        )
        self.open.callback(lambda: self.run(self.desk.close()))
        self.parts = Parts(
            council(1).id,
            self.accounts,
            self.systems,
            None,
            self.passkeys,
            self.desk,
            self.kept,
            self.call_backs,
            self.adding,
            self.notices,
            Watches(self.watch_store, self.pace, self.clock),
            self.current,
            Activity(self.ledger, STORE_KEY, self.clock),
            Reviews(self.kept.database, STORE_KEY, self.clock),
            Loads(
                self.records,
                self.node_folder.measured_sources,
                self.node_folder.quality,
                self.node_folder.running,
            ),
            Shielding(self.records, self.ledger, STORE_KEY, self.clock),
            "#1d4f60",
            "",
            {},
            self.clock,
        )
        self.site = create_site(self.parts)

    async def _evaluate(
        self, directory: Directory, oprf_inputs: Sequence[bytes]
    ) -> tuple[list[bytes], EvaluationReport]:
        del directory
        self.added += oprf_inputs
        return [sha256(oprf_input).digest() for oprf_input in oprf_inputs], EvaluationReport()

    def give_service(self, provider: Provider) -> None:
        """Have people sign in at the council's own service."""
        self.parts = replace(self.parts, provider=provider, passkeys=None)
        self.site = create_site(self.parts)

    def keep_answers(self, kept_ms: int) -> None:
        """Have answers kept for so long, as another council's setting has it."""
        path = self.folder / "lookups.db"
        kept = self.open.enter_context(closing(KeptLookups(path, STORE_KEY, kept_ms, self.clock)))
        self.parts = replace(self.parts, kept=kept)
        self.site = create_site(self.parts)

    def tell_the_time(self) -> None:
        """Set the clock to now; from then on it stands still as ever."""
        self.clock.now_ms = system_clock()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Have something done while the pages are served, from a thread that does not."""
        self._runner.get_loop().call_soon_threadsafe(work)

    def pace(self) -> Pace:
        return pace_of(self.current(), council(1).id, WEEK_MS)

    def current(self) -> Directory:
        if self.directory is None:
            raise DirectoryError("expired")
        return self.directory

    def watch(self, visitor: Visitor, path: str, **headers: str) -> httpx.Response:
        """Return a page that a visitor looks at while the one lookup, held, comes to its end."""
        (lookup,) = self.desk._running.values()

        async def look() -> httpx.Response:
            page = asyncio.create_task(visitor.client.get(path, headers=headers))
            while not lookup._news._waiters:  # noqa: ASYNC110
                await asyncio.sleep(0)
            for _ in range(len(self.lookups.results) + 1):
                self.lookups.go_on()
            return await page

        return self.run(look())

    def settle(self) -> None:
        """Let what is on its way come to its end."""

        async def wait() -> None:
            await asyncio.gather(*self.desk._tasks)

        self.run(wait())

    def go_on(self, visitor: Visitor, left_ms: int) -> None:
        """Have somebody who has just signed in stay until so much is left of the session."""
        until_ms = self.clock.now_ms + LONGEST_MS - left_ms
        while self.clock.now_ms < until_ms:
            self.clock.now_ms = min(self.clock.now_ms + IDLE_MS, until_ms)
            visitor.post("/stay")

    def add(self, username: str, *roles: AccountRole, team: str = "Front door") -> None:
        """Make an account; a practitioner's if no role is given."""
        roles = roles or (AccountRole.PRACTITIONER,)
        account = Account(
            username, f"{username.title()} Worker", "020 7946 0001", team, frozenset(roles)
        )
        self.accounts.add(NewAccount(account, PASSWORD))
        self.accounts.declare(username)

    def visitor(self, username: str = "", *roles: AccountRole, team: str = "Front door") -> Visitor:
        """Return somebody who is signed in with these roles; nobody without a username."""
        visitor = Visitor(self)
        if username:
            self.add(username, *roles, team=team)
            assert visitor.sign_in(username).status_code == httpx.codes.SEE_OTHER
        return visitor
