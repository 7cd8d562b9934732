"""A question that possibly fits: somebody there looks, and whoever asked sees what was found."""

import pytest

from tests.browser.conftest import WITH_ACCOUNTS, NewVisit
from tests.browser.visits import CHILD, Visit

NUMBER = "999 000 0107"
"""Of the child that the second council knows; by it alone one is told *being checked* at most."""


OPEN = "main > ul > li > a"
"""What is listed and not folded away as done."""


def ask_by_number(visit: Visit) -> None:
    """Ask by a number alone, and go to what is expected of the council that possibly knows it."""
    visit.page.get_by_text("NHS number, UPN, other names and addresses").click()
    visit.activations += 1
    visit.fill("NHS number", NUMBER)
    visit.choose("Section 47 enquiry")
    visit.press("Ask every council")
    visit.wait_for_the_end()
    assert visit.names_under("Being checked") == ["Eastvale"]
    visit.page.get_by_text("Somebody there is to look by").wait_for()


def come_to_what_is_expected(asked: Visit) -> None:
    """Come to the latest check that is open, where it is expected."""
    asked.follow("Call-backs")
    expected = asked.page.locator(OPEN).filter(has_text="Eastvale looks").last
    # It is kept once the last council has answered, which the page shows as soon.
    asked.look_until(expected)
    expected.click()
    asked.page.get_by_text("What was done").wait_for()


def come_to_the_check(asked: Visit, looking: Visit) -> None:
    """Come to the latest check, from where it is expected and from the inbox."""
    come_to_what_is_expected(asked)
    id = asked.page.url.rpartition("/")[2]
    looking.follow("Inbox")
    link = looking.page.locator(f"main a[href$='{id}']")
    looking.look_until(link)
    assert link.inner_text().startswith("Look whether you know the child: Pat Ashgrove, Northmoor")
    link.click()


@pytest.mark.parametrize(
    ("width", "choice", "told"),
    [
        (1280, "It is the child", "The child is known there, says Dana Okoro"),
        (320, "It is not, or you cannot say", "Not a child of theirs as far as can be said"),
    ],
)
def test_is_looked_at_and_told(visit: NewVisit, width: int, choice: str, told: str) -> None:
    pat, dana = (visit(width=width, place=place) for place in range(WITH_ACCOUNTS))
    pat.sign_in("pat")
    dana.sign_in("dana")
    ask_by_number(pat)
    come_to_the_check(pat, dana)
    dana.choose(choice)
    dana.fill("Note", "A note of Dana's")
    dana.press("Save, and tell them")
    pat.look_until(pat.page.get_by_text(told))
    assert pat.page.get_by_text("A note of Dana's").is_visible() == (choice == "It is the child")
    assert not pat.is_wider_than_the_window()
    assert not dana.is_wider_than_the_window()
    assert pat.complaints == dana.complaints == []


def test_one_more_detail_is_asked_for_and_given_by_the_post(visit: NewVisit) -> None:
    """Without it nobody could tell: with it the case fits, and who reads that says so."""
    pat, dana = (visit(width=1280, place=place) for place in range(WITH_ACCOUNTS))
    pat.sign_in("pat")
    dana.sign_in("dana")
    ask_by_number(pat)
    come_to_the_check(pat, dana)
    dana.choose("Asked for one more detail")
    dana.fill("Note", "Names and date of birth")
    dana.press("Save, and tell them")
    pat.look_until(pat.page.get_by_text("One more detail is asked for by Dana Okoro"))
    pat.follow("Say what they ask for")
    pat.page.get_by_role("heading", name="Say more of the child to Eastvale").wait_for()
    assert pat.barriers() == []
    pat.screenshot("say-more-of-the-child")
    for label, text in CHILD.items():
        pat.fill(label, text)
    pat.press("Send it")
    pat.page.get_by_text("waits for the next batch").wait_for()
    pat.look_until(pat.page.get_by_text("What you have said of the child was sent"))
    dana.look_until(dana.page.get_by_text("it fits your case B-1 as surely"))
    for visitor, name in ((pat, "more-of-the-child-was-said"), (dana, "more-of-the-child-is-read")):
        visitor.screenshot(name)
        assert visitor.barriers() == []
    assert pat.complaints == dana.complaints == []
