"""The public page for children and families, and the request that an officer decides."""

import re

import httpx
import pytest

from node.accounts.model import AccountRole
from node.records.applications import Application, Stage
from node.web.pages.families import MOST_AN_HOUR, network_of
from protocol.messages.callback import HOUR_MS
from tests.node.small_federation import DIRECTORY, council
from tests.node.web.test_shields import begin, hold_children, only_shield
from tests.node.web.visiting import Town, Visitor

ASKED = {
    "applicant": "carer",
    "name": "Planted Carer",
    "reached_at": "020 7946 0888 before three",
    "child": "Planted Child",
    "reason": "<script>alert(1)</script>",
}
DECIDED = {"verified": "By passport", "reason": "A threat", "review_in": "90"}


def ask(visitor: Visitor, **fields: str) -> str:
    """Ask for a child to be hidden; return what the page says then."""
    sent = visitor.post("/families", **(ASKED | fields))
    assert sent.status_code == httpx.codes.SEE_OTHER
    return visitor.get(sent.headers["location"]).text


def officer(town: Town, username: str = "olu") -> Visitor:
    return town.visitor(username, AccountRole.SHIELDING_OFFICER)


def listed(visitor: Visitor) -> list[str]:
    """Return the addresses of the requests that an officer sees."""
    return re.findall(r'href="(/shields/requests/[\w-]{11})"', visitor.get("/shields").text)


def only_request(town: Town) -> Application:
    (found,) = town.records.applications.all()
    return found.application


def test_anybody_asks_and_the_officers_alone_see_it(town: Town) -> None:
    asker = town.visitor()
    said = ask(asker)
    assert "We have your request" in said
    assert "Planted" not in said
    assert "We have your request" not in asker.get("/families").text
    olu = officer(town)
    assert "Shielded children (1)" in olu.get("/shields").text
    (at,) = listed(olu)
    page = olu.get(at).text
    assert "Planted Carer. Another carer" in page
    assert "020 7946 0888 before three" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("field", ASKED)
def test_what_is_missing_is_said_and_what_was_typed_stays(town: Town, field: str) -> None:
    shown = ask(town.visitor(), **{field: " "})
    assert "There is a problem" in shown
    assert "<title>For children and families" in shown
    assert ("Planted Carer" in shown) == (field != "name")
    assert ("before three" in shown) == (field != "reached_at")
    assert town.records.applications.all() == []


def test_what_was_typed_is_shown_to_nobody_else(town: Town) -> None:
    sent = town.visitor().post("/families", **(ASKED | {"child": ""}))
    again = sent.headers["location"]
    assert "Planted" not in town.visitor().get("/families").text
    name = again.partition("?mend=")[2]
    assert "Planted" not in town.visitor().get(f"/families?mend={name[:-1]}").text
    assert "Planted Carer" in town.visitor().get(again).text
    assert "Planted" not in town.visitor().get(again).text


def test_no_address_sends_requests_without_end(town: Town) -> None:
    asker = town.visitor()
    for _ in range(MOST_AN_HOUR):
        assert "We have your request" in ask(asker)
    assert "could not be taken" in ask(asker)
    assert len(town.records.applications.all()) == MOST_AN_HOUR
    assert "We have your request" in ask(Visitor(town, "192.0.2.7"))
    town.clock.now_ms += HOUR_MS
    assert "We have your request" in ask(asker)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_connection_with_many_addresses_is_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_an_officer_shields_the_child_as_asked(town: Town) -> None:
    hold_children(town)
    ask(town.visitor())
    olu = officer(town)
    (at,) = listed(olu)
    faulty = olu.send_faulty(at, decision="shield", case_reference="NO-SUCH")
    for problem in ("there is no case NO-SUCH", "Made sure: say", "Why: say", "Looked at again"):
        assert problem in faulty
    response = olu.post(at, decision="shield", case_reference="CASE-1", **DECIDED)
    assert only_shield(town).case_reference == "CASE-1"
    assert "Shielded child of case CASE-1" in olu.get(response.headers["location"]).text
    asked = only_request(town)
    assert asked.stage is Stage.GRANTED
    assert asked.decisions[0].verified == "By passport"
    assert f'href="{response.headers["location"]}"' in olu.get(at).text
    assert "Requests that are decided (1)" in olu.get("/shields").text


def test_a_child_that_is_shielded_already_is_shielded_as_asked(town: Town) -> None:
    hold_children(town)
    olu = officer(town)
    for _ in range(2):
        ask(town.visitor())
        at = listed(olu)[0]
        olu.post(at, decision="shield", case_reference="CASE-1", **DECIDED)
    assert only_shield(town).begun_by == "Olu Worker"
    stages = {each.application.stage for each in town.records.applications.all()}
    assert stages == {Stage.GRANTED}


def test_who_wanted_an_end_is_overruled_by_what_is_asked(town: Town) -> None:
    hold_children(town)
    olu, sade = officer(town), officer(town, "sade")
    at = begin(olu)
    olu.post(f"{at}/end")
    ask(town.visitor())
    sade.post(listed(sade)[0], decision="shield", case_reference="CASE-1", **DECIDED)
    assert only_shield(town).end_asked_by == ""
    assert only_shield(town).reviews[0].note == "A threat"


def test_a_shield_that_has_ended_is_not_called_one(town: Town) -> None:
    hold_children(town)
    ask(town.visitor())
    olu, sade = officer(town), officer(town, "sade")
    (at,) = listed(olu)
    shield = olu.post(at, decision="shield", case_reference="CASE-1", **DECIDED).headers["location"]
    for each in (olu, sade):
        each.post(f"{shield}/end")
    assert "The child was shielded, and the shield has ended" in olu.get(at).text


def test_what_is_asked_on_the_telephone_is_noted_however_many_wait(town: Town) -> None:
    for number in range(25):
        ask(Visitor(town, f"192.0.2.{number}"))
    town.records.applications.add(only_of(town), most=26)
    noted = officer(town).post("/shields/requests/new", **ASKED)
    assert noted.headers["location"].startswith("/shields/requests/")
    assert "mend" not in noted.headers["location"]


def only_of(town: Town) -> Application:
    return town.records.applications.all()[0].application


def test_where_to_ring_and_that_others_answer_for_themselves_is_said(town: Town) -> None:
    shown = town.visitor().get("/families").text
    assert 'href="tel:999"' in shown
    assert shown.count(DIRECTORY.member(council(1).id).entry.duty_line) >= 2
    assert "ask each of them too" in shown
    town.directory = None
    assert 'href="tel:999"' in town.visitor().get("/families").text


def test_what_a_telephone_number_carries_along_is_left_out(town: Town) -> None:
    said = ask(town.visitor(), reached_at="\u202a020 7946 0888\u202c", name="\u0645\u200c\u06cc")
    assert "We have your request" in said
    assert only_request(town).reached_at == "020 7946 0888"
    assert only_request(town).name == "\u0645\u06cc"


def test_which_child_it_is_is_asked_there_too(town: Town) -> None:
    hold_children(town)
    ask(town.visitor())
    olu = officer(town)
    (at,) = listed(olu)
    asked = olu.send_faulty(at, decision="shield", case_reference="7", **DECIDED)
    cases = re.findall(r'name="case" type="radio" value="([\w-]+)"', asked)
    assert len(cases) == 2
    olu.post(at, decision="shield", case_reference="7", case=cases[0], **DECIDED)
    assert only_request(town).stage is Stage.GRANTED


def test_a_refusal_is_appealed_and_another_officer_decides(town: Town) -> None:
    hold_children(town)
    ask(town.visitor())
    olu, sade = officer(town), officer(town, "sade")
    (at,) = listed(olu)
    for field in ("verified", "reason"):
        assert "There is a problem" in olu.send_faulty(
            at, decision="refuse", **(DECIDED | {field: ""})
        )
    assert "say what you decide" in olu.send_faulty(at, **DECIDED)
    early = olu.send_faulty(f"{at}/appeal", at=at, appeal="Too early")
    assert "Only a refusal can be appealed, and once" in early
    olu.post(at, decision="refuse", **DECIDED)
    assert only_request(town).stage is Stage.REFUSED
    assert "Shielded children (1)" not in sade.get("/shields").text
    assert "There is a problem" in olu.send_faulty(f"{at}/appeal", at=at, appeal="")
    olu.post(f"{at}/appeal", appeal="She is in danger")
    assert "Shielded children (1)" in sade.get("/shields").text
    assert "Another officer decides on the appeal" in olu.get(at).text
    again = olu.send_faulty(at, decision="shield", case_reference="CASE-1", **DECIDED)
    assert "Another officer decides on an appeal" in again
    assert town.records.shields.all() == []
    sade.post(at, decision="shield", case_reference="CASE-1", **DECIDED)
    assert only_request(town).stage is Stage.GRANTED
    shown = sade.get(at).text
    assert "She is in danger" in shown
    assert "Decided on the appeal" in shown
    late = sade.send_faulty(at, decision="refuse", **DECIDED)
    assert "It is decided already" in late


def test_an_officer_notes_what_somebody_asked_on_the_telephone(town: Town) -> None:
    olu = officer(town)
    assert "Name: say it" in olu.send_faulty("/shields/requests/new", **(ASKED | {"name": ""}))
    noted = olu.post("/shields/requests/new", **ASKED)
    assert "Planted Carer" in olu.get(noted.headers["location"]).text
    assert only_request(town).stage is Stage.WAITING


@pytest.mark.parametrize("request_id", ["x", "AAAAAAAAAAA", "..%2fnew", "AAAA"])
def test_what_is_no_request_is_not_found(town: Town, request_id: str) -> None:
    olu = officer(town)
    at = f"/shields/requests/{request_id}"
    assert olu.get(at).status_code == httpx.codes.NOT_FOUND
    assert olu.post(at, decision="refuse", **DECIDED).status_code == httpx.codes.NOT_FOUND
    assert olu.post(f"{at}/appeal", appeal="Why").status_code == httpx.codes.NOT_FOUND
