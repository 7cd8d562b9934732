"""A case system leads somebody to the form, with the reference of a case and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisit
from tests.browser.visits import Visit

LINK = "/ask#case-reference=A-2"
FIELD = "Case reference, if it is one of your council's own cases"
KEPT = "Object.keys(sessionStorage).sort()"


def history_of(visit: Visit) -> str:
    """Return what the browser keeps of where this tab has been."""
    session = visit.page.context.new_cdp_session(visit.page)
    entries = session.send("Page.getNavigationHistory")["entries"]
    return " ".join(f"{entry['url']} {entry['title']}" for entry in entries)


@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "not signed in"])
def test_the_reference_is_filled_in_and_in_no_address(visit: NewVisit, is_signed_in: bool) -> None:
    pat = visit()
    if is_signed_in:
        pat.sign_in("pat")
    pat.page.goto(LINK)
    if not is_signed_in:
        pat.page.get_by_label("Username").wait_for()
        pat.sign_in_here("pat")
    field = pat.page.get_by_label(FIELD)
    expect(field).to_have_value("A-2", timeout=30_000)
    assert "A-2" not in history_of(pat)
    pat.page.goto("/ask")
    assert field.input_value() == ""
    assert pat.complaints == []


def test_a_reference_of_long_ago_is_filled_in_for_nobody(visit: NewVisit) -> None:
    """Who signs in then, in the same tab, is perhaps somebody else."""
    pat = visit()
    pat.page.goto(LINK)
    pat.page.get_by_label("Username").wait_for()
    assert pat.page.evaluate(KEPT) == ["case-reference", "case-reference-ms"]
    pat.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=10, seconds=1))
    pat.sign_in_here("pat")
    field = pat.page.get_by_label(FIELD)
    field.wait_for(timeout=30_000)
    pat.page.wait_for_load_state()
    assert (field.input_value(), pat.page.evaluate(KEPT)) == ("", [])
    assert pat.complaints == []


def test_what_was_typed_is_not_written_over(visit: NewVisit) -> None:
    """A form that comes back has what was typed in it."""
    pat = visit()
    pat.sign_in("pat")
    pat.page.goto(LINK)
    pat.page.get_by_label(FIELD).fill("NOT-THERE")
    pat.press("Ask every council")
    pat.page.get_by_text("There is a problem").wait_for()
    assert pat.page.get_by_label(FIELD).input_value() == "NOT-THERE"
