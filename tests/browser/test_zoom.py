"""A window of 1,280 by 1,024 pixels at 400 % is 320 by 256; and text is spaced by its reader."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AtTheTown
from tests.browser.reach import cut_off, focus_is_seen, not_reached, space_text
from tests.browser.town_states import STATES
from tests.browser.visits import WIDTHS, file_name

MAIN = (
    "sign in, no practice",
    "ask, no practice",
    "ask, faults in fields",
    "answers, of every kind",
    "call-back form, asked before",
    "inbox item, overdue",
    "my team, overdue",
    "passkeys, two",
)


@pytest.mark.parametrize("state", MAIN)
def test_all_is_reached_without_a_script_too(at_the_town: AtTheTown, state: str) -> None:
    """WCAG 1.4.10, 2.1.1, 2.4.11; with a script, in every state, `Visit.check` does."""
    visitor = at_the_town(STATES[state], script=False, height=1024, zoom=4)
    assert not visitor.is_wider_than_the_window()
    assert not_reached(visitor.page) == []


@pytest.mark.parametrize("state", MAIN)
def test_text_that_is_spaced_is_not_cut_off(at_the_town: AtTheTown, state: str) -> None:
    """WCAG 1.4.12."""
    visitor = at_the_town(STATES[state])
    space_text(visitor.page)
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.screenshot(f"{file_name(state)}-spaced-{width}px")
        assert not visitor.is_wider_than_the_window()
        assert cut_off(visitor.page) == []


def test_who_is_away_is_asked_at_400_percent(at_the_town: AtTheTown) -> None:
    visitor = at_the_town(STATES["ask, no practice"], height=1024, zoom=4)
    page = visitor.page
    page.clock.install()
    page.reload()
    page.clock.fast_forward("27:00")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    dialog.wait_for()
    visitor.screenshot("still-there-400-percent", whole=False)
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 256
    assert focus_is_seen(page)
    assert visitor.barriers() == []
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=30_000)


def test_what_is_covered_or_cut_off_is_found(at_the_town: AtTheTown) -> None:
    """The control."""
    page = at_the_town(STATES["sign in, no practice"], height=1024, zoom=4).page
    page.evaluate(
        "document.querySelector('h1').style = 'height: 20px; overflow: hidden';"
        "const cover = document.body.appendChild(document.createElement('div'));"
        "cover.style = 'position: fixed; inset: 0; background: white'"
    )
    space_text(page)
    assert any("<h1" in each for each in cut_off(page))
    assert any('id="username"' in each for each in not_reached(page))
