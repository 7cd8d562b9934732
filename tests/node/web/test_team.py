"""A manager's team: who waits for what, who has what to do, and giving it to somebody else."""

import os
from dataclasses import replace

import pytest

from node.accounts.model import AccountRole
from node.managing import last_week
from node.post.callbacks import Asking
from protocol.encoding import encode_base64url
from protocol.messages.callback import (
    CALL_BACK_ID_BYTES,
    HOUR_MS,
    CallBackGiven,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
)
from protocol.messages.post import PostType
from tests.node.asking.scripted import ROUND, known
from tests.node.small_federation import council, fresh_round
from tests.node.web.test_asking import TYPED
from tests.node.web.test_sample import DAY_MS, record
from tests.node.web.visiting import Town, Visitor

NORTH = council(2).id
WEEK_MS = 7 * 24 * HOUR_MS
ASKING = Asking(
    "pat", "Pat Worker", "020 7946 0001", "Front door", "REF-12", ROUND, Urgency.WITHIN_AN_HOUR, ""
)  # fmt: skip


@pytest.fixture
def maya(town: Town) -> Visitor:
    return town.visitor("maya", AccountRole.TEAM_MANAGER)


def a_manager(town: Town) -> Visitor:
    """Return a manager who has signed in now."""
    return town.visitor("mo", AccountRole.TEAM_MANAGER)


def ask(town: Town, asking: Asking = ASKING) -> bytes:
    """Have somebody of ours ask council 2 to ring about a new answer; return the request's id."""
    return town.call_backs.ask(NORTH, replace(asking, round_id=fresh_round())).request.id


def asked_of_us(town: Town) -> bytes:
    """Have council 2 ask to be rung."""
    id = os.urandom(CALL_BACK_ID_BYTES)
    request = CallBackRequest(
        id, ROUND, Urgency.WITHIN_AN_HOUR, town.clock.now_ms, "Kim", "1234", "MASH", "", ""
    )
    town.call_backs.take_request(NORTH, request.post().content)
    return id


def rang(town: Town, id: bytes) -> None:
    news = CallBackNews(id, Step.ANSWERED, town.clock.now_ms, "Dana", "")
    town.call_backs.take_news(NORTH, news.post().content)


def words(visitor: Visitor, path: str = "/team") -> str:
    """Return a page without what is only laid out."""
    return " ".join(visitor.get(path).text.split())


def test_nothing_waits(maya: Visitor) -> None:
    page = words(maya)
    for text in (
        "Nobody of your team waits",
        "No council waits for yours",
        "has asked nobody to ring",
        "Nobody of your team has asked",
    ):
        assert text in page


def test_who_waits_for_how_much_is_said_the_overdue_first(town: Town) -> None:
    ask(town, replace(ASKING, name="Sam Worker", urgency=Urgency.WITHIN_A_WEEK))
    town.clock.now_ms += 1
    ask(town)
    ask(town)
    ask(town, replace(ASKING, name="Of Another Team", team="Youth justice"))
    rang(town, ask(town, replace(ASKING, name="Was Rung")))
    town.clock.now_ms += HOUR_MS + 1
    page = words(a_manager(town))
    assert "2 overdue" in page
    assert "<strong>Pat Worker</strong>: 2 open" in page
    assert "<strong>Sam Worker</strong>: 1 open" in page
    assert page.index("Pat Worker") < page.index("Sam Worker")
    for name in ("Of Another Team", "Was Rung"):
        assert name not in page


def test_what_other_councils_wait_for_stands_under_whoever_has_it(
    town: Town, maya: Visitor
) -> None:
    asked_of_us(town)
    town.call_backs.do(asked_of_us(town), Step.PASSED_ON, "Jo Merriweather", "")
    town.call_backs.do(asked_of_us(town), Step.ANSWERED, "Dana Okoro", "")
    page = words(maya)
    assert "<strong>Nobody has taken it on</strong>: 1 open" in page
    assert "<strong>Jo Merriweather</strong>: 1 open" in page
    assert "Dana Okoro" not in page


def test_weeks_show_whether_it_helps(town: Town, maya: Visitor) -> None:
    ids = [ask(town) for _ in range(4)]
    for minutes, id in zip((20, 30, 90), ids, strict=False):
        began_ms = town.clock.now_ms
        town.clock.now_ms += minutes * 60_000
        rang(town, id)
        town.clock.now_ms = began_ms
    page = words(maya)
    assert "4 asked</strong><br> 2 in time, 1 too late, 1 open" in page
    assert "Half of them within 30 minutes" in page
    assert "What came of it: spoken 3" in page
    assert page.count("<svg") == 3
    assert page.count("<rect") == 3 + 1 + 1
    town.clock.now_ms += 12 * WEEK_MS
    assert "has asked nobody to ring in the last 12 weeks" in words(a_manager(town))


def test_how_old_what_is_open_is_stands_with_whoever_waits(town: Town) -> None:
    for days in (9, 3, 2, 0):
        town.clock.now_ms -= days * 24 * HOUR_MS
        ask(town)
        town.clock.now_ms += days * 24 * HOUR_MS
    page = words(a_manager(town))
    assert "4 open: 1 of the last day, 2 of the last 7 days, 1 older. The oldest since" in page


def test_whatever_the_team_asked_is_listed(town: Town, maya: Visitor) -> None:
    """On a page, from a case system or at a terminal."""
    days = (town.clock.now_ms - last_week(town.clock.now_ms)[0]) / DAY_MS
    for reference, username, age, team in (
        ("CASE-SYSTEM", "system/u-7", 1, "front  door"),
        ("ON-PAGES", "pat", 1, "Front door"),
        ("LONG-AGO", "pat", 7.1, "Front door"),
        ("ANOTHER-TEAM", "pat", 1, "Youth justice"),
    ):
        record(town, reference, days - age, team=team, username=username)
    page = words(maya)
    for reference in ("CASE-SYSTEM", "ON-PAGES"):
        assert f"Sam &lt;b&gt;Worker&lt;/b&gt;, {reference}<br>Section 47" in page
    for reference in ("LONG-AGO", "ANOTHER-TEAM"):
        assert reference not in page


def test_what_came_of_a_lookup_stands_there_until_who_asked_removes_it_but_not_the_lookup(
    town: Town, maya: Visitor
) -> None:
    pat = town.visitor("pat")
    town.lookups.results = [known(2)]
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    days = (town.clock.now_ms - last_week(town.clock.now_ms)[0]) / DAY_MS
    kept_as = town.lookups.asked[-1].kept_as
    assert address == f"/lookups/{kept_as}"
    record(town, "REF-1", days, username="pat", kept_as=kept_as)
    assert "): known 1, not heard from 5<" in words(maya)
    pat.post(f"{address}/remove")
    page = words(maya)
    assert "REF-1<br>Section 47" in page
    assert "): no answers kept<" in page


def test_a_lookup_that_was_asked_again_stands_there_once(town: Town, maya: Visitor) -> None:
    days = (town.clock.now_ms - last_week(town.clock.now_ms)[0]) / DAY_MS
    kept_as = encode_base64url(bytes(16))
    for age in (0.1, 0.2):
        record(town, "REF-AGAIN", days - age, username="pat", kept_as=kept_as)
    assert words(maya).count("REF-AGAIN") == 1


def test_what_could_not_be_asked_is_listed_apart(town: Town, maya: Visitor) -> None:
    """The ledger has what went out alone."""
    pat = town.visitor("pat")
    town.lookups.problem = "3 keyholders are needed"
    pat.post("/ask", **TYPED)
    town.settle()
    page = words(maya)
    assert "Pat Worker, CASE-77<br>3 keyholders are needed" in page


def test_a_request_is_given_to_somebody_else_who_is_then_rung(town: Town, maya: Visitor) -> None:
    town.add("pat")
    sam = town.visitor("sam")
    id = ask(town)
    address = f"/call-backs/{encode_base64url(id)}"
    assert sam.get(address).status_code == 404
    page = words(maya, address)
    assert '<option value="sam"' in page
    assert '<option value="pat"' not in page
    response = maya.post(f"{address}/give", username="sam")
    assert (response.status_code, response.headers["location"]) == (303, address)
    assert sam.get(address).status_code == 200
    assert "Sam Worker, 020 7946 0001" in words(maya, address)
    request = town.outbox.next_for(NORTH)
    assert request is not None
    town.outbox.receipted(NORTH, request.message_id)
    message = town.outbox.next_for(NORTH)
    assert message is not None
    assert message.type is PostType.CALL_BACK_GIVEN
    given = CallBackGiven.decode(message.content)
    assert (given.id, given.name, given.telephone) == (id, "Sam Worker", "020 7946 0001")


@pytest.mark.parametrize(
    "to",
    [
        pytest.param("", id="nobody"),
        pytest.param("nobody", id="no account"),
        pytest.param("far", id="another team"),
        pytest.param("ada", id="who does not ask"),
        pytest.param("pat", id="who has it"),
    ],
)
def test_it_is_given_to_nobody_else(town: Town, maya: Visitor, to: str) -> None:
    town.add("pat")
    town.add("far", team="Youth justice")
    town.add("ada", AccountRole.ADMINISTRATOR)
    id = ask(town)
    maya.post(f"/call-backs/{encode_base64url(id)}/give", username=to)
    found = town.call_backs.find(id, ours=True)
    assert found is not None
    assert (found.username, found.given_ms) == ("pat", 0)


def test_what_was_rung_meanwhile_is_given_to_nobody(town: Town, maya: Visitor) -> None:
    town.add("sam")
    id = ask(town)
    rang(town, id)
    address = f"/call-backs/{encode_base64url(id)}"
    assert maya.post(f"{address}/give", username="sam").status_code == 303
    page = words(maya, address)
    assert "Give it to somebody else" not in page
    assert "Pat Worker, 020 7946 0001" in page


def test_another_teams_request_is_given_by_nobody(town: Town, maya: Visitor) -> None:
    id = ask(town, replace(ASKING, team="Youth justice"))
    address = f"/call-backs/{encode_base64url(id)}/give"
    assert maya.post(address, username="maya").status_code == 404


def test_who_asks_sees_no_way_to_give_it_away(town: Town, pat: Visitor) -> None:
    town.add("sam")
    address = f"/call-backs/{encode_base64url(ask(town))}"
    assert "Give it to somebody else" not in pat.get(address).text
    assert "My team" not in pat.get("/ask").text
