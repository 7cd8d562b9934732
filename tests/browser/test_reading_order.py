"""Who hears a page, or goes through it by Tab, comes to things in the order in which they stand."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.conftest import AtTheTown
from tests.browser.town_states import STATES

HEARD = {"heading", "link"}
"""What is listened for: the titles of sections and councils, and the numbers to ring."""

LAST = STATES["answers, as they come, the weightiest last"]
TITLES = ["Known", "Council 2", "May be known", "Council 3", "Same household", "Council 4"]


def test_what_came_last_is_heard_first_where_it_stands_first(at_the_town: AtTheTown) -> None:
    """WCAG 1.3.2: the page is sent as answers come, and none is sent twice."""
    page = at_the_town(LAST, script=False).page
    titles = [name for role, name in _heard(page) if role == "heading" and name in TITLES]
    assert titles == TITLES
    standing = sorted(page.get_by_role("heading", level=2).all(), key=_top)
    assert [each.inner_text() for each in standing if each.inner_text() in TITLES] == TITLES[::2]


def test_tab_goes_from_top_to_bottom(at_the_town: AtTheTown) -> None:
    """WCAG 2.4.3."""
    page = at_the_town(LAST, script=False).page
    numbers = page.locator(".arriving a").count()
    tops: list[float] = []
    while len(tops) < numbers:
        page.keyboard.press("Tab")
        top = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return e.closest('.arriving') && e.getBoundingClientRect().top + scrollY; })()"
        )
        if top is not None:
            tops.append(top)
    assert numbers > 5
    assert tops == sorted(tops)


def _heard(page: Page) -> list[tuple[str, str]]:
    """Return role and name of what the browser tells who hears the page, in its order."""
    found = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    nodes = {node["nodeId"]: node for node in found["nodes"]}
    return list(_below(found["nodes"][0], nodes))


def _below(node: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    role = node.get("role", {}).get("value")
    if role in HEARD:
        yield role, node.get("name", {}).get("value", "")
    for child in node.get("childIds", ()):
        if child in nodes:
            yield from _below(nodes[child], nodes)


def _top(heading: Locator) -> float:
    box = heading.bounding_box()
    assert box is not None
    return box["y"]
