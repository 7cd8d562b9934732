"""What somebody sees of what is recorded of them, and where they are signed in."""

import re

import pytest

from node.accounts.model import AccountRole
from node.accounts.store import IDLE_MS, SEEN_MS
from node.asking.activity import SHOWN_MS
from node.ledger.entries import AskedEntry, Asker, Caller, seal_entry
from tests.node.small_federation import STORE_KEY, fresh_round
from tests.node.web.visiting import Town, Visitor

ASKER = Asker(
    name="Pat Worker", telephone="1", team="T", reference="REF-12", protected_location=False
)
CALLER = Caller(name="Kim Surgery", organisation="The surgery", verified="rung back")


def record(town: Town, username: str, reference: str, purpose: int = 1) -> None:
    """Have the ledger hold a question of somebody's."""
    entry = AskedEntry(
        asker=ASKER.model_copy(update={"reference": reference}),
        caller=CALLER,
        role="practitioner",
        purpose=purpose,
        members=6,
        username=username,
    )
    round_id = fresh_round()
    town.ledger.record_asked(round_id, seal_entry(STORE_KEY, entry, round_id), town.clock.now_ms)


def test_one_sees_what_one_asked_the_latest_first_and_nobody_elses(
    town: Town, pat: Visitor
) -> None:
    assert "You have not asked about any child" in pat.get("/activity").text
    for username, reference in (
        ("pat", "REF-1"),
        ("sam", "REF-2"),
        ("", "REF-3"),
        ("pat", "REF-4"),
    ):
        town.clock.now_ms += 1
        record(town, username, reference)
    page = pat.get("/activity").text
    assert re.findall(r"REF-\d", page) == ["REF-4", "REF-1"]
    assert "6 asked, for Kim Surgery, The surgery" in page
    town.clock.now_ms += SHOWN_MS
    pat.sign_in("pat")
    assert re.findall(r"REF-\d", pat.get("/activity").text) == ["REF-4"]


def test_what_was_removed_is_recorded_all_the_same(town: Town, pat: Visitor) -> None:
    lookup = pat.post("/ask", nhs_number="999 000 0107", purpose="1").headers["location"]
    town.settle()
    assert town.lookups.asked[-1].username == "pat"
    record(town, "pat", "REF-1")
    pat.post(f"{lookup}/remove")
    assert "REF-1" in pat.get("/activity").text


@pytest.mark.parametrize("has_directory", [True, False])
def test_a_purpose_that_is_gone_has_its_number(
    town: Town, pat: Visitor, has_directory: bool
) -> None:
    record(town, "pat", "REF-1", 200)
    if not has_directory:
        town.directory = None
    assert "Purpose 200: 6 asked" in pat.get("/activity").text


def test_one_sees_where_one_is_signed_in_and_ends_it_elsewhere(town: Town, pat: Visitor) -> None:
    other = Visitor(town)
    town.clock.now_ms += SEEN_MS + 1
    assert other.sign_in("pat").status_code == 303
    sam = town.visitor("sam")
    page = pat.get("/activity").text
    assert page.count("<strong>Here</strong>") == 1
    assert page.count("In another browser") == 1
    pat.post("/sign-out-elsewhere")
    assert other.get("/activity").headers["location"] == "/sign-in"
    for visitor in (pat, sam):
        page = visitor.get("/activity").text
        assert "<strong>Here</strong>" in page
        assert "another browser" not in page
        assert "everywhere else" not in page


def test_a_session_that_has_ended_is_nowhere(town: Town, pat: Visitor) -> None:
    town.clock.now_ms += IDLE_MS + 1
    pat.sign_in("pat")
    assert "another browser" not in pat.get("/activity").text


def test_who_asks_nothing_is_not_led_to_lookups(town: Town) -> None:
    steward = town.visitor("stu", AccountRole.DATA_STEWARD)
    assert "/lookups" not in steward.get("/activity").text
