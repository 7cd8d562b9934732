"""A case that is watched: nobody else knows the child, then somebody does, and whoever has it
watched is shown that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.federation import Federation
from tests.browser.conftest import HEADER, ROWS, NewVisit
from tests.browser.visits import Visit

WATCHED = "A-1"
ELSEWHERE = "B-7,Lark,Tobias,2014-02-03,NM1 4QZ,child in need,2026-11-24,Assessment,01632 960444,,"
"""The child of that case, whom the second council comes to know."""


def have_watched(visit: Visit) -> None:
    """Ask about the case, and have it watched."""
    visit.sign_in("pat")
    visit.fill("Case reference, if it is one of your council's own cases", WATCHED)
    visit.choose("Section 47 enquiry")
    visit.press("Ask every council")
    visit.wait_for_the_end()
    visit.press("Have this case watched")
    visit.page.get_by_role("heading", name=f"Case {WATCHED}").wait_for()


@pytest.fixture
def soon(federation: Federation) -> Iterator[None]:
    """The first council asks about its watched cases every second."""
    plan = federation.plans[0]
    federation.kill(plan.id)
    federation.start_process(
        plan.id, "python", "-m", "tests.browser.sooner", "run", federation.node_folder(plan)
    )
    federation.wait_for_pages(plan)
    federation.wait_until_linked(plan)
    yield
    federation.kill(plan.id)
    federation.start_node(plan)
    federation.wait_until_linked(plan)
    federation.wait_for_pages(plan)


@pytest.fixture
def known_elsewhere(federation: Federation, tmp_path: Path) -> Iterator[None]:
    """The second council loads a file with the child in it, and afterwards the one without."""
    plan, file = federation.plans[1], tmp_path / "east.csv"
    file.write_text(f"{HEADER}\n{ROWS[1]}\n{ELSEWHERE}\n")
    federation.load(plan, file, lambda _line: None)
    yield
    file.write_text(f"{HEADER}\n{ROWS[1]}\n")
    federation.command("whoelse-node", "import", federation.node_folder(plan), file)


@pytest.mark.usefixtures("soon")
def test_who_comes_to_know_the_child_is_shown(
    visit: NewVisit, request: pytest.FixtureRequest
) -> None:
    pat = visit(width=320)
    have_watched(pat)
    pat.look_until(pat.page.get_by_text("of 3 answered"))
    assert not pat.page.get_by_text("See the answers").is_visible()
    pat.screenshot("watched-nothing-new-320px")
    assert pat.barriers() == []
    request.getfixturevalue("known_elsewhere")
    pat.look_until(pat.page.get_by_text("See the answers"))
    assert pat.page.get_by_role("button", name="Menu (1)").is_visible()
    assert pat.page.get_by_role("main").get_by_text("Eastvale").is_visible()
    pat.screenshot("watched-something-new-320px")
    assert not pat.is_wider_than_the_window()
    assert pat.barriers() == []
    pat.follow("See the answers")
    pat.page.get_by_role("region", name="Known", exact=True).wait_for()
    assert pat.names_under("Known") == ["Eastvale", "Northmoor"]
    assert pat.page.get_by_role("link", name="01632 960444").is_visible()
    pat.follow("Watched cases (1)")
    pat.press("I have seen this")
    pat.page.get_by_role("button", name="Menu", exact=True).wait_for()
    assert not pat.page.get_by_text("See the answers").is_visible()
    pat.press("Watch it no more")
    pat.page.get_by_text("You have no case watched").wait_for()
    assert pat.complaints == []
