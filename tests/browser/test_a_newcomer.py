"""Somebody who has never seen the pages asks who else knows a child, and whom to ring."""

import time

import pytest

from tests.browser.conftest import AtTheTown, NewVisit
from tests.browser.town_states import STATES
from tests.browser.visits import CHILD, Visit
from tests.end_of_run import measured

MOST_FIELDS = 4
MOST_ACTIVATIONS = 6
HALF_A_MINUTE = 30.0

KNOWN_AT = "Eastvale"
OTHERS = ["Northmoor", "Southmere"]


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_finds_the_number_to_ring(visit: NewVisit, script: bool, width: int) -> None:
    newcomer = visit(script=script, width=width)
    newcomer.sign_in("pat")
    began = time.monotonic()
    newcomer.ask()
    newcomer.wait_for_the_end()
    seconds = time.monotonic() - began
    number = newcomer.page.get_by_role("link", name="01632 960333")
    assert number.get_attribute("href") == "tel:01632960333"
    measured(
        f"A newcomer at the form, {width} px, {'script' if script else 'no script'}: "
        f"{newcomer.fields} fields, {newcomer.activations} activations, {seconds:.1f} s to the "
        "number to ring"
    )
    assert newcomer.fields <= MOST_FIELDS
    assert newcomer.activations <= MOST_ACTIVATIONS
    assert seconds < HALF_A_MINUTE
    assert newcomer.complaints == []


def test_asks_about_a_case_of_the_own_council_by_its_reference(visit: NewVisit) -> None:
    """One field, and nothing of the child: what is known of it here comes back."""
    visitor = visit(width=320)
    visitor.sign_in("pat")
    visitor.fill("Case reference, if it is one of your council's own cases", "A-2")
    visitor.choose("Section 47 enquiry")
    visitor.press("Ask every council")
    visitor.choose("Child in need, open, Family Support")
    visitor.press("Ask every council")
    visitor.wait_for_the_end()
    assert visitor.names_under("Known") == ["Northmoor"]
    assert visitor.page.get_by_text("Your reference A-2").is_visible()
    assert not visitor.page.get_by_text("Finch").is_visible()
    assert visitor.complaints == []


def test_sees_every_council_in_its_place(visit: NewVisit) -> None:
    newcomer = visit()
    newcomer.sign_in("pat")
    newcomer.ask()
    newcomer.wait_for_the_end()
    assert newcomer.names_under("Known") == [KNOWN_AT]
    newcomer.page.get_by_text("Not known (2)").click()
    folded = newcomer.page.locator("#section-not_known")
    assert folded.get_by_role("heading", level=3).all_inner_texts() == OTHERS
    assert newcomer.page.get_by_text("This is not a clearance").last.is_visible()


def test_works_by_the_keyboard_alone(visit: NewVisit) -> None:
    newcomer = visit()
    page = newcomer.page
    page.goto("/")
    newcomer.tab_to("Username")
    page.keyboard.type("pat")
    newcomer.tab_to("Password")
    page.keyboard.type("pewter lantern gravel")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    if page.get_by_role("button", name="I promise this").is_visible():
        newcomer.tab_to("I promise this")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Ask every council").wait_for()
    for label, text in CHILD.items():
        newcomer.tab_to(label)
        page.keyboard.type(text)
    newcomer.tab_to("Section 47 enquiry (a child may be suffering significant harm)")
    page.keyboard.press("Space")
    newcomer.tab_to("Ask every council")
    page.keyboard.press("Enter")
    newcomer.wait_for_the_end()
    newcomer.tab_to("01632 960333")


def test_who_is_away_is_asked_and_signed_out(visit: NewVisit) -> None:
    newcomer = visit()
    page = newcomer.page
    page.clock.install()
    newcomer.sign_in("pat")
    page.get_by_label("Surname", exact=True).fill("Quarrington")
    page.wait_for_load_state()
    for _ in range(2):
        page.clock.fast_forward("27:00")
        page.get_by_role("dialog", name="Are you still there?").wait_for()
        page.get_by_role("button", name="Stay signed in").click()
        page.get_by_role("dialog").wait_for(state="hidden")
    assert page.get_by_label("Surname", exact=True).input_value() == "Quarrington"
    page.clock.fast_forward("27:00")
    page.clock.fast_forward("02:00")
    page.wait_for_url("**/sign-in")


def test_who_has_worked_a_whole_shift_is_told_before_the_end(at_the_town: AtTheTown) -> None:
    visitor = at_the_town(STATES["ask, the shift ends"])
    page = visitor.page
    page.clock.install()
    page.reload()
    page.get_by_label("Surname", exact=True).fill("Quarrington")
    page.clock.fast_forward("14:00")
    dialog = page.get_by_role("dialog", name="You will be signed out soon")
    assert not dialog.is_visible()
    page.clock.fast_forward("01:00")
    dialog.wait_for()
    assert visitor.barriers() == []
    dialog.get_by_role("button", name="Go on").click()
    dialog.wait_for(state="hidden")
    assert page.get_by_label("Surname", exact=True).input_value() == "Quarrington"
    page.clock.fast_forward("10:00")
    page.wait_for_url("**/sign-in")


def test_nothing_typed_is_left_in_the_browser(visit: NewVisit) -> None:
    newcomer = visit()
    newcomer.sign_in("pat")
    newcomer.ask()
    newcomer.wait_for_the_end()
    page = newcomer.page
    seen = [page.url, page.title(), str(page.evaluate("Object.entries(localStorage)"))]
    page.go_back()
    page.get_by_role("button", name="Ask every council").wait_for()
    seen += [page.url, page.title()]
    seen += [page.get_by_label(label, exact=True).input_value() for label in CHILD]
    for text in CHILD.values():
        assert text.lower() not in " ".join(seen).lower()


def test_a_visit_counts_what_it_does(visit: NewVisit) -> None:
    """The control: otherwise the counts above could not be too high."""
    newcomer: Visit = visit()
    newcomer.sign_in("pat")
    newcomer.ask()
    assert (newcomer.fields, newcomer.activations) == (4, 2)
