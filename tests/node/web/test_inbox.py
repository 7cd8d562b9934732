"""The inbox: whom to ring for other councils, until when, and what they are told of it."""

import os
import re
from dataclasses import replace

import pytest

from node.accounts.model import AccountRole
from node.post.callbacks import LISTED_MS, Matched
from node.web.app import create_site
from protocol.encoding import encode_base64url
from protocol.messages.callback import (
    CALL_BACK_ID_BYTES,
    HOUR_MS,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
)
from protocol.messages.post import PostType
from tests.node.asking.scripted import ROUND
from tests.node.small_federation import council
from tests.node.web.visiting import Town, Visitor

NORTH = council(2).id


def ask_for(town: Town, urgency: Urgency = Urgency.WITHIN_AN_HOUR, **texts: str) -> str:
    """Have council 2 ask to be rung; return where that stands."""
    said = {
        "name": "Kim Planted", "telephone": "01632 960777", "team": "MASH", "reference": "N-5",
        "message": "Visit at six",
    } | texts  # fmt: skip
    id = os.urandom(CALL_BACK_ID_BYTES)
    request = CallBackRequest(id, ROUND, urgency, town.clock.now_ms, **said)
    town.call_backs.take_request(NORTH, request.post().content)
    return f"/inbox/{encode_base64url(id)}"


@pytest.fixture
def dana(town: Town) -> Visitor:
    return town.visitor("dana", AccountRole.DUTY_OFFICER)


@pytest.fixture
def item(town: Town) -> str:
    return ask_for(town)


def test_who_minds_several_councils_at_night_is_led_to_each(town: Town) -> None:
    others = {"Zeal <b>Council": "https://zeal.example", "Ashby Council": "https://ashby.example"}
    town.parts = replace(town.parts, other_inboxes=others)
    town.site = create_site(town.parts)
    page = town.visitor("dana", AccountRole.DUTY_OFFICER).get("/inbox").text
    first, second = re.findall(r'href="(https://[^"]*)">([^<]*)</a>', page)
    assert first == ("https://ashby.example/inbox", "Ashby Council")
    assert second == ("https://zeal.example/inbox", "Zeal &lt;b&gt;Council")


def test_who_minds_one_council_is_led_to_no_other(dana: Visitor) -> None:
    assert "Inboxes of other councils" not in dana.get("/inbox").text


def told(town: Town) -> list[CallBackNews]:
    """Return what waits to be told to council 2, and have it receipted."""
    news = []
    while message := town.outbox.next_for(NORTH):
        assert message.type is PostType.CALL_BACK_NEWS
        news.append(CallBackNews.decode(message.content))
        town.outbox.receipted(NORTH, message.message_id)
    return news


def test_says_whom_to_ring_about_which_case(dana: Visitor, item: str) -> None:
    page = dana.get(item).text
    assert 'href="tel:01632960777"' in page
    for text in ("Kim Planted", "Council 2", "MASH", "N-5", "Visit at six", "OUR-CASE-9"):
        assert text in page
    listed = dana.get("/inbox").text
    assert f'href="{item}"' in listed
    assert "OUR-CASE-9" in listed


def test_number_that_waits_stands_in_the_menu(town: Town, dana: Visitor, item: str) -> None:
    ask_for(town)
    assert "Inbox (2)" in dana.get("/about").text
    dana.post(item, step="answered")
    assert "Inbox (1)" in dana.get("/about").text
    assert "Inbox" not in town.visitor("pat").get("/about").text


def test_what_was_done_long_ago_is_listed_apart(town: Town, dana: Visitor, item: str) -> None:
    """What is open is not, however old it is."""
    waiting = ask_for(town)
    dana.post(item, step="answered")
    assert "Done in the last 28 days (1)" in dana.get("/inbox").text
    town.clock.now_ms += LISTED_MS + 1
    dana.sign_in("dana")
    listed = dana.get("/inbox").text
    assert waiting in listed
    assert item not in listed
    assert 'href="/inbox/all"' in listed
    everything = dana.get("/inbox/all").text
    assert everything.index(waiting) < everything.index(item)
    assert 'href="/inbox/all"' not in everything


@pytest.mark.parametrize(
    ("typed", "step", "owner"),
    [
        ({"step": "seen"}, Step.SEEN, "Dana Worker"),
        ({"step": "passed_on", "owner": "Jo Merriweather"}, Step.PASSED_ON, "Jo Merriweather"),
        ({"step": "answered", "owner": "ignored"}, Step.ANSWERED, "Dana Worker"),
        ({"step": "closed", "note": "Joint visit"}, Step.CLOSED, "Dana Worker"),
    ],
    ids=lambda value: value.name if isinstance(value, Step) else None,
)
def test_what_is_done_is_told(
    town: Town, dana: Visitor, item: str, typed: dict[str, str], step: Step, owner: str
) -> None:
    assert dana.post(item, **typed).headers["location"] == item
    (news,) = told(town)
    assert (news.step, news.owner, news.note) == (step, owner, typed.get("note", ""))
    assert owner in dana.get(item).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({}, "Choose what you have done", id="nothing chosen"),
        pytest.param({"step": "rung"}, "Choose what you have done", id="no such step"),
        pytest.param({"step": "passed_on"}, "Say who has it now", id="to nobody"),
        pytest.param({"step": "closed"}, "Say what came of it", id="closed without a word"),
        pytest.param({"step": "passed_on", "owner": "x" * 61}, "Who has it now:", id="long name"),
        pytest.param({"step": "seen", "note": "x" * 601}, "Note: keep it", id="long note"),
    ],
)
def test_what_cannot_be_told_comes_back(
    town: Town, dana: Visitor, item: str, typed: dict[str, str], said: str
) -> None:
    assert said in dana.send_faulty(item, **typed)
    assert told(town) == []


def test_what_is_closed_stays_so(town: Town, dana: Visitor, item: str) -> None:
    dana.post(item, step="closed", note="Joint visit")
    told(town)
    assert "What have you done?" not in dana.get(item).text
    assert dana.post(item, step="answered").headers["location"] == item
    assert told(town) == []


def test_who_has_it_now_does_not_say_that_somebody_must_ring_again(
    town: Town, dana: Visitor, item: str
) -> None:
    dana.post(item, step="answered")
    assert 'value="seen"' not in dana.get(item).text
    assert "Choose what you have done" in dana.send_faulty(item, step="seen")
    town.clock.now_ms += 2 * HOUR_MS
    dana.sign_in("dana")
    assert "Overdue" not in dana.get("/inbox").text
    dana.post(item, step="passed_on", owner="Jo Merriweather")
    assert "Overdue" in dana.get("/inbox").text


def test_overdue_stands_first(town: Town, dana: Visitor) -> None:
    later = ask_for(town, Urgency.WITHIN_A_DAY)
    late = ask_for(town)
    town.clock.now_ms += HOUR_MS + 1
    dana.sign_in("dana")
    page = dana.get("/inbox").text
    assert page.index("Overdue") < page.index(late) < page.index("Open") < page.index(later)


def test_a_question_that_met_nothing_is_said_to_have(town: Town, dana: Visitor) -> None:
    town.matched = Matched(())
    assert "No case of yours fitted" in dana.get(ask_for(town)).text


def test_who_rings_is_told_that_the_location_is_protected(town: Town, dana: Visitor) -> None:
    told = "They say that the child’s location is protected. Tell nobody who need not know."
    assert told not in dana.get(ask_for(town)).text
    town.matched = Matched(("OUR-CASE-9",), protected_location=True)
    assert told in dana.get(ask_for(town)).text


@pytest.mark.parametrize("id", ["x", encode_base64url(bytes(16)), encode_base64url(bytes(15))])
def test_what_is_no_request_is_not_found(dana: Visitor, id: str) -> None:
    assert dana.get(f"/inbox/{id}").status_code == 404
    assert dana.post(f"/inbox/{id}", step="seen").status_code == 404


def test_what_a_hostile_council_writes_is_text(town: Town, dana: Visitor) -> None:
    markup = '"><script>alert(1)</script>'
    item = ask_for(town, name=markup, team=markup, reference=markup, message=markup)
    for path in (item, "/inbox"):
        assert "<script>alert" not in dana.get(path).text
        assert "&lt;script&gt;alert(1)" in dana.get(path).text


def test_a_telephone_that_is_none_dials_nothing_else(town: Town, dana: Visitor) -> None:
    page = dana.get(ask_for(town, telephone='1" onclick="x')).text
    assert 'href="tel:1"' in page
