"""axe-core on every page in every state, and what each looks like."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewVisit
from tests.browser.visits import Visit

State = Callable[[Visit], None]


def _at(path: str) -> State:
    return lambda visit: _go(visit.page, path)


def _go(page: Page, path: str) -> None:
    page.goto(path)


def _signed_in_at(path: str, username: str = "pat") -> State:
    def go(visit: Visit) -> None:
        visit.sign_in(username)
        visit.page.goto(path)

    return go


def _wrong_password(visit: Visit) -> None:
    visit.page.goto("/sign-in")
    visit.page.get_by_label("Username").fill("nobody")
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.get_by_text("There is a problem").wait_for()


def _asked_nothing(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.press("Ask every council")
    visit.page.get_by_text("There is a problem").wait_for()


def _more_details(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.page.get_by_text("NHS number, UPN, other names and addresses").click()


def _answers(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.ask()
    visit.wait_for_the_end()


def _answers_unfolded(visit: Visit) -> None:
    _answers(visit)
    visit.page.get_by_text("Not known (2)").click()


def _lookups(visit: Visit) -> None:
    _answers(visit)
    visit.page.get_by_role("link", name="My lookups").click()
    visit.page.get_by_role("heading", name="Of the last 7 days").wait_for()


def _lookups_not_found(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.page.goto("/lookups")
    visit.page.get_by_label("Your own reference").fill("NOT-THERE")
    visit.page.get_by_role("button", name="Find").click()
    visit.page.get_by_text("There is no lookup").wait_for()


STATES: dict[str, State] = {
    "sign in": _at("/sign-in"),
    "sign in, a wrong password": _wrong_password,
    "about, nobody signed in": _at("/about"),
    "about": _signed_in_at("/about"),
    "declaration": _signed_in_at("/declaration"),
    "ask": _signed_in_at("/ask"),
    "ask, more details": _more_details,
    "ask, with problems": _asked_nothing,
    "answers": _answers,
    "answers, unfolded": _answers_unfolded,
    "my lookups": _lookups,
    "my lookups, none found": _lookups_not_found,
    "not found": _signed_in_at("/nowhere"),
    "not allowed": _signed_in_at("/ask", "ada"),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_barrier_and_a_small_telephone_is_wide_enough(
    visit: NewVisit, state: str
) -> None:
    """WCAG 1.4.10: 1,280 pixels at 400 % are 320."""
    visitor = visit()
    STATES[state](visitor)
    name = state.replace(", ", "-").replace(" ", "-")
    visitor.screenshot(name)
    assert visitor.barriers() == []
    visitor.page.set_viewport_size({"width": 320, "height": 900})
    visitor.screenshot(f"{name}-320px")
    assert not visitor.is_wider_than_the_window()
    assert visitor.barriers() == []


def test_axe_finds_a_barrier_that_is_there(visit: NewVisit) -> None:
    """The control."""
    visitor = visit()
    visitor.page.goto("/about")
    visitor.page.evaluate("document.querySelector('main').innerHTML += '<img src=\"/x\">'")
    assert any("image-alt" in barrier for barrier in visitor.barriers())
