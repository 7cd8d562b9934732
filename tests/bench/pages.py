"""The pages of one council of the demo: alone, and with many people at them while rounds run."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import httpx

from deploy.demo.federation import Federation, NodePlan
from deploy.demo.ports import free_port
from node.accounts.model import Account, AccountRole
from node.accounts.passwords import Passwords
from node.accounts.store import AccountStore, NewAccount
from node.clock import system_clock
from node.opening import open_folder
from node.web.app import create_site
from node.web.server import SiteServer
from node.web.signing_in import COOKIE
from protocol.encoding import encode_base64url
from tests.bench.demo import TICK_MS, running_demo
from tests.bench.report import Figure, Report
from tests.node.accounts.hashing import CHEAP
from tests.node.asking.scripted import known
from tests.node.small_federation import MEMBERS, child, enquiry
from tests.node.web.visiting import PASSWORD, Town

ALONE_SECONDS = 0.1
CROWDED_SECONDS = 0.3
THINK_SECONDS = 5.0
"""How long somebody looks at a page, on average."""

QUESTION_SECONDS = 1.0
PATHS = ("/ask", "/lookups", "/ask", "/call-backs")
PLACE = 1


@dataclass
class Seen:
    """How long each page took, and how many questions were asked and answered meanwhile."""

    ask_pages: list[float] = field(default_factory=list)
    pages: int = 0
    questions: int = 0


def run(people: int = 200, seconds: float = 30.0) -> Report:
    """Measure the form, with nobody else and with a crowd; and how soon an answer is shown."""
    shown = time_answers()
    with running_demo(with_pages=PLACE) as (federation, children):
        plan = federation.plans[PLACE]
        cookies = _sign_in(federation, plan, people)
        port = plan.web_port or 0
        alone, crowd = asyncio.run(visit(port, cookies, children, seconds))
    notes = [
        f"alone: {len(alone)} times, p95 {milliseconds(_p95(alone))}",
        f"{people} people for {seconds:.0f} s: {crowd.pages / seconds:.0f} pages a second and "
        f"{crowd.questions} questions, each to all councils; the form's p50 "
        f"{milliseconds(median(crowd.ask_pages))}; browsers, councils and hub on this one machine",
    ]
    figures = [
        Figure("the form, p50", median(alone), ALONE_SECONDS, milliseconds),
        Figure(f"with {people} people, p95", _p95(crowd.ask_pages), CROWDED_SECONDS, milliseconds),
        Figure("an answer, until it is shown", max(shown), TICK_MS / 1000, milliseconds),
    ]
    return Report("Pages", figures, notes=notes)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


def _p95(timed: Sequence[float]) -> float:
    return quantiles(timed, n=20)[-1]


def _sign_in(federation: Federation, plan: NodePlan, people: int) -> list[str]:
    """Let people sign in, past the page: their passwords are not what is measured."""
    opened = open_folder(federation.node_folder(plan))
    try:
        path, key = opened.folder.accounts, opened.store_key
        with closing(AccountStore(path, key, system_clock, Passwords(CHEAP))) as accounts:
            return [cookie_of(accounts, f"person-{number}") for number in range(people)]
    finally:
        opened.close()


def cookie_of(accounts: AccountStore, username: str) -> str:
    """Make an account and return the cookie of somebody who has signed in with it."""
    roles = frozenset({AccountRole.PRACTITIONER})
    account = Account(username, username.title(), "01632 960100", "Front door", roles)
    accounts.add(NewAccount(account, PASSWORD))
    accounts.declare(username)
    return f"{COOKIE}={encode_base64url(accounts.sign_in(username, PASSWORD))}"


async def visit(
    port: int,
    cookies: Sequence[str],
    children: Sequence[Mapping[str, str]],
    seconds: float,
    think_seconds: float = THINK_SECONDS,
) -> tuple[list[float], Seen]:
    """Return how long the form took for one person, and what was seen of all at once."""
    crowd = Seen()
    async with _client(port, len(cookies) + 1) as client:
        alone = [await _time(client, "/ask", cookies[0]) for _ in range(50)]
        until = time.perf_counter() + seconds
        await asyncio.gather(
            _ask_on(client, cookies[0], children, crowd, until),
            *(
                _browse(client, cookie, random.Random(number), crowd, until, think_seconds)
                for number, cookie in enumerate(cookies)
            ),
        )
    return alone, crowd


def _client(port: int, connections: int = 1) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections)
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=30, limits=limits, trust_env=False
    )


async def _time(client: httpx.AsyncClient, path: str, cookie: str) -> float:
    began = time.perf_counter()
    response = await client.get(path, headers={"Cookie": cookie})
    if response.status_code != httpx.codes.OK:
        raise RuntimeError(f"{path} ended with {response.status_code}")
    return time.perf_counter() - began


async def _browse(
    client: httpx.AsyncClient,
    cookie: str,
    chance: random.Random,
    crowd: Seen,
    until: float,
    think_seconds: float,
) -> None:
    turn = chance.randrange(len(PATHS))
    await asyncio.sleep(chance.uniform(0, think_seconds))
    while time.perf_counter() < until:
        path = PATHS[turn % len(PATHS)]
        took = await _time(client, path, cookie)
        crowd.pages += 1
        if path == "/ask":
            crowd.ask_pages.append(took)
        turn += 1
        await asyncio.sleep(chance.uniform(0.5, 1.5) * think_seconds)


async def _ask_on(
    client: httpx.AsyncClient,
    cookie: str,
    children: Sequence[Mapping[str, str]],
    crowd: Seen,
    until: float,
) -> None:
    """Ask one question after the other, and follow its answers to their end."""
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    form = (await client.get("/ask", headers=headers)).text
    token = re.findall(r'name="token" value="(\w+)"', form)[0]
    while time.perf_counter() < until:
        child = children[crowd.questions % len(children)]
        asked = await client.post(
            "/ask", data={**child, "purpose": "1", "token": token}, headers=headers
        )
        events = await client.get(f"{asked.headers['location']}/events", headers=headers)
        if "event: end" not in events.text:
            raise RuntimeError("a question did not come to its end")
        crowd.questions += 1
        await asyncio.sleep(QUESTION_SECONDS)


def time_answers() -> list[float]:
    """Return how long each answer takes from the node to somebody who follows the page."""
    with TemporaryDirectory(prefix="whoelse-bench-") as folder:
        town = Town(Path(folder))
        with town.open:
            return town.run(_follow(town))


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[int]:
    """Serve a town's pages; give their port."""
    port = free_port()
    server = SiteServer(create_site(town.parts), "127.0.0.1", port)
    serving = asyncio.create_task(server.serve_pages())
    yield port
    server.end()
    await serving


async def _follow(town: Town) -> list[float]:
    town.lookups.results = [known(number) for number in range(1, MEMBERS + 1)]
    town.lookups.hold()
    headers = {"Cookie": cookie_of(town.accounts, "pat")}
    lookup = encode_base64url(town.desk.begin("pat", enquiry(child())))
    timed = []
    async with served(town) as port, _client(port) as client:
        path = f"/lookups/{lookup}/events"
        async with client.stream("GET", path, headers=headers) as response:
            lines = response.aiter_lines()
            for _ in range(MEMBERS):
                began = time.perf_counter()
                town.lookups.go_on()
                while not (await anext(lines)).startswith("data:"):
                    pass
                timed.append(time.perf_counter() - began)
            town.lookups.go_on()
    return timed
