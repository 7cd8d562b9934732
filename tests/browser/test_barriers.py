"""Every page in every state: axe-core, the width of a small telephone, Tab at 400 %."""

import pytest

from tests.browser import account_states, states
from tests.browser.conftest import NewVisit
from tests.browser.visits import file_name

STATES = states.STATES | account_states.STATES


@pytest.mark.parametrize("state", STATES)
def test_has_no_barrier_and_all_is_reached(visit: NewVisit, state: str) -> None:
    STATES[state](visit).check(file_name(state))


def test_axe_finds_a_barrier_that_is_there(visit: NewVisit) -> None:
    """The control."""
    visitor = visit()
    visitor.page.goto("/about")
    visitor.page.evaluate("document.querySelector('main').innerHTML += '<img src=\"/x\">'")
    assert any("image-alt" in barrier for barrier in visitor.barriers())
