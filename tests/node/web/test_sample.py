"""Lookups of a team that are drawn by lot for its manager to review."""

import re
from datetime import datetime, timedelta

import pytest

from node.accounts.model import AccountRole
from node.asking.reviews import KEPT_MS, SAMPLE
from node.ledger.entries import AskedEntry, Asker, seal_entry
from node.managing import last_week
from protocol.identifiers import RoundId
from tests.node.small_federation import STORE_KEY, fresh_round
from tests.node.web.visiting import Town, Visitor

DAY_MS = 86_400_000


def record(
    town: Town,
    reference: str,
    days: float = 1,
    team: str = "Front door",
    round_id: RoundId | None = None,
    is_watch: bool = False,
    username: str = "sam",
    kept_as: str = "",
) -> None:
    """Have the ledger hold a question of so many days after last week's Monday."""
    asker = Asker(
        name="Sam <b>Worker</b>", telephone="1", team=team, reference=reference,
        protected_location=False,
    )  # fmt: skip
    entry = AskedEntry(
        asker=asker,
        caller=None,
        role="practitioner",
        purpose=1,
        members=6,
        is_watch=is_watch,
        username=username,
        kept_as=kept_as,
    )
    id = round_id or fresh_round()
    begin_ms, _ = last_week(town.clock.now_ms)
    asked_ms = begin_ms + round(days * DAY_MS)
    town.ledger.record_asked(id, seal_entry(STORE_KEY, entry, id), asked_ms)


@pytest.fixture
def mo(town: Town) -> Visitor:
    return town.visitor("mo", AccountRole.TEAM_MANAGER)


def shown(page: str) -> list[str]:
    return re.findall(r"Reference ([\w-]+)", page)


def test_last_week_is_from_monday_to_monday(town: Town) -> None:
    begin_ms, end_ms = last_week(town.clock.now_ms)
    begin, end = (datetime.fromtimestamp(ms / 1000) for ms in (begin_ms, end_ms))  # noqa: DTZ006
    assert (begin.weekday(), begin.hour, end.weekday(), end.hour) == (0, 0, 0, 0)
    assert end - begin == timedelta(days=7)
    assert end_ms <= town.clock.now_ms < end_ms + 7 * DAY_MS


def test_what_the_team_asked_last_week_is_shown_and_nothing_else(town: Town, mo: Visitor) -> None:
    assert "asked nothing last week" in mo.get("/team/sample").text
    record(town, "R-1", 6.9)
    record(town, "R-2", 0, " front  DOOR ")
    record(town, "BEFORE", -0.1)
    record(town, "THIS-WEEK", 7)
    record(town, "OTHERS", 1, "Fostering")
    record(town, "BY-ITSELF", 1, is_watch=True)
    record(town, "HER-OWN", 1, username="mo")
    page = mo.get("/team/sample").text
    assert shown(page) == ["R-2", "R-1"]
    assert "Sam &lt;b&gt;Worker&lt;/b&gt;" in page
    assert 'href="/team/sample"' in mo.get("/team").text


def test_a_few_are_drawn_and_stay_drawn(town: Town, mo: Visitor) -> None:
    for number in range(3 * SAMPLE):
        record(town, f"R-{number}", round_id=RoundId(bytes([255 - number]) * 16))
    drawn = shown(mo.get("/team/sample").text)
    assert sorted(drawn) == sorted(f"R-{3 * SAMPLE - 1 - number}" for number in range(SAMPLE))
    assert shown(mo.get("/team/sample").text) == drawn


@pytest.mark.parametrize(
    ("verdict", "said"), [("in_order", "In order"), ("to_look_into", "To be looked into")]
)
def test_what_was_found_is_kept_and_shown(town: Town, mo: Visitor, verdict: str, said: str) -> None:
    record(town, "R-1")
    (address,) = re.findall(r'action="(/team/sample/[\w-]+)"', mo.get("/team/sample").text)
    assert mo.post(address, verdict=verdict, note="<i>Planted note</i>").status_code == 303
    page = mo.get("/team/sample").text
    assert f"<strong>{said}</strong>, Mo Worker" in page
    assert "&lt;i&gt;Planted note&lt;/i&gt;" in page
    assert 'action="/team/sample' not in page
    on_disk = b"".join(
        path.read_bytes() for path in town.folder.glob("lookups.db*") if path.is_file()
    )
    assert b"Planted" not in on_disk


@pytest.mark.parametrize(
    "typed", [{}, {"verdict": "perhaps"}, {"verdict": "in_order", "note": "x" * 401}]
)
def test_what_cannot_be_kept_is_said(town: Town, mo: Visitor, typed: dict[str, str]) -> None:
    record(town, "R-1")
    (address,) = re.findall(r'action="(/team/sample/[\w-]+)"', mo.get("/team/sample").text)
    page = mo.send_faulty(address, at="/team/sample", **typed)
    (linked,) = re.findall(r'href="#([\w-]+)">(?:Choose|Note)', page)
    assert f'id="{linked}"' in page
    assert (f'value="{typed.get("note")}"' in page) == ("note" in typed)
    assert ('value="in_order" checked' in page) == (typed.get("verdict") == "in_order")
    assert "In order</strong>" not in mo.get("/team/sample").text


def test_nobody_reviews_what_is_not_of_the_sample(town: Town, mo: Visitor) -> None:
    record(town, "R-1")
    (address,) = re.findall(r'action="(/team/sample/[\w-]+)"', mo.get("/team/sample").text)
    other = town.visitor("di", AccountRole.TEAM_MANAGER, team="Fostering")
    assert other.post(address, verdict="in_order").status_code == 404
    assert mo.post("/team/sample/x", verdict="in_order").status_code == 404
    assert "In order</strong>" not in mo.get("/team/sample").text


def test_what_was_found_is_gone_after_a_year(town: Town, mo: Visitor) -> None:
    record(town, "R-1")
    (address,) = re.findall(r'action="(/team/sample/[\w-]+)"', mo.get("/team/sample").text)
    mo.post(address, verdict="in_order")
    reviews = town.parts.reviews
    count = "SELECT count(*) FROM review"
    for passed_ms, left in ((KEPT_MS, 1), (1, 0)):
        town.clock.now_ms += passed_ms
        reviews.forget_old()
        assert town.kept.database.rows(count) == [(left,)]
