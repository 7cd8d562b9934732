"""The public page for children and families, and the request that an officer decides."""

import re

import httpx
import pytest

from node.accounts.model import AccountRole
from node.records.applications import Application, Stage
from node.web.pages.families import MOST_AN_HOUR
from protocol.messages.callback import HOUR_MS
from tests.node.web.test_shields import hold_children, only_shield
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
    visitor = town.visitor()
    shown = visitor.send_faulty("/families", **(ASKED | {field: " "}))
    assert "There is a problem" in shown
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
    assert "The child is shielded" in olu.get(at).text
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
    assert olu.post(f"{at}/appeal", appeal="Too early").status_code == httpx.codes.CONFLICT
    olu.post(at, decision="refuse", **DECIDED)
    assert only_request(town).stage is Stage.REFUSED
    assert "Shielded children (1)" not in sade.get("/shields").text
    assert "There is a problem" in olu.send_faulty(f"{at}/appeal", at=at, appeal="")
    olu.post(f"{at}/appeal", appeal="She is in danger")
    assert "Shielded children (1)" in sade.get("/shields").text
    assert "Another officer decides on the appeal" in olu.get(at).text
    again = olu.post(at, decision="shield", case_reference="CASE-1", **DECIDED)
    assert again.status_code == httpx.codes.CONFLICT
    assert town.records.shields.all() == []
    sade.post(at, decision="shield", case_reference="CASE-1", **DECIDED)
    assert only_request(town).stage is Stage.GRANTED
    shown = sade.get(at).text
    assert "She is in danger" in shown
    assert "Decided on the appeal" in shown
    late = sade.post(at, decision="refuse", **DECIDED)
    assert late.status_code == httpx.codes.CONFLICT
    assert "it is decided already" in late.text


def test_an_officer_notes_what_somebody_asked_on_the_telephone(town: Town) -> None:
    olu = officer(town)
    assert "Your name: we have to know" in olu.send_faulty(
        "/shields/requests/new", **(ASKED | {"name": ""})
    )
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
