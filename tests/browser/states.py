"""States of pages that real councils come to."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import NewVisit
from tests.browser.test_a_check import ask_by_number, come_to_the_check, come_to_what_is_expected
from tests.browser.visits import Visit

State = Callable[[NewVisit], Visit]


def after(steps: Callable[[Visit], None]) -> State:
    """Somebody at the first council's pages, after some steps."""

    def come(visit: NewVisit) -> Visit:
        visitor = visit()
        steps(visitor)
        return visitor

    return come


def _at(path: str) -> State:
    return after(lambda visit: _go(visit.page, path))


def _go(page: Page, path: str) -> None:
    page.goto(path)


def signed_in_at(path: str, username: str = "pat") -> State:
    """Somebody who has signed in and gone to a page."""

    def go(visit: Visit) -> None:
        visit.sign_in(username)
        visit.page.goto(path)

    return after(go)


def _wrong_password(visit: Visit) -> None:
    visit.page.goto("/sign-in")
    visit.page.get_by_label("Username").fill("nobody")
    visit.page.get_by_role("button", name="Sign in", exact=True).click()
    visit.page.get_by_text("There is a problem").wait_for()


def _asked_nothing(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.press("Ask every council")
    visit.page.get_by_text("There is a problem").wait_for()


def _more_details(visit: Visit) -> None:
    visit.sign_in("pat")
    for words in (
        "NHS number, UPN, other names and addresses",
        "Carers, house, an unborn child",
        "For somebody on the telephone",
    ):
        visit.page.get_by_text(words).click()


def _which_case(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.page.get_by_label("Case reference").fill("A-2")
    visit.choose("Section 47 enquiry")
    visit.press("Ask every council")
    visit.page.get_by_text("There is a problem").wait_for()


def _answers(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.ask()
    visit.wait_for_the_end()


def _answers_unfolded(visit: Visit) -> None:
    _answers(visit)
    visit.page.get_by_text("Not known (2)").click()


def _being_checked(visit: Visit) -> None:
    visit.sign_in("pat")
    ask_by_number(visit)


def _expected_check(visit: Visit) -> None:
    _being_checked(visit)
    come_to_what_is_expected(visit)


def _check(visit: NewVisit) -> Visit:
    pat, dana = visit(), visit(place=1)
    _being_checked(pat)
    dana.sign_in("dana")
    come_to_the_check(pat, dana)
    dana.page.get_by_text("What have you done?").wait_for()
    return dana


def _lookups(visit: Visit) -> None:
    _answers(visit)
    visit.page.get_by_role("link", name="My lookups").click()
    visit.page.get_by_role("heading", name="Of the last 7 days").wait_for()


def _lookups_not_found(visit: Visit) -> None:
    visit.sign_in("pat")
    visit.page.goto("/lookups")
    visit.page.get_by_label("Your own reference").fill("NOT-THERE")
    visit.page.get_by_role("button", name="Find").click()
    visit.page.get_by_text("There is no lookup").wait_for()


def _call_back_form(visit: Visit) -> None:
    _answers(visit)
    visit.follow("Ask Eastvale to ring you")


def _call_back_no_urgency(visit: Visit) -> None:
    _call_back_form(visit)
    visit.press("Ask them to ring")
    visit.page.get_by_text("There is a problem").wait_for()


def _call_back(visit: Visit) -> None:
    _call_back_form(visit)
    visit.choose("Within a week")
    visit.press("Ask them to ring")
    visit.page.get_by_text("Nobody has seen it yet").wait_for()


def _call_backs(visit: Visit) -> None:
    _call_back(visit)
    visit.follow("Call-backs")
    visit.page.get_by_text("Not seen yet").first.wait_for()


def _inbox(visit: NewVisit) -> Visit:
    _call_back(visit())
    dana = visit(place=1)
    dana.sign_in("dana")
    dana.page.goto("/inbox")
    dana.look_until(dana.page.get_by_role("link", name="Ring Pat Ashgrove"))
    return dana


def _inbox_item(visit: NewVisit) -> Visit:
    dana = _inbox(visit)
    dana.page.get_by_role("link", name="Ring Pat Ashgrove").first.click()
    dana.page.get_by_text("What have you done?").wait_for()
    return dana


def _inbox_nothing_done(visit: NewVisit) -> Visit:
    dana = _inbox_item(visit)
    dana.press("Save, and tell them")
    dana.page.get_by_text("There is a problem").wait_for()
    return dana


def _asked_about(visit: NewVisit) -> Visit:
    _answers(visit())
    dana = visit(place=1)
    dana.sign_in("dana")
    dana.page.goto("/asked-about")
    dana.look_until(dana.page.get_by_text("Case B-1").first)
    return dana


def _team(visit: NewVisit) -> Visit:
    _call_back(visit())
    maya = visit()
    maya.sign_in("maya")
    maya.follow("My team")
    maya.page.get_by_text("Pat Ashgrove", exact=True).wait_for()
    return maya


def _team_of_nobody(visit: NewVisit) -> Visit:
    kim = visit(place=1)
    kim.sign_in("kim")
    kim.follow("My team")
    kim.page.get_by_text("has asked nobody to ring").wait_for()
    return kim


def _review_nothing(visit: Visit) -> None:
    visit.sign_in("maya")
    visit.page.goto("/team/sample")
    visit.press("Save")
    visit.page.get_by_text("There is a problem").wait_for()


def _sample_of_nobody(visit: NewVisit) -> Visit:
    kim = visit(place=1)
    kim.sign_in("kim")
    kim.page.goto("/team/sample")
    kim.page.get_by_text("asked nothing last week").wait_for()
    return kim


def _to_be_given(visit: NewVisit) -> Visit:
    maya = _team(visit)
    maya.follow("See them, and give one to somebody else")
    maya.page.locator("main li a").first.click()
    maya.page.get_by_text("Give it to them").wait_for()
    return maya


def _wrong_answer_form(visit: Visit) -> None:
    _answers(visit)
    visit.follow("Tell Eastvale that this is wrong")


def _wrong_answer_not_said(visit: Visit) -> None:
    _wrong_answer_form(visit)
    visit.press("Tell them")
    visit.page.get_by_text("There is a problem").wait_for()


def _wrong_answer(visit: Visit) -> None:
    _wrong_answer_form(visit)
    visit.page.get_by_label("What is wrong?").fill("Nobody answers this number.")
    visit.press("Tell them")
    visit.page.get_by_text("Nobody has seen it yet").wait_for()


def _wrong_answer_inbox(visit: NewVisit) -> Visit:
    _wrong_answer(visit())
    dana = visit(place=1)
    dana.sign_in("dana")
    dana.page.goto("/inbox")
    link = dana.page.get_by_role("link", name="Look whether your answer was wrong: Pat Ashgrove")
    dana.look_until(link)
    link.first.click()
    dana.page.get_by_text("What have you done?").wait_for()
    return dana


def _activity(visit: Visit) -> None:
    _answers(visit)
    visit.follow("My activity")
    visit.page.get_by_text("3 asked").first.wait_for()


def _activity_elsewhere(visit: NewVisit) -> Visit:
    visitor, other = visit(), visit()
    visitor.sign_in("ada")
    other.sign_in_anew("ada")
    visitor.page.goto("/activity")
    visitor.page.get_by_role("button", name="Sign out everywhere else").wait_for()
    return visitor


def _signed_out_at_the_council(visit: NewVisit) -> Visit:
    robin = visit(place=2)
    robin.page.goto("/signed-out")
    return robin


def _council_sign_in(visit: NewVisit) -> Visit:
    robin = visit(place=2)
    robin.page.goto("/sign-in")
    return robin


def _not_let_in(visit: NewVisit) -> Visit:
    robin = _council_sign_in(visit)
    robin.page.get_by_role("button", name="Sign in with your council account").click()
    robin.page.get_by_role("button", name="Deny").click()
    robin.page.get_by_text("There is a problem").wait_for()
    return robin


def _no_details(visit: Visit) -> None:
    visit.sign_in("ada")
    visit.page.goto("/details")
    visit.page.get_by_label("Telephone").fill("")
    visit.page.get_by_role("button", name="Save").click()
    visit.page.get_by_text("There is a problem").wait_for()


STATES: dict[str, State] = {
    "sign in": _at("/sign-in"),
    "sign in, at the council": _council_sign_in,
    "signed out, at the council": _signed_out_at_the_council,
    "sign in, not let in": _not_let_in,
    "my details": signed_in_at("/details", "ada"),
    "my details, with problems": after(_no_details),
    "sign in, a wrong password": after(_wrong_password),
    "help": signed_in_at("/help"),
    "help, nobody signed in": _at("/help"),
    "accessibility": _at("/accessibility"),
    "my activity": after(_activity),
    "my activity, elsewhere too": _activity_elsewhere,
    "wrong answer form": after(_wrong_answer_form),
    "wrong answer form, with problems": after(_wrong_answer_not_said),
    "wrong answer": after(_wrong_answer),
    "wrong answer in the inbox": _wrong_answer_inbox,
    "watched cases, none": signed_in_at("/watched"),
    "about, nobody signed in": _at("/about"),
    "about": signed_in_at("/about"),
    "declaration": signed_in_at("/declaration"),
    "ask": signed_in_at("/ask"),
    "ask, more details": after(_more_details),
    "ask, with problems": after(_asked_nothing),
    "ask, which case": after(_which_case),
    "answers": after(_answers),
    "answers, unfolded": after(_answers_unfolded),
    "answers, being checked": after(_being_checked),
    "check that is expected": after(_expected_check),
    "check": _check,
    "my lookups": after(_lookups),
    "my lookups, none found": after(_lookups_not_found),
    "call-back form": after(_call_back_form),
    "call-back form, with problems": after(_call_back_no_urgency),
    "call-back": after(_call_back),
    "call-backs": after(_call_backs),
    "our cases, none asked about": signed_in_at("/asked-about"),
    "our cases": _asked_about,
    "my team, nothing": _team_of_nobody,
    "lookups to review": signed_in_at("/team/sample", "maya"),
    "lookups to review, nothing said": after(_review_nothing),
    "lookups to review, none": _sample_of_nobody,
    "our records": signed_in_at("/records", "asha"),
    "passkeys": signed_in_at("/passkeys", "ada"),
    "my team": _team,
    "call-back, to be given to somebody": _to_be_given,
    "inbox, none": signed_in_at("/inbox", "maya"),
    "inbox": _inbox,
    "inbox item": _inbox_item,
    "inbox item, with problems": _inbox_nothing_done,
    "not found": signed_in_at("/nowhere"),
    "not allowed": signed_in_at("/ask", "ada"),
}
