"""Pages in states that real councils seldom come to, or only after weeks.

Beside `test_barriers.py`, so that these wait for no federation.
"""

import pytest

from node.web.attempts import MOST_WRONG
from tests.browser import officer_states, town_states
from tests.browser.conftest import AtTheTown
from tests.browser.visits import file_name

STATES = town_states.STATES | officer_states.STATES


@pytest.mark.parametrize("state", STATES)
def test_has_no_barrier_and_all_is_reached(at_the_town: AtTheTown, state: str) -> None:
    at_the_town(STATES[state]).check(file_name(state))


def test_wrong_passwords_without_end(at_the_town: AtTheTown) -> None:
    visitor = at_the_town(STATES["sign in, no practice"])
    for _ in range(MOST_WRONG):
        visitor.page.request.post(
            "/sign-in",
            form={"username": "nobody", "password": "wrong"},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    visitor.fill("Username", "nobody")
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()
    visitor.page.get_by_text("Too many").first.wait_for()
    visitor.check("sign-in-too-often")
