"""Debian's Chromium before the pages of real processes: a hub and three councils."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from deploy.demo.councils import COUNCILS, CouncilPlan
from deploy.demo.federation import Federation, NodePlan, SignIn, memory_folder
from deploy.demo.ports import free_ports
from node.clock import system_clock
from node.ledger.entries import AskedEntry, Asker, seal_entry
from node.ledger.ledger import Ledger
from node.managing import last_week
from node.settings import load_settings
from node.store_key import load_store_key
from node.web.signing_in import COOKIE
from tests.browser.small_town import ServedTown, State
from tests.browser.visits import PASSWORD, Visit
from tests.node.accounts.council_service import running_service, settings_text
from tests.node.small_federation import fresh_round

HEADER = (
    "case_reference,surname,forename,date_of_birth,postcode,involvement,last_updated,team,"
    "telephone,worker_name,nhs_number"
)
ROWS = (
    "A-1,Lark,Tobias,2014-02-03,NM1 4QZ,early help,2026-11-02,Early Help,0113 496 0222,,\n"
    "A-2,Wren,Sorrel,2013-05-06,NM2 5AB,early help,2026-10-02,Early Help,0113 496 0222,,\n"
    "A-2,Finch,Aubrey,2011-08-19,NM3 6CD,child in need,2026-09-02,Family Support,0113 496 0333,,",
    "B-1,Quarrington,Philippa,2016-04-12,QX1 2AB,child in need,2026-11-20,Family Support,"
    "01632 960333,Jo Merriweather,999 000 0107\n"
    "B-2,Lapwing,Imogen,2015-01-20,EV2 2BB,child in need,2026-11-20,Family Support,01632 960333,,\n"
    "B-3,Dunnock,Rafferty,2013-08-30,EV4 7AB,early help,2026-11-20,Family Support,01632 960333,,",
    "C-1,Thistle,Morgan,2012-09-30,SZ2 9XY,looked after,2026-11-12,Children in Care,"
    "020 7946 0444,,",
)
"""What each council holds: the child that is asked about is known to the second alone, and the
first has one case reference twice."""

SCREENSHOTS = Path("build/screenshots")

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
"""Without a sandbox it runs as root too; the others keep it from ringing its maker."""

PEOPLE = (
    (0, SignIn("pat", PASSWORD, "Pat Ashgrove", "01632 960111", "Front door", "practitioner")),
    (0, SignIn("maya", PASSWORD, "Maya Lindqvist", "01632 960112", "Front door", "team_manager")),
    (0, SignIn("ada", PASSWORD, "Ada Fell", "01632 960113", "IT", "administrator")),
    (0, SignIn("asha", PASSWORD, "Asha Merrow", "01632 960114", "Records", "data_steward")),
    (1, SignIn("dana", PASSWORD, "Dana Okoro", "01632 960331", "Duty", "duty_officer")),
    (1, SignIn("olu", PASSWORD, "Olu Bright", "01632 960333", "Safety", "shielding_officer")),
    (1, SignIn("sade", PASSWORD, "Sade Marsh", "01632 960334", "Safety", "shielding_officer")),
    (1, SignIn("kim", PASSWORD, "Kim Sandford", "01632 960332", "Duty", "team_manager")),
)
"""Each with the place of the council."""

WITH_ACCOUNTS = 2
"""So many of the councils, the first, have accounts of their own; the third has a service."""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser for these tests alone: while it is open, this thread runs no other event loop."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("chromium is missing: install the system package chromium, or run 'make setup'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def service() -> Iterator[str]:
    """The third council's own sign-in service."""
    with running_service() as address:
        yield address


@pytest.fixture(scope="package")
def federation(tmp_path_factory: pytest.TempPathFactory, service: str) -> Iterator[Federation]:
    folder = tmp_path_factory.mktemp("federation")
    councils = COUNCILS[:3]
    plans = [*map(_plan, councils, free_ports(len(councils)))]
    made = Federation(folder, memory_folder(f"whoelse-{folder.name}"), plans)
    try:
        made.make(threshold=2, post_interval_seconds=2)
        for place, person in PEOPLE:
            made.add_account(made.plans[place], person)
        for plan in made.plans:
            with (made.node_folder(plan) / "node.toml").open("a") as settings:
                # Whatever the time is, nothing changes hands by itself; what is added to a check is
                # evaluated while somebody waits for it.
                settings.write('office_hours = ""\nadding_seconds = 3\n')
        _ask_last_week(made, made.plans[0])
        _sign_in_at(service, made, made.plans[2])
        made.start()
        made.hold_ceremony()
        for plan, row in zip(made.plans, ROWS, strict=True):
            file = folder / f"{plan.name}.csv"
            file.write_text(f"{HEADER}\n{row}\n")
            made.load(plan, file, lambda _line: None)
        yield made
    finally:
        made.stop()


NewVisit = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, federation: Federation) -> Iterator[NewVisit]:
    """Make somebody who comes to a council's pages, in a browser of their own."""
    contexts: list[BrowserContext] = []

    def begin(*, script: bool = True, width: int = 1280, place: int = 0) -> Visit:
        address = f"http://localhost:{federation.plans[place].web_port}"
        context = chromium.new_context(
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
            base_url=address,
        )
        contexts.append(context)
        return Visit(context.new_page(), address, SCREENSHOTS)

    yield begin
    for context in contexts:
        context.close()


AtTheTown = Callable[..., Visit]


@pytest.fixture
def at_the_town(chromium: Browser, tmp_path: Path) -> Iterator[AtTheTown]:
    """Bring a browser to a state of the pages of a small town."""
    with ExitStack() as opened:

        def come(state: State, *, script: bool = True, height: int = 900, zoom: int = 1) -> Visit:
            town = opened.enter_context(closing(ServedTown(tmp_path)))
            seen = town.serve(state)
            context = chromium.new_context(
                java_script_enabled=script,
                viewport={"width": 1280 // zoom, "height": height // zoom},
                device_scale_factor=zoom,
                base_url=town.address,
            )
            opened.callback(context.close)
            visitor = Visit(context.new_page(), town.address, SCREENSHOTS)
            visitor.take_session(seen.visitor.client.cookies.get(COOKIE) or "")
            # A page that is sent piece by piece is not all there.
            visitor.page.goto(seen.path, wait_until="commit")
            visitor.page.get_by_text(seen.text).first.wait_for()
            return visitor

        yield come


@pytest.fixture
def page(visit: NewVisit) -> Page:
    """A page that somebody has signed in at."""
    visitor = visit()
    visitor.sign_in("pat")
    return visitor.page


def _ask_last_week(federation: Federation, plan: NodePlan) -> None:
    """Have a council's front door have asked something in the last week that is over."""
    folder = federation.node_folder(plan)
    key = load_store_key(load_settings(folder).store_key)
    asker = Asker(
        name="Pat Ashgrove", telephone="01632 960111", team="Front door", reference="A-1",
        protected_location=False,
    )  # fmt: skip
    entry = AskedEntry(asker=asker, caller=None, role="practitioner", purpose=1, members=3)
    round_id, (asked_ms, _) = fresh_round(), last_week(system_clock())
    with closing(Ledger(folder / "ledger.db")) as ledger:
        ledger.record_asked(round_id, seal_entry(key, entry, round_id), asked_ms)


def _sign_in_at(service: str, federation: Federation, plan: NodePlan) -> None:
    """Have a council's people sign in at a service, by its settings file."""
    address = f"http://localhost:{plan.web_port}"
    with (federation.node_folder(plan) / "node.toml").open("a") as settings:
        settings.write(settings_text(service, address, federation.folder / "client-secret"))


def _plan(council: CouncilPlan, port: int) -> NodePlan:
    return NodePlan(
        council.id,
        council.name,
        council.supplier,
        council.host,
        council.duty_line,
        council.out_of_hours_line,
        declared_records=1000,
        web_port=port,
    )
