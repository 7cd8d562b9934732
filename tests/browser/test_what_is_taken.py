"""Answers that somebody takes along: copied, and on paper."""

from playwright.sync_api import expect

from tests.browser.conftest import AtTheTown, NewVisit
from tests.browser.town_states import STATES
from tests.browser.visits import Visit
from tests.node.small_federation import MEMBERS

CLEAR = "rgba(0, 0, 0, 0)"


def answered(visit: NewVisit) -> Visit:
    pat = visit()
    pat.sign_in("pat")
    pat.ask()
    pat.wait_for_the_end()
    return pat


def test_all_is_copied(visit: NewVisit) -> None:
    pat = answered(visit)
    pat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pat.press("Copy all")
    pat.page.get_by_role("button", name="Copied").wait_for()
    copied = pat.page.evaluate("navigator.clipboard.readText()")
    assert "3 of 3 answered." in copied
    assert "KNOWN" in copied
    assert "This is not a clearance." in copied


def test_who_was_signed_out_copies_nothing(visit: NewVisit) -> None:
    pat = answered(visit)
    pat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pat.page.context.clear_cookies()
    pat.press("Copy all")
    pat.page.get_by_role("button", name="Nothing was copied: download it instead").wait_for()


def test_paper_has_every_council_and_nothing_to_press(visit: NewVisit) -> None:
    pat = answered(visit)
    pat.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    pat.page.emulate_media(media="print")
    for name in pat.page.locator("#answers h3").all_inner_texts():
        assert pat.page.get_by_role("heading", name=name, level=3).is_visible()
    assert not pat.page.get_by_role("button").locator("visible=true").count()
    assert not pat.page.get_by_role("navigation").locator("visible=true").count()
    splits = pat.page.evaluate(
        "[...document.querySelectorAll('.answer')].map(e => getComputedStyle(e).breakInside)"
    )
    assert set(splits) == {"avoid"}
    pat.screenshot("answers-on-paper")


def test_paper_without_a_script_has_every_council_too(at_the_town: AtTheTown) -> None:
    pat = at_the_town(STATES["answers, of every kind"], script=False)
    pat.page.emulate_media(media="print")
    for number in range(1, MEMBERS + 1):
        assert pat.page.get_by_role("heading", name=f"Council {number}", level=3).is_visible()
    assert not pat.page.get_by_role("button").locator("visible=true").count()
    pat.screenshot("answers-on-paper-without-a-script")
    # The name on it is black there.
    expect(pat.page.locator(".council-header")).to_have_css("background-color", CLEAR)
