"""Telling a council that its answer is wrong."""

import re

import pytest

from node.accounts.model import AccountRole
from node.post.callback_store import CallBackKind
from protocol.encoding import encode_base64url
from protocol.messages.callback import CallBackNews, CallBackRequest, Step, Urgency
from protocol.messages.post import PostType
from protocol.messages.vocabulary import Outcome
from tests.node.asking.scripted import ROUND, known, of, of_the_household
from tests.node.small_federation import council
from tests.node.web.test_asking import TYPED
from tests.node.web.visiting import Town, Visitor

EAST = council(2).id
ANSWERED = [
    of(1, Outcome.NOT_KNOWN),
    known(2),
    of(3, Outcome.MAY_BE_KNOWN),
    of(4, Outcome.BEING_CHECKED),
    of_the_household(5),
]


@pytest.fixture
def lookup(town: Town, pat: Visitor) -> str:
    """The address of a lookup that has come to its end."""
    town.lookups.results = [*ANSWERED]
    found = pat.post("/ask", **TYPED | {"reference": "REF-12"}).headers["location"]
    town.settle()
    return str(found)


def test_who_said_that_something_is_known_can_be_told_that_it_is_wrong(
    pat: Visitor, lookup: str
) -> None:
    offered = re.findall(rf'href="{lookup}/wrong/([\w-]+)"', pat.get(lookup).text)
    assert offered == [council(number).id for number in (2, 3, 5)]
    for number in (1, 4, 6):
        assert pat.get(f"{lookup}/wrong/{council(number).id}").status_code == 404
        assert pat.post(f"{lookup}/wrong/{council(number).id}", message="x").status_code == 404


def test_they_are_told_what_is_wrong_with_the_answer_to_which_question(
    town: Town, pat: Visitor, lookup: str
) -> None:
    assert "What is wrong?" in pat.get(f"{lookup}/wrong/{EAST}").text
    page = pat.post(f"{lookup}/wrong/{EAST}", message="Nobody answers 01632 960222")
    message = town.outbox.next_for(EAST)
    assert message is not None
    assert message.type is PostType.CORRECTION
    sent = CallBackRequest.decode(message.content)
    assert page.headers["location"] == f"/call-backs/{encode_base64url(sent.id)}"
    assert (sent.round_id, sent.urgency) == (ROUND, Urgency.WITHIN_A_WEEK)
    assert (sent.name, sent.reference) == ("Pat Worker", "REF-12")
    assert sent.message == "Nobody answers 01632 960222"


@pytest.mark.parametrize("message", ["", "  ", "x" * 601])
def test_what_cannot_be_told_comes_back(
    town: Town, pat: Visitor, lookup: str, message: str
) -> None:
    shown = pat.send_faulty(f"{lookup}/wrong/{EAST}", message=message)
    assert "What is wrong: keep it" in shown or "Say what is wrong" in shown
    assert town.outbox.next_for(EAST) is None


def test_what_they_did_is_seen_and_nobody_waits_to_be_rung(
    town: Town, pat: Visitor, lookup: str
) -> None:
    page = pat.post(f"{lookup}/wrong/{EAST}", message="Closed long ago").headers["location"]
    assert "is told that its answer is wrong" in pat.get(page).text
    (asked,) = town.call_backs.all(ours=True)
    news = CallBackNews(asked.request.id, Step.CLOSED, asked.request.asked_ms + 1, "Jo", "So it is")
    town.call_backs.take_news(EAST, news.post().content)
    assert "Closed by Jo" in pat.get(page).text
    assert "So it is" in pat.get(page).text
    manager = town.visitor("mo", AccountRole.TEAM_MANAGER)
    assert "1 asked" not in manager.get("/team").text


def test_who_says_it_twice_has_said_it_once_and_more_is_said_anew(
    town: Town, pat: Visitor, lookup: str
) -> None:
    first = pat.post(f"{lookup}/wrong/{EAST}", message="Closed long ago").headers["location"]
    again = pat.post(f"{lookup}/wrong/{EAST}", message="Closed long ago")
    assert (again.status_code, again.headers["location"]) == (303, first)
    form = pat.get(f"{lookup}/wrong/{EAST}").text
    assert "They have been told about this answer already" in form
    assert f'href="{first}"' in form
    assert "already" not in pat.get(f"{lookup}/call-back/{EAST}").text
    more = pat.post(f"{lookup}/wrong/{EAST}", message="And the number is wrong")
    assert more.headers["location"] != first
    assert len(town.call_backs.all(ours=True)) == 2


def test_who_is_in_more_haste_asks_anew(town: Town, pat: Visitor, lookup: str) -> None:
    asking = f"{lookup}/call-back/{EAST}"
    pat.post(asking, urgency="week")
    pat.post(asking, urgency="hour", message="The child is in hospital now")
    urgencies = [each.request.urgency for each in town.call_backs.all(ours=True)]
    assert urgencies == [Urgency.WITHIN_AN_HOUR, Urgency.WITHIN_A_WEEK]


def test_what_was_given_away_is_not_lost_to_who_asked(
    town: Town, pat: Visitor, lookup: str
) -> None:
    asking = f"{lookup}/call-back/{EAST}"
    pat.post(asking, urgency="week")
    (made,) = town.call_backs.all(ours=True)
    town.call_backs.give(made.request.id, "kim", "Kim Worker", "1234", "Front door")
    assert "Kim Worker has it now" in pat.get(asking).text
    assert pat.post(asking, urgency="week").headers["location"] == "/call-backs"


def test_it_stands_in_the_inbox_with_our_case_and_what_can_be_done(town: Town) -> None:
    request = CallBackRequest(
        bytes(16),
        ROUND,
        Urgency.WITHIN_A_WEEK,
        town.clock.now_ms,
        "Jo Planted",
        "01632 960333",
        "Their team",
        "THEIR-1",
        "The number is wrong",
    )
    town.call_backs.take_correction(EAST, request.post(PostType.CORRECTION).content)
    dana = town.visitor("dana", AccountRole.DUTY_OFFICER)
    page = f"/inbox/{encode_base64url(request.id)}"
    assert "Look whether your answer was wrong: Jo Planted" in dana.get("/inbox").text
    shown = dana.get(page).text
    for text in ("OUR-CASE-9", "The number is wrong", "01632 960333"):
        assert text in shown
    assert re.findall(r'name="step" type="radio" value="(\w+)"', shown) == [
        "seen",
        "passed_on",
        "closed",
    ]
    assert "Choose what you have done" in dana.send_faulty(page, step="answered")
    assert dana.post(page, step="closed", note="Put right").status_code == 303
    (found,) = town.call_backs.all(ours=False)
    assert (found.kind, found.is_closed) == (CallBackKind.CORRECTION, True)
