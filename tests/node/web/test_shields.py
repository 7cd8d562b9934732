"""The shielding officers' pages: a child is shielded, looked at again, and answered once more."""

import re
from datetime import timedelta

import httpx
import pytest

from node.accounts.model import AccountRole
from node.clock import local_day
from node.records.shield import Shield
from tests.node.post.test_notices import ASKER
from tests.node.records.test_cases import load
from tests.node.small_federation import (
    DIRECTORY,
    STORE_KEY,
    child,
    council,
    oprf_key,
    record,
)
from tests.node.test_shielding import told
from tests.node.web.visiting import Town, Visitor

DAY_MS = 86_400_000
JOHN = child(forename="John", surname="Other", nhs_number="", upn="", postcode="")
HOSTILE = "<script>alert(1)</script>"


def hold_children(town: Town) -> None:
    """Have the council hold a child, and two others under one reference."""
    key = oprf_key().key_id
    load(town.records, "social care", record(child(), "CASE-1"), record(JOHN, "7"), key=key)
    twin = child(forename="Zachary", nhs_number="999 000 0123", upn="", postcode="LS1 4AP")
    load(town.records, "health", record(twin, "7"), key=key)


def tell(town: Town, name: str) -> None:
    """Have somebody of this name be told that the first child is known."""
    asker = ASKER.model_copy(update={"name": name})
    told(town.ledger, STORE_KEY, asker, town.clock())


@pytest.fixture
def olu(town: Town) -> Visitor:
    hold_children(town)
    return town.visitor("olu", AccountRole.SHIELDING_OFFICER)


def begin(officer: Visitor, reference: str = "CASE-1", **fields: str) -> str:
    """Shield the child of a case; return the address of the shield."""
    said = {"case_reference": reference, "reason": "A threat", "review_in": "90"} | fields
    response = officer.post("/shields/new", **said)
    assert response.status_code == httpx.codes.SEE_OTHER
    return str(response.headers["location"])


def only_shield(town: Town) -> Shield:
    (found,) = town.records.shields.all()
    return found.shield


def test_a_child_is_shielded_by_the_reference_of_a_case(town: Town, olu: Visitor) -> None:
    assert "No child is shielded here" in olu.get("/shields").text
    page = olu.get(begin(olu)).text
    shield = only_shield(town)
    assert (shield.case_reference, shield.reason, shield.begun_by) == (
        "CASE-1",
        "A threat",
        "Olu Worker",
    )
    assert shield.review_on == local_day(town.clock()) + timedelta(days=90)
    assert "<h1" in page
    assert "Shielded child of case CASE-1" in page
    assert "Case CASE-1" in olu.get("/shields").text


def test_which_child_it_is_is_asked_where_a_reference_is_of_several(
    town: Town, olu: Visitor
) -> None:
    typed = {"case_reference": "7", "reason": "A threat", "review_in": "30"}
    asked = olu.send_faulty("/shields/new", **typed)
    assert "Several children have this reference" in asked
    assert "A threat" in asked
    cases = re.findall(r'name="case" type="radio" value="([\w-]+)"', asked)
    assert len(cases) == 2
    begin(olu, "7", case=cases[1])
    assert len(only_shield(town).rows) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"case_reference": ""}, "say which case"),
        ({"case_reference": "NO-SUCH"}, "there is no case NO-SUCH"),
        ({"case_reference": "x" * 65}, "keep it to 64"),
        ({"reason": ""}, "Why: say it"),
        ({"reason": "x" * 1001}, "keep it to 1000"),
        ({"review_in": ""}, "Looked at again: say when"),
        ({"review_in": "36500"}, "Looked at again: say when"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    town: Town, olu: Visitor, fields: dict[str, str], said: str
) -> None:
    right = {"case_reference": "CASE-1", "reason": "A threat", "review_in": "90"}
    assert said in olu.send_faulty("/shields/new", **(right | fields))
    assert town.records.shields.all() == []


def test_of_a_child_that_is_shielded_already_it_is_said(town: Town, olu: Visitor) -> None:
    begin(olu)
    typed = {"case_reference": "CASE-1", "reason": "Another threat", "review_in": "30"}
    shown = olu.send_faulty("/shields/new", **typed)
    assert "the child is shielded already, as case CASE-1" in shown
    assert only_shield(town).reason == "A threat"


def test_a_shielded_child_can_be_separated_all_the_same(town: Town, olu: Visitor) -> None:
    begin(olu)
    begin(olu, is_former="yes")
    assert [each.shield.is_separated for each in town.records.shields.all()].count(True) == 1


def test_more_of_a_former_identity_is_not_taken_for_none(town: Town, olu: Visitor) -> None:
    typed = {"case_reference": "CASE-1", "reason": "Adoption", "review_in": "30"}
    for field in ("former_cases", "namesakes"):
        shown = olu.send_faulty("/shields/new", **typed, **{field: "H-77"})
        assert "Former identity: say that this case is of one" in shown
    assert town.records.shields.all() == []


def test_it_ends_once_a_second_officer_says_so(town: Town, olu: Visitor) -> None:
    sade = town.visitor("sade", AccountRole.SHIELDING_OFFICER)
    at = begin(olu)
    assert "Shielded children</a>" in sade.get("/shields").text
    assert olu.post(f"{at}/end").status_code == httpx.codes.SEE_OTHER
    assert "A second officer has to say so too" in olu.get(at).text
    assert "Shielded children (1)" not in olu.get("/shields").text
    assert "Shielded children (1)" in sade.get("/shields").text
    again = olu.send_faulty(f"{at}/end", at=at)
    assert "you have asked for that already" in again
    assert "Olu Worker wants it to end" in sade.get(at).text
    sade.post(f"{at}/end")
    shield = only_shield(town)
    assert (shield.end_asked_by, shield.ended_by) == ("Olu Worker", "Sade Worker")
    assert "This shield has ended" in olu.get(at).text
    assert "Shields that have ended (1)" in olu.get("/shields").text
    assert "There is no such shield in force" in sade.send_faulty(f"{at}/end", at=at)


def test_it_is_looked_at_again_when_its_time_has_come(town: Town, olu: Visitor) -> None:
    at = begin(olu, review_in="30")
    assert "Look again" not in olu.get("/shields").text
    town.clock.now_ms += 30 * DAY_MS
    olu.sign_in("olu")
    listed = olu.get("/shields").text
    assert "Look again" in listed
    assert "Shielded children (1)" in listed
    assert "Look now whether it is still needed" in olu.get(at).text
    faulty = olu.send_faulty(f"{at}/review", at=at, reason="", review_in="30")
    assert "Why: say it" in faulty
    olu.post(f"{at}/review", reason="He was seen", review_in="30")
    assert "Look again" not in olu.get("/shields").text
    assert "Olu Worker: He was seen" in olu.get(at).text
    assert only_shield(town).review_on == local_day(town.clock()) + timedelta(days=30)


def test_who_was_told_before_is_listed_with_their_number(town: Town, olu: Visitor) -> None:
    at = begin(olu)
    assert "Nobody has been told" in olu.get(f"{at}/told").text
    tell(town, HOSTILE)
    page = olu.get(f"{at}/told").text
    assert "&lt;script&gt;" in page
    assert HOSTILE not in page
    assert 'href="tel:01632960777"' in page
    assert DIRECTORY.member(council(2).id).name in page


def hold_more_of_the_child(town: Town) -> None:
    """Have the council hold the first child under another case too, and a namesake elsewhere."""
    key = oprf_key().key_id
    same_name = child(nhs_number="", upn="", postcode="LS1 4AP")
    load(town.records, "health", record(child(), "H-77"), key=key)
    load(town.records, "school", record(same_name, "SAME"), key=key)


def test_a_former_identity_is_separated_once_all_is_accounted_for(town: Town, olu: Visitor) -> None:
    hold_more_of_the_child(town)
    typed = {"case_reference": "CASE-1", "reason": "Adoption", "review_in": "90"}
    former = typed | {"is_former": "yes"}
    asked = olu.send_faulty("/shields/new", **former)
    assert "have it mended in its source first: H-77; SAME" in asked
    asked = olu.send_faulty("/shields/new", **former, former_cases="H-77")
    assert "source first: SAME" in asked
    assert town.records.shields.all() == []
    at = begin(olu, is_former="yes", former_cases=" H-77; ", namesakes="SAME")
    shield = only_shield(town)
    assert (shield.is_separated, shield.namesakes, len(shield.rows)) == (True, ("SAME",), 2)
    page = olu.get(at).text
    assert "Nothing joins it to the one that the child has now" in page
    assert "SAME, with its name and date of birth" in page
    assert "Case CASE-1</a>, a former identity" in olu.get("/shields").text


def test_a_case_of_another_child_is_named_when_a_file_is_not_loaded(
    town: Town, olu: Visitor
) -> None:
    at = begin(olu, is_former="yes")
    assert "Case: say which case it is" in olu.send_faulty(f"{at}/namesake", at=at, namesake=" ")
    olu.post(f"{at}/namesake", namesake="SAME")
    assert only_shield(town).namesakes == ("SAME",)
    ordinary = begin(olu, "7", case=_second_of("7", olu))
    refused = olu.send_faulty(f"{ordinary}/namesake", at=ordinary, namesake="SAME")
    assert "its namesakes are answered" in refused


def _second_of(reference: str, officer: Visitor) -> str:
    """Return what names the second child of a reference in a form."""
    typed = {"case_reference": reference, "reason": "A threat", "review_in": "30"}
    asked = officer.send_faulty("/shields/new", **typed)
    return str(re.findall(r'name="case" type="radio" value="([\w-]+)"', asked)[1])


@pytest.mark.parametrize("shield", ["x", "AAAAAAAAAAA", "..%2fnew", "AAAA"])
@pytest.mark.parametrize("path", ["", "/told"])
def test_what_is_no_shield_is_not_found(olu: Visitor, shield: str, path: str) -> None:
    assert olu.get(f"/shields/{shield}{path}").status_code == httpx.codes.NOT_FOUND
