"""axe-core on pages in states that real councils seldom come to, or only after weeks.

Beside `test_barriers.py`, so that these wait for no federation.
"""

import pytest

from tests.browser.conftest import AtTheTown
from tests.browser.town_states import STATES
from tests.browser.visits import file_name


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_barrier_and_a_small_telephone_is_wide_enough(
    at_the_town: AtTheTown, state: str
) -> None:
    at_the_town(STATES[state]).check(file_name(state))
