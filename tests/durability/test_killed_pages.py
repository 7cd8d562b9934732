"""A node killed while its pages are used: whatever a page has said is so afterwards."""

import signal
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from deploy.demo.ports import free_port
from node.accounts.model import Account, AccountRole
from node.accounts.passwords import Passwords
from node.accounts.store import AccountStore, NewAccount
from node.accounts.systems import Systems
from node.asking.keeping import KeptLookups
from node.clock import system_clock
from node.folder import Folder
from node.ledger.entries import AskedEntry, Asker, seal_entry
from node.ledger.ledger import AskedHere, Ledger
from node.managing import last_week
from node.post.callback_store import open_post_database
from node.post.notices import Notices
from node.settings import FILE_NAME, load_settings
from protocol.identifiers import ROUND_ID_BYTES, RoundId
from tests.durability.asking import US
from tests.durability.conftest import Federation
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.polling import PATIENCE_SECONDS, poll
from tests.durability.processes import OFTEN, start
from tests.durability.remains import Remains
from tests.durability.visiting import (
    APPLICATION,
    CASE,
    COLLEAGUE,
    COLLEAGUES_NAME,
    EXPECTED,
    PAGES_ORIGIN,
    PASSWORD,
    READ,
    SENT,
    SYSTEM,
    TELEPHONE,
    TO_LOOK,
    USERNAME,
    Said,
    Visitor,
    visit_until,
)
from tests.durability.world import copy_node
from tests.node.accounts.hashing import CHEAP
from tests.node.post.test_notices import ASKER, KNOWN
from tests.node.small_federation import DIRECTORY, STORE_KEY, council, fresh_round

ROLES = frozenset(
    {
        AccountRole.PRACTITIONER,
        AccountRole.DUTY_OFFICER,
        AccountRole.TEAM_MANAGER,
        AccountRole.SHIELDING_OFFICER,
    }
)
OF_LAST_WEEK = Asker(
    name="Sam", telephone="1", team="Front door", reference="", protected_location=False
)
PAT = Account(USERNAME, "Pat", "020 7946 0001", "Front door", ROLES)


@pytest.mark.parametrize("plan", plans(Story.PAGES), ids=str)
def test_what_a_page_of_a_killed_node_has_said_is_so(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    folder, port = _node_with_pages(federation, tmp_path)
    if plan.kill is None or plan.kill.point != "commit of lookups.db by _migrate":
        kept_ms = load_settings(folder).answers_kept_ms
        KeptLookups(Folder(folder).lookups, STORE_KEY, kept_ms, system_clock).close()
    with closing(Visitor(port)) as visitor:
        killed = start(tmp_path / "killed.log", "run", folder, kill=plan.kill, haste=OFTEN)
        deadline = time.monotonic() + PATIENCE_SECONDS
        said = visit_until(visitor, lambda: not killed.is_alive or time.monotonic() > deadline)
        assert killed.wait(0.1) == -signal.SIGKILL, killed.said()
        Remains(copy_node(folder, tmp_path / "remains")).assert_whole()
        restarted = start(tmp_path / "restarted.log", "run", folder)
        try:
            poll("the pages", lambda: _is_served(visitor))
            _assert_so(visitor, said)
        finally:
            restarted.stop()
    assert set(killed.points() + restarted.points()) <= set(POINTS)


def test_visit_does_all_that_is_looked_at(federation: Federation, tmp_path: Path) -> None:
    """The control: what is so after a kill is something."""
    folder, port = _node_with_pages(federation, tmp_path)
    visits = iter((False, False, True))
    running = start(tmp_path / "running.log", "run", folder, haste=OFTEN)
    try:
        with closing(Visitor(port)) as visitor:
            poll("the pages", lambda: _is_served(visitor))
            poll("the records", lambda: _is_loaded(folder))
            said = visit_until(visitor, lambda: next(visits))
            _assert_so(visitor, said)
        assert said.has_declared
        assert said.is_rung_there
        assert said.has_seen_notices
        assert said.has_given_watches
        assert (said.checks, said.expected_checks) == (2, 2)
        assert len(said.cookies) == 1
        assert said.has_reviewed
        assert len(said.used_tokens) == 2
        assert (len(said.passkeys), len(said.removed_passkeys)) == (1, 1)
        lists = (
            said.ended,
            said.ended_elsewhere,
            said.kept,
            said.removed,
            said.asked_to_ring,
            said.given,
            said.added,
            said.refused,
        )
        for number in map(len, (*lists, said.in_the_inbox, said.answered)):
            assert number == 2
        assert said.applications == 2
    finally:
        running.stop()


def _node_with_pages(federation: Federation, folder: Path) -> tuple[Path, int]:
    """Return a node's folder with an account, and the port of its pages."""
    node, port = copy_node(federation.template, folder / "node"), free_port()
    settings = (node / FILE_NAME).read_text().replace("adding_seconds = 0", "adding_seconds = 1")
    pages = f'web_port = {port}\noffice_hours = ""\nweb_address = "{PAGES_ORIGIN}"\n'
    (node / FILE_NAME).write_text(settings + pages)
    # A node that was killed before has left its own.
    Folder(node).details.touch()
    with closing(open_post_database(Folder(node).post)) as database:
        told = Notices(US.id, database, STORE_KEY, lambda *_: [PAT.team], system_clock)
        row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), council(2).id, system_clock(), b"")
        told.see(row, KNOWN, DIRECTORY)
    store = AccountStore(Folder(node).accounts, STORE_KEY, system_clock, Passwords(CHEAP))
    with closing(store) as accounts:
        accounts.add(NewAccount(PAT, PASSWORD))
        accounts.add(NewAccount(replace(PAT, username=COLLEAGUE, name=COLLEAGUES_NAME), PASSWORD))
    with closing(Ledger(Folder(node).ledger)) as ledger:
        asked = AskedEntry(asker=OF_LAST_WEEK, caller=None, role="r", purpose=1, members=6)
        week_ago_ms, round_id = last_week(system_clock())[0], fresh_round()
        ledger.record_asked(round_id, seal_entry(STORE_KEY, asked, round_id), week_ago_ms)
    with closing(Systems(Folder(node).accounts, STORE_KEY, US.id, system_clock)) as systems:
        systems.add(SYSTEM.name, SYSTEM.pem)
    return node, port


def _assert_so(visitor: Visitor, said: Said) -> None:
    first = "/ask" if said.has_declared else "/about"
    for cookie in said.cookies:
        visitor.use(cookie)
        assert visitor.get(first).status_code == httpx.codes.OK
        assert TELEPHONE in visitor.get("/details").text or not said.is_rung_there
    for address in said.kept:
        assert "of 6 answered" in visitor.get(address).text
    for address in (*said.asked_to_ring, *said.in_the_inbox):
        assert "Before six" in visitor.get(address).text
    assert visitor.get("/inbox").text.count(TO_LOOK) >= said.checks
    assert visitor.get("/call-backs").text.count(EXPECTED) >= said.expected_checks
    for address in said.given:
        assert f"{COLLEAGUES_NAME}, " in visitor.get(address).text
        item = address.replace("/call-backs/", "/inbox/")
        poll("whom to ring", lambda: COLLEAGUES_NAME in visitor.get(item).text)  # noqa: B023
    for check in said.added:
        assert SENT in visitor.get(f"/call-backs/{check}").text
        poll("what was added", lambda: READ in visitor.get(f"/inbox/{check}").text)  # noqa: B023
    for item in said.answered:
        assert "Answered by" in visitor.get(item).text
        asked = item.replace("/inbox/", "/call-backs/")
        poll("the news", lambda: "Answered by" in visitor.get(asked).text)  # noqa: B023
    assert said.watches in (None, f"Case {CASE}" in visitor.get("/watched").text)
    # Our own questions are told as well, to who minds the inbox for a team without accounts.
    notices = visitor.get("/asked-about").text.split("<li>")
    told = [each for each in notices if ASKER.name in each]
    assert told or not said.has_declared
    assert not said.has_seen_notices or all("New" not in each for each in told)
    _assert_decided(visitor, said)
    for phone in said.passkeys:
        assert visitor.sign_in_by(phone)
    for phone in said.removed_passkeys:
        assert not visitor.sign_in_by(phone)
    for token in said.used_tokens:
        assert visitor.ask_by(token) == httpx.codes.UNAUTHORIZED
    for address in said.removed:
        assert visitor.get(address).status_code == httpx.codes.NOT_FOUND
    if said.has_given_watches:
        visitor.use(visitor.sign_in(username=COLLEAGUE))
        visitor.post("/declaration")
        assert f"Case {CASE}" in visitor.get("/watched").text
    for cookie in (*said.ended, *said.ended_elsewhere):
        visitor.use(cookie)
        assert visitor.get("/ask").headers["location"] == "/sign-in"


def _assert_decided(visitor: Visitor, said: Said) -> None:
    assert visitor.get("/shields").text.count(APPLICATION["name"]) >= said.applications
    for address in said.refused:
        assert "Refused" in visitor.get(address).text
    assert "In order</strong>, Pat" in visitor.get("/team/sample").text or not said.has_reviewed


def _is_loaded(folder: Path) -> bool:
    running = Folder(folder).running.read()
    return running is not None and running.load_number > 0


def _is_served(visitor: Visitor) -> bool:
    try:
        return visitor.get("/about").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("plan", plans(Story.ACCOUNTS), ids=str)
def test_account_is_there_once_it_was_said(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    folder = copy_node(federation.template, tmp_path / "node")
    commands: list[tuple[str | Path, ...]] = [
        (
            "account", "add", folder, USERNAME, "--name=Pat", "--telephone=020 7946 0001",
            "--team=Front door", "--role=practitioner",
        ),
        ("account", "change", folder, USERNAME, "--telephone=020 7946 0002"),
        ("account", "remove", folder, USERNAME),
    ]  # fmt: skip
    are_there = (True, True, False)
    is_there: bool | None = False
    points: list[str] = []
    was_killed = False
    for number, command in enumerate(commands):
        running = start(tmp_path / f"{number}.log", *command, kill=plan.kill, typed=f"{PASSWORD}\n")
        status = running.wait()
        points += running.points()
        if status == -signal.SIGKILL:
            was_killed = True
            has_ended = "may" in running.said() or command[1] == "change"
            is_there = are_there[number] if has_ended else None
            break
        assert status == 0, running.said()
        is_there = are_there[number]
    assert was_killed
    assert set(points) <= set(POINTS)
    with closing(AccountStore(Folder(folder).accounts, STORE_KEY, system_clock)) as accounts:
        found = [account.username for account in accounts.all()]
        assert found in ([], [USERNAME])
        assert is_there is None or found == [USERNAME] * is_there
        assert not found or accounts.sign_in(USERNAME, PASSWORD)


@pytest.mark.parametrize("plan", plans(Story.SYSTEMS), ids=str)
def test_case_system_asks_once_it_was_said(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    folder = copy_node(federation.template, tmp_path / "node")
    key = tmp_path / "key.pem"
    key.write_bytes(SYSTEM.pem)
    is_there = False
    for number, command in enumerate(
        (("system", "add", folder, SYSTEM.name, key), ("system", "remove", folder, SYSTEM.name))
    ):
        running = start(tmp_path / f"{number}.log", *command, kill=plan.kill)
        status = running.wait()
        assert set(running.points()) <= set(POINTS)
        if status == -signal.SIGKILL:
            break
        assert status == 0, running.said()
        is_there = number == 0
    assert status == -signal.SIGKILL
    assert plan.kill is not None
    if plan.kill.after:
        is_there = not is_there
    with closing(Systems(Folder(folder).accounts, STORE_KEY, US.id, system_clock)) as systems:
        assert systems.names() == [SYSTEM.name] * is_there
