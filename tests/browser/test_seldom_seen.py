"""Pages in states that real councils seldom come to, or only after weeks: axe-core, and Tab.

Beside `test_barriers.py`, so that these wait for no federation.
"""

import pytest
from playwright.sync_api import ViewportSize

from tests.browser.conftest import AtTheTown
from tests.browser.reach import not_reached
from tests.browser.town_states import STATES
from tests.browser.visits import file_name

AT_400_PERCENT: ViewportSize = {"width": 320, "height": 256}
"""What a window of 1,280 by 1,024 pixels has room for."""


@pytest.mark.parametrize("state", STATES)
def test_has_no_barrier_and_all_is_reached_by_tab_and_seen_at_400_percent(
    at_the_town: AtTheTown, state: str
) -> None:
    """WCAG 1.4.10, 2.1.1, 2.4.11 and what axe-core looks at."""
    visitor = at_the_town(STATES[state])
    visitor.check(file_name(state))
    visitor.page.set_viewport_size(AT_400_PERCENT)
    visitor.screenshot(f"{file_name(state)}-400-percent", whole=False)
    assert not visitor.is_wider_than_the_window()
    assert not_reached(visitor.page) == []
