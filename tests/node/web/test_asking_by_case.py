"""Asking about a case of one's own, and for somebody on the telephone."""

import re
from datetime import date

import pytest

from node.ledger.entries import Caller
from node.records.cases import HeldCase
from node.records.model import CASE_REFERENCE_BYTES
from node.web.enquiry_form import NO_CASE, NOT_BOTH, WHICH_CASE
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.test_cases import load
from tests.node.small_federation import DIRECTORY, child, involvement, record
from tests.node.web.test_asking import sent_back
from tests.node.web.visiting import Town, Visitor

MARY, JOHN = child(), child(forename="John", surname="Other", nhs_number="", upn="")
LONG = "9" * CASE_REFERENCE_BYTES
EARLY_HELP = involvement(kind=InvolvementKind.EARLY_HELP)
CALLER = {
    "caller_name": "Dr Planted",
    "caller_organisation": "Lindenford Hospital",
    "caller_verified": "rung back through the switchboard",
}


@pytest.fixture
def held(town: Town) -> None:
    key = DIRECTORY.oprf_key
    assert key is not None
    load(town.records, "social care", record(MARY, "1234"), key=key.key_id)
    load(
        town.records,
        "youth justice",
        record(JOHN, "1234", EARLY_HELP),
        record(JOHN, "99", EARLY_HELP),
        record(JOHN, LONG, EARLY_HELP),
        key=key.key_id,
    )


@pytest.mark.usefixtures("held")
def test_the_reference_is_enough(town: Town, pat: Visitor) -> None:
    assert pat.post("/ask", case_reference=" 99 ", purpose="1").status_code == 303
    town.settle()
    (asked,) = town.lookups.asked
    assert isinstance(asked.child, HeldCase)
    assert asked.child.tokens == tuple(record(JOHN, "99", EARLY_HELP).tokens)
    assert asked.who.reference == "99"
    assert "99" in pat.get("/lookups").text


@pytest.mark.usefixtures("held")
def test_another_reference_of_ones_own_goes_first(town: Town, pat: Visitor) -> None:
    pat.post("/ask", case_reference="99", purpose="1", reference="MINE-1")
    town.settle()
    assert town.lookups.asked[0].who.reference == "MINE-1"


@pytest.mark.usefixtures("held")
def test_a_reference_that_a_question_has_no_room_for_stays_here(town: Town, pat: Visitor) -> None:
    pat.post("/ask", case_reference=LONG, purpose="1")
    town.settle()
    (asked,) = town.lookups.asked
    assert isinstance(asked.child, HeldCase)
    assert (asked.child.reference, asked.who.reference) == (LONG, "")


@pytest.mark.usefixtures("held")
def test_two_children_of_one_reference_are_chosen_between_without_a_name(
    town: Town, pat: Visitor
) -> None:
    page = sent_back(pat, case_reference="1234", purpose="1")
    assert WHICH_CASE in page.text
    assert "Child in need, open, " in page.text
    assert "loaded from youth justice" in page.text
    assert "Mary" not in page.text
    values = re.findall(r'name="case" type="radio" value="([\w-]+)"', page.text)
    assert len(values) == 2
    wrong = sent_back(pat, case_reference="1234", purpose="1", case="x")
    assert WHICH_CASE in wrong.text
    assert pat.post("/ask", case_reference="1234", purpose="1", case=values[1]).status_code == 303
    town.settle()
    (asked,) = town.lookups.asked
    assert isinstance(asked.child, HeldCase)
    assert asked.child.tokens == tuple(record(JOHN, "1234", EARLY_HELP).tokens)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"case_reference": "4711"}, NO_CASE),
        ({"case_reference": "<script>"}, NO_CASE),
        ({"case_reference": "99", "surname": "Smith"}, NOT_BOTH),
        ({"case_reference": "99", "carer_surname": "Smith"}, NOT_BOTH),
    ],
)
def test_what_is_wrong_is_said(town: Town, pat: Visitor, typed: dict[str, str], said: str) -> None:
    page = sent_back(pat, purpose="1", **typed)
    assert said in page.text
    assert "<script>" not in page.text.split("<main")[1]
    assert town.lookups.asked == []


@pytest.mark.usefixtures("held")
def test_without_a_directory_nobody_is_asked(town: Town, pat: Visitor) -> None:
    town.directory = None
    page = sent_back(pat, case_reference="99", purpose="1")
    assert "there is no valid directory" in page.text


def test_a_child_is_asked_about_by_carers_house_and_due_date(town: Town, pat: Visitor) -> None:
    pat.post(
        "/ask",
        purpose="1",
        surname="Smith",
        forename="Mary",
        date_of_birth="27 3 2015",
        carer_surname="Planted",
        carer_forename="Mother",
        carer_date_of_birth="1 2 1990",
        carer_2_surname="Second",
        house="12a",
    )
    town.settle()
    asked = town.lookups.asked[0].child
    assert not isinstance(asked, HeldCase)
    assert [carer.surname for carer in asked.carers] == ["PLANTED", "SECOND"]
    assert asked.carers[0].date_of_birth == date(1990, 2, 1)
    assert asked.house


def test_an_unborn_child_is_asked_about_by_the_mother(town: Town, pat: Visitor) -> None:
    response = pat.post(
        "/ask",
        purpose="1",
        due_date=f"1 {town.parts.today.month} {town.parts.today.year}",
        carer_surname="Planted",
        carer_forename="Mother",
        carer_date_of_birth="1 2 1990",
    )
    assert response.status_code == 303


def test_who_is_on_the_telephone_is_recorded_here_and_told_to_nobody(
    town: Town, pat: Visitor
) -> None:
    pat.post("/ask", nhs_number="999 000 0107", purpose="1", reference="R-1", **CALLER)
    town.settle()
    (asked,) = town.lookups.asked
    assert asked.caller is not None
    recorded = Caller(**{name.removeprefix("caller_"): text for name, text in CALLER.items()})
    assert asked.caller.name == recorded.name
    assert asked.caller.verified == recorded.verified
    assert "Planted" not in repr(asked.who) + asked.who.name
    listed = pat.get("/lookups").text
    address = listed.split('href="/lookups/')[1].split('"')[0]
    assert "For Dr Planted, Lindenford Hospital" in pat.get(f"/lookups/{address}").text


@pytest.mark.parametrize("missing", CALLER)
def test_all_is_said_of_who_is_on_the_telephone_or_nothing(
    town: Town, pat: Visitor, missing: str
) -> None:
    typed = CALLER | {missing: ""}
    page = sent_back(pat, nhs_number="999 000 0107", purpose="1", **typed)
    assert f'href="#{missing}"' in page.text
    assert "<details" in page.text
    assert town.lookups.asked == []


def test_a_case_of_another_matching_version_is_not_asked_about(town: Town, pat: Visitor) -> None:
    key = DIRECTORY.oprf_key
    assert key is not None
    load(town.records, "old", record(MARY, "7"), key=b"another!")
    assert NO_CASE in sent_back(pat, case_reference="7", purpose="1").text
    assert DIRECTORY.matching_version == MATCHING_VERSION
