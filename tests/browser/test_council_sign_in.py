"""Signing in at the council's own service, in a browser, and what is still to be said after it."""

import pytest

from tests.browser.conftest import NewVisit
from tests.browser.visits import Visit

PLACE = 2
"""The council that has such a service."""


@pytest.mark.parametrize(("script", "width"), [(True, 1280), (False, 320)])
def test_somebody_signs_in_says_where_they_are_rung_and_asks(
    visit: NewVisit, script: bool, width: int
) -> None:
    robin = visit(script=script, width=width, place=PLACE)
    robin.sign_in_at_the_council()
    _say_what_is_missing(robin)
    robin.page.get_by_role("heading", name="Who else knows this child?").wait_for()
    robin.ask()
    robin.wait_for_the_end()
    assert robin.complaints == []
    # No page that can be gone back to has the words of the way in its address.
    assert "code=" not in str(robin.page.evaluate("performance.getEntries().map(e => e.name)"))
    robin.page.get_by_role("button", name="Sign out").click()
    there = robin.page.get_by_role("button", name="Sign out of your council account")
    there.wait_for()
    robin.screenshot(f"signed out, at the council, {width} px")
    robin.follow("Sign in to WhoElse again")
    robin.page.get_by_role("button", name="Sign in with your council account").wait_for()
    robin.page.goto("/signed-out")
    there.click()
    robin.page.get_by_text(f"{robin.address}/sign-in").last.wait_for()


def _say_what_is_missing(robin: Visit) -> None:
    """Promise appropriate use and give telephone and team: who has done so is not asked again."""
    promise = robin.page.get_by_role("button", name="I promise this")
    if promise.is_visible():
        promise.click()
        robin.fill("Telephone", "020 7946 0777")
        robin.fill("Team", "Night duty")
        robin.press("Save")
