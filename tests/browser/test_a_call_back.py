"""Somebody asks to be rung, the other council's duty officer answers, and late ones are seen."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator

from deploy.demo.federation import Federation
from tests.browser.conftest import WITH_ACCOUNTS, NewVisit
from tests.browser.visits import Visit
from tests.end_of_run import measured

MOST_ACTIVATIONS = 6
HOUR_MS = 3_600_000


def ask_to_ring(visit: Visit, urgency: str = "Within an hour") -> None:
    visit.follow("Ask Eastvale to ring you")
    visit.choose(urgency)
    visit.press("Ask them to ring")
    visit.page.get_by_text("Nobody has seen it yet").wait_for()


def take(visit: Visit, step: str) -> None:
    """Come to the inbox and say what was done about the request that nobody has seen."""
    visit.follow("Inbox")
    link = unseen(visit)
    visit.look_until(link)
    link.click()
    visit.activations += 1
    visit.choose(step)
    visit.press("Save, and tell them")


def unseen(visit: Visit) -> Locator:
    """Return the way to the request in the inbox that nobody has seen: what is due first."""
    item = visit.page.get_by_role("listitem").filter(has_text="Not seen yet")
    return item.get_by_role("link", name="Ring Pat Ashgrove, Northmoor, by").first


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_is_asked_for_answered_and_seen_to_be(visit: NewVisit, script: bool, width: int) -> None:
    pat, dana = (visit(script=script, width=width, place=place) for place in range(WITH_ACCOUNTS))
    pat.sign_in("pat")
    dana.sign_in("dana")
    began = time.monotonic()
    pat.ask()
    pat.wait_for_the_end()
    ask_to_ring(pat)
    asked = time.monotonic()
    take(dana, "Answered")
    dana.page.get_by_text("Answered by Dana Okoro").wait_for()
    assert dana.page.get_by_role("link", name="01632 960111").get_attribute("href") == (
        "tel:01632960111"
    )
    pat.look_until(pat.page.get_by_text("Answered by Dana Okoro"))
    measured(
        f"A call-back, {width} px, {'script' if script else 'no script'}: {pat.activations} "
        f"activations and {asked - began:.1f} s to ask for it, {dana.activations} to answer it, "
        f"seen {time.monotonic() - asked:.1f} s later at a beat of 2 s"
    )
    assert pat.activations <= MOST_ACTIVATIONS
    assert not pat.is_wider_than_the_window()
    assert not dana.is_wider_than_the_window()
    assert pat.complaints == dana.complaints == []


def test_works_by_the_keyboard_alone(visit: NewVisit) -> None:
    """Asking for it, and answering it."""
    pat, dana = (visit(place=place) for place in range(WITH_ACCOUNTS))
    pat.sign_in("pat")
    pat.ask()
    pat.wait_for_the_end()
    pat.tab_to("Ask Eastvale to ring you")
    pat.page.keyboard.press("Enter")
    pat.page.get_by_text("How soon?").wait_for()
    pat.tab_to("Within an hour")
    pat.page.keyboard.press("Space")
    pat.tab_to("Ask them to ring")
    pat.page.keyboard.press("Enter")
    pat.page.get_by_text("Nobody has seen it yet").wait_for()
    dana.sign_in("dana")
    dana.tab_to_link("Inbox")
    dana.look_until(unseen(dana))
    dana.tab_to_link("Ring Pat Ashgrove")
    dana.page.get_by_text("What have you done?").wait_for()
    dana.choose_by_arrows("Seen", "Answered")
    dana.tab_to("Save, and tell them")
    dana.page.keyboard.press("Enter")
    dana.page.get_by_text("Answered by Dana Okoro").wait_for()
    pat.look_until(pat.page.get_by_text("Answered by Dana Okoro"))


@pytest.fixture
def an_hour_later(federation: Federation) -> Iterator[None]:
    """Both councils with people of their own, with clocks that are an hour and a minute ahead."""
    plans = federation.plans[:WITH_ACCOUNTS]
    for plan in plans:
        federation.kill(plan.id)
        federation.start_process(
            plan.id, "python", "-m", "tests.browser.later", str(HOUR_MS + 60_000), "run",
            federation.node_folder(plan),
        )  # fmt: skip
        federation.wait_for_pages(plan)
    yield
    for plan in plans:
        federation.kill(plan.id)
        federation.start_node(plan)
        federation.wait_until_linked(plan)


@pytest.fixture
def left(visit: NewVisit) -> None:
    """A request that was seen and left at that."""
    pat, dana = (visit(place=place) for place in range(WITH_ACCOUNTS))
    pat.sign_in("pat")
    pat.ask()
    pat.wait_for_the_end()
    ask_to_ring(pat)
    dana.sign_in("dana")
    take(dana, "Seen")
    pat.look_until(pat.page.get_by_text("Seen by Dana Okoro"))


@pytest.mark.usefixtures("left", "an_hour_later")
def test_is_overdue_at_both_managers(visit: NewVisit) -> None:
    """In a wide window and a narrow one, with a script and without, and by the keyboard alone."""
    ways = [(width, script) for width in (1280, 320) for script in (True, False)]
    for width, script in ways:
        asking, asked = (
            visit(width=width, script=script, place=place) for place in range(WITH_ACCOUNTS)
        )
        asking.sign_in("maya")
        asking.follow("Call-backs")
        asked.sign_in("kim")
        asked.follow("Inbox")
        _see_that_it_is_overdue(asking, asked)
    asking, asked = (visit(place=place) for place in range(WITH_ACCOUNTS))
    asking.sign_in("maya")
    asking.tab_to_link("Call-backs")
    asking.tab_to_link("Eastvale")
    asking.page.get_by_text("Nobody has rung in time").wait_for()
    asked.sign_in("kim")
    asked.tab_to_link("Inbox")
    asked.tab_to_link("Ring Pat Ashgrove")
    asked.page.get_by_text("Overdue").wait_for()


def _see_that_it_is_overdue(asking: Visit, asked: Visit) -> None:
    """Look at what is overdue as the managers of both councils, who are at their lists."""
    for manager, name in ((asking, "Eastvale"), (asked, "Ring Pat Ashgrove")):
        page = manager.page
        listed = page.get_by_role("main").get_by_role("listitem")
        assert "Overdue" in listed.first.inner_text()
        late = listed.filter(has_text="Seen by Dana Okoro").first
        assert "Overdue" in late.inner_text()
        late.get_by_role("link", name=name).click()
        page.get_by_text("Overdue").wait_for()
        manager.screenshot(f"overdue-{name.split()[0].lower()}")
        assert not manager.is_wider_than_the_window()
    assert asking.page.get_by_text("Nobody has rung in time").is_visible()
    for manager, owner in ((asking, "Pat Ashgrove"), (asked, "Dana Okoro")):
        manager.follow("My team")
        late = manager.page.get_by_role("listitem").filter(has_text="overdue")
        assert owner in late.first.inner_text()
