"""Asking a council to ring: who may, what is sent, and what one sees of it until somebody has."""

import re

import pytest

from node.accounts.model import AccountRole
from node.post.callbacks import LISTED_MS, UNREACHED_MS
from protocol.encoding import encode_base64url
from protocol.messages.callback import HOUR_MS, CallBackNews, CallBackRequest, Step, Urgency
from protocol.messages.post import PostType
from protocol.messages.vocabulary import Outcome
from tests.node.asking.scripted import ROUND, known, of, of_the_household
from tests.node.small_federation import council
from tests.node.web.test_asking import TYPED
from tests.node.web.visiting import Town, Visitor

EAST = council(2).id
ANSWERED = {
    1: of(1, Outcome.NOT_KNOWN),
    2: known(2),
    3: of(3, Outcome.MAY_BE_KNOWN),
    4: of(4, Outcome.BEING_CHECKED),
    5: of_the_household(5),
}
"""Nothing is heard from council 6."""


@pytest.fixture
def lookup(town: Town, pat: Visitor) -> str:
    """The address of a lookup that has come to its end."""
    town.lookups.results = [*ANSWERED.values()]
    found = pat.post("/ask", **TYPED | {"reference": "REF-12"}).headers["location"]
    town.settle()
    return str(found)


@pytest.fixture
def asked(pat: Visitor, lookup: str) -> str:
    """The address of a request to council 2."""
    response = pat.post(
        f"{lookup}/call-back/{EAST}", urgency="hour", message="Before\r\nthe  visit"
    )
    return str(response.headers["location"])


def sent(town: Town) -> CallBackRequest:
    message = town.outbox.next_for(EAST)
    assert message is not None
    assert message.type is PostType.CALL_BACK_REQUEST
    return CallBackRequest.decode(message.content)


def tell(town: Town, step: Step, owner: str, note: str = "") -> None:
    """Have council 2 say what it did."""
    news = CallBackNews(sent(town).id, step, town.clock.now_ms, owner, note)
    town.call_backs.take_news(EAST, news.post().content)


def test_whoever_holds_something_that_fits_can_be_asked_to_ring(pat: Visitor, lookup: str) -> None:
    page = pat.get(lookup).text
    offered = re.findall(rf'href="{lookup}/call-back/([\w-]+)"', page)
    assert offered == [council(number).id for number in (2, 3, 4, 5)]


@pytest.mark.parametrize("number", [1, 6, 9], ids=["not known", "nothing heard", "nobody"])
def test_nobody_else_can(pat: Visitor, lookup: str, number: int) -> None:
    address = f"{lookup}/call-back/{council(number).id}"
    assert pat.get(address).status_code == 404
    assert pat.post(address, urgency="hour").status_code == 404


def test_what_was_done_long_ago_is_listed_apart(town: Town, pat: Visitor, asked: str) -> None:
    tell(town, Step.ANSWERED, "Dana Okoro")
    assert asked in pat.get("/call-backs").text
    town.clock.now_ms += LISTED_MS + 1
    pat.sign_in("pat")
    listed = pat.get("/call-backs").text
    assert asked not in listed
    assert menu(pat) == "Call-backs", "what is not listed is not counted"
    assert 'href="/call-backs/all"' in listed
    assert asked in pat.get("/call-backs/all").text


def test_what_is_sent_names_who_asks_and_the_question_and_no_child(town: Town, asked: str) -> None:
    request = sent(town)
    assert asked == f"/call-backs/{encode_base64url(request.id)}"
    assert (request.round_id, request.urgency) == (ROUND, Urgency.WITHIN_AN_HOUR)
    assert (request.name, request.telephone) == ("Pat Worker", "020 7946 0001")
    assert (request.team, request.reference) == ("Front door", "REF-12")
    assert request.message == "Before the visit"
    assert request.asked_ms == town.clock.now_ms


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({}, "Choose how soon", id="no urgency"),
        pytest.param({"urgency": "soon"}, "Choose how soon", id="no such urgency"),
        pytest.param({"urgency": "day", "message": "x" * 601}, "Message: keep it", id="too long"),
        pytest.param({"urgency": "day", "message": "a\x00b"}, "Message: keep it", id="a control"),
    ],
)
def test_what_cannot_be_sent_comes_back_with_what_was_typed(
    town: Town, pat: Visitor, lookup: str, typed: dict[str, str], said: str
) -> None:
    shown = pat.send_faulty(f"{lookup}/call-back/{EAST}", **typed)
    assert said in shown
    assert 'value="day" checked' in shown or typed.get("urgency") != "day"
    assert town.outbox.next_for(EAST) is None
    assert town.call_backs.all(ours=True) == []


def test_what_joins_letters_unseen_is_left_out_of_a_message(
    town: Town, pat: Visitor, lookup: str
) -> None:
    """Another council takes what can be printed alone."""
    message = "\u0645\u200c\u06cc, \u202a020 7946 0999\u202c"
    pat.post(f"{lookup}/call-back/{EAST}", urgency="day", message=message)
    (asked,) = town.call_backs.all(ours=True)
    assert asked.request.message == "\u0645\u06cc, 020 7946 0999"


def test_each_step_is_seen_with_who_did_it(town: Town, pat: Visitor, asked: str) -> None:
    assert "Nobody has seen it yet" in pat.get(asked).text
    assert "Not seen yet" in pat.get("/call-backs").text
    tell(town, Step.PASSED_ON, "Jo Merriweather", "Her case")
    assert "Passed on to Jo Merriweather" in pat.get(asked).text
    assert "Her case" in pat.get(asked).text
    assert "Passed on to Jo Merriweather" in pat.get("/call-backs").text


def menu(visitor: Visitor, path: str = "/about") -> str:
    """Return how the menu names call-backs."""
    found = re.search(r"Call-backs(?: \(\d+\))?", visitor.get(path).text)
    assert found is not None
    return found[0]


def test_that_something_was_done_is_said_in_the_menu_until_one_has_looked(
    town: Town, pat: Visitor, asked: str
) -> None:
    assert menu(pat) == "Call-backs"
    tell(town, Step.SEEN, "Dana Okoro")
    assert menu(pat) == "Call-backs"
    town.clock.now_ms += 1
    tell(town, Step.ANSWERED, "Dana Okoro")
    manager = town.visitor("mo", AccountRole.TEAM_MANAGER)
    assert (menu(pat), menu(manager)) == ("Call-backs (1)", "Call-backs")
    listed = pat.get("/call-backs").text
    assert "New" in listed
    assert "<details" not in listed, "it is not folded away"
    manager.get(asked)
    assert menu(pat) == "Call-backs (1)", "somebody else has looked"
    assert pat.get(asked).status_code == 200
    assert menu(pat) == "Call-backs"
    assert "<details" in pat.get("/call-backs").text


def test_what_is_overdue_stands_first_and_then_what_is_new(
    town: Town, pat: Visitor, lookup: str, asked: str
) -> None:
    tell(town, Step.ANSWERED, "Dana Okoro")
    late = pat.post(f"{lookup}/call-back/{council(3).id}", urgency="hour").headers["location"]
    later = pat.post(f"{lookup}/call-back/{council(4).id}", urgency="week").headers["location"]
    town.clock.now_ms += HOUR_MS + 1
    pat.sign_in("pat")
    page = pat.get("/call-backs").text
    assert page.index(late) < page.index(asked) < page.index(later)


def test_what_is_late_is_said_in_the_menu_of_the_teams_manager_too(
    town: Town, pat: Visitor, asked: str
) -> None:
    del asked
    town.clock.now_ms += HOUR_MS + 1
    pat.sign_in("pat")
    manager = town.visitor("mo", AccountRole.TEAM_MANAGER)
    of_another = town.visitor("di", AccountRole.TEAM_MANAGER, team="Fostering")
    assert [menu(each) for each in (pat, manager, town.visitor("sam"), of_another)] == [
        "Call-backs (1)",
        "Call-backs (1)",
        "Call-backs",
        "Call-backs",
    ]


def test_what_has_not_reached_them_is_said_in_the_menu(
    town: Town, pat: Visitor, asked: str
) -> None:
    del asked
    town.clock.now_ms += UNREACHED_MS
    assert menu(pat) == "Call-backs (1)"


def test_overdue_is_said_with_the_duty_line(town: Town, pat: Visitor, asked: str) -> None:
    def shown() -> bool:
        shown = ["Overdue" in pat.get(path).text for path in (asked, "/call-backs")]
        assert len({*shown}) == 1
        return shown[0]

    town.clock.now_ms += HOUR_MS
    assert pat.sign_in("pat").status_code == 303
    assert not shown()
    town.clock.now_ms += 1
    assert shown()
    assert "020 7946 0002" in pat.get(asked).text
    tell(town, Step.ANSWERED, "Dana Okoro")
    assert not shown()
    assert "Answered by Dana Okoro" in pat.get(asked).text


@pytest.mark.parametrize(
    ("form", "typed"), [("call-back", {"urgency": "day"}), ("wrong", {"message": "Closed in May"})]
)
def test_what_has_not_reached_them_is_said_with_both_lines(
    town: Town, pat: Visitor, lookup: str, form: str, typed: dict[str, str]
) -> None:
    asked = pat.post(f"{lookup}/{form}/{EAST}", **typed).headers["location"]
    message = town.outbox.next_for(EAST)
    assert message is not None
    told = (asked, "It has not reached them. Ring them"), ("/call-backs", "Not reached: ring")
    town.clock.now_ms += UNREACHED_MS - 1
    assert not any(text in pat.get(path).text for path, text in told)
    town.clock.now_ms += 1
    assert all(text in pat.get(path).text for path, text in told)
    lines = council(2).entry
    assert lines.duty_line in pat.get(asked).text
    assert lines.out_of_hours_line in pat.get(asked).text
    town.outbox.receipted(EAST, message.message_id)
    assert not any(text in pat.get(path).text for path, text in told)


def test_a_manager_sees_those_of_the_team_and_nobody_of_another(
    town: Town, pat: Visitor, asked: str
) -> None:
    manager = town.visitor("mo", AccountRole.TEAM_MANAGER)
    of_another = town.visitor("di", AccountRole.TEAM_MANAGER, team="Fostering")
    colleague = town.visitor("sam")
    for visitor, sees in ((pat, True), (manager, True), (of_another, False), (colleague, False)):
        assert ("REF-12" in visitor.get("/call-backs").text) == sees
        assert visitor.get(asked).status_code == (200 if sees else 404)


def test_lookup_that_was_removed_leaves_the_call_back(
    pat: Visitor, lookup: str, asked: str
) -> None:
    pat.post(f"{lookup}/remove")
    assert pat.get(f"{lookup}/call-back/{EAST}").status_code == 404
    assert pat.get(asked).status_code == 200


def test_what_a_hostile_council_writes_is_text(town: Town, pat: Visitor, asked: str) -> None:
    tell(town, Step.CLOSED, "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>')
    for path in (asked, "/call-backs"):
        page = pat.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
