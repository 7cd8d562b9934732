"""Asked about our cases: who sees what, and what a team has seen."""

import re

import httpx
import pytest

from node.accounts.model import AccountRole
from node.ledger.ledger import AskedHere
from node.post.notices import MOST_SHOWN, OFFICERS, of_team
from protocol.identifiers import ROUND_ID_BYTES, RoundId
from tests.node.post.test_notices import ASKER, KNOWN, NORTH
from tests.node.small_federation import DIRECTORY
from tests.node.web.visiting import Town, Visitor


def ask_about(
    town: Town, *teams: str, name: str = ASKER.name, protected_location: bool = False
) -> None:
    """Have council 2 ask about a case of these teams."""
    town.teams = teams
    row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), NORTH, town.clock(), b"")
    asker = ASKER.model_copy(update={"name": name, "protected_location": protected_location})
    town.notices.see(row, KNOWN.model_copy(update={"asker": asker}), DIRECTORY)


def ask_about_shielded(town: Town) -> None:
    """Have council 2 ask about a shielded child."""
    row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), NORTH, town.clock(), b"")
    said = {"outcome": "not_known", "case_references": (), "shields": ("ab",)}
    town.notices.see(row, KNOWN.model_copy(update=said), DIRECTORY)


def see(visitor: Visitor, page: str) -> httpx.Response:
    """Say that what a page has shown was seen."""
    found = re.search(r'name="shown" value="([\w-]+)"', page)
    return visitor.post("/asked-about", shown=found.group(1) if found else "")


def test_a_team_is_told_whom_to_ring_about_which_case(town: Town, pat: Visitor) -> None:
    ask_about(town, "Front door")
    assert "Our cases (1)" in pat.get("/ask").text
    page = pat.get("/asked-about").text
    purpose = DIRECTORY.purposes[1].name
    for text in ("Case OUR-9", "Kim Planted", "MASH", "Council 2", "N-5", purpose, "New"):
        assert text in page
    assert 'href="tel:01632960777"' in page


def test_nobody_asked(pat: Visitor) -> None:
    assert "Nobody else has asked" in pat.get("/asked-about").text
    assert "Our cases (" not in pat.get("/ask").text


def test_what_one_of_a_team_has_seen_is_new_to_none_of_it(town: Town, pat: Visitor) -> None:
    ask_about(town, "Front door")
    page = pat.get("/asked-about").text
    # Found late by the look, it was perhaps asked before.
    town.clock.now_ms -= 1
    ask_about(town, "Front door", name="Came Later")
    town.clock.now_ms += 1
    response = see(pat, page)
    assert (response.status_code, response.headers["location"]) == (303, "/asked-about")
    sam = town.visitor("sam")
    page = sam.get("/asked-about").text
    assert page.count(">\n  New\n<") == page.count("Came Later") == 1
    assert "Kim Planted" in page


@pytest.mark.parametrize("shown", ["", "soon", "%", "A" * 21, "A" * 44])
def test_what_names_none_marks_none(town: Town, pat: Visitor, shown: str) -> None:
    ask_about(town, "Front door")
    assert pat.post("/asked-about", shown=shown).status_code == 404
    assert "Our cases (1)" in pat.get("/ask").text


def test_a_practitioner_sees_the_own_team_alone(town: Town, pat: Visitor) -> None:
    ask_about(town, "Youth justice")
    assert "Kim Planted" not in pat.get("/asked-about").text
    assert "Our cases (" not in pat.get("/ask").text


MINDING_ROLES = pytest.mark.parametrize(
    "role", [AccountRole.DUTY_OFFICER, AccountRole.TEAM_MANAGER]
)


@MINDING_ROLES
def test_who_minds_the_inbox_sees_every_team_and_marks_no_other_that_has_people(
    town: Town, role: AccountRole
) -> None:
    town.add("sam", team="youth  JUSTICE")
    ask_about(town, "Youth justice", "Front door")
    dana = town.visitor("dana", role)
    page = dana.get("/asked-about").text
    assert "Our cases (1)" in page
    assert page.count("Kim Planted") == 2
    see(dana, page)
    assert town.notices.new_number(of_team("Front door")) == 0
    assert town.notices.new_number(of_team("Youth justice")) == 1
    assert "We have seen these" not in dana.get("/asked-about").text


@MINDING_ROLES
def test_who_minds_the_inbox_is_told_for_a_team_of_which_nobody_has_an_account(
    town: Town, role: AccountRole
) -> None:
    town.add("ada", AccountRole.ADMINISTRATOR, team="Youth justice")
    ask_about(town, "Youth justice")
    ask_about(town, "Youth justice", protected_location=True)
    dana = town.visitor("dana", role)
    page = dana.get("/asked-about").text
    assert "Our cases (1)" in page
    assert page.count("Kim Planted") == 1
    assert "and of teams of which nobody signs in here" in page
    see(dana, page)
    assert town.notices.new_number(of_team("Youth justice")) == 0
    assert town.notices.new_number(OFFICERS) == 1
    page = dana.get("/asked-about").text
    assert "Our cases (" not in page
    assert "Kim Planted" in page


def test_for_a_team_of_which_nobody_has_an_account_others_mark_nothing(
    town: Town, pat: Visitor
) -> None:
    ask_about(town, "Youth justice")
    page = town.visitor("dana", AccountRole.DUTY_OFFICER).get("/asked-about").text
    assert see(pat, page).status_code == 303
    assert town.notices.new_number(of_team("Youth justice")) == 1


def test_whose_last_account_is_removed_that_team_is_told_to_who_minds_the_inbox(
    town: Town,
) -> None:
    town.add("sam", team="Youth justice")
    ask_about(town, "Youth justice")
    dana = town.visitor("dana", AccountRole.DUTY_OFFICER)
    assert "Our cases (" not in dana.get("/ask").text
    town.accounts.remove("sam")
    assert "Our cases (1)" in dana.get("/ask").text


def test_what_another_council_says_is_text(town: Town, pat: Visitor) -> None:
    ask_about(town, "Front door", name="<script>alert(1)</script>")
    page = pat.get("/asked-about").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_of_a_protected_location_the_shielding_officer_alone_is_told(
    town: Town, pat: Visitor
) -> None:
    ask_about(town, "Front door", protected_location=True)
    dana = town.visitor("dana", AccountRole.DUTY_OFFICER)
    for other in (pat, dana):
        assert "Kim Planted" not in other.get("/asked-about").text
    assert town.notices.new_number(OFFICERS) == 1
    officer = town.visitor("olu", AccountRole.SHIELDING_OFFICER)
    assert "Our cases (1)" in officer.get("/about").text
    page = officer.get("/asked-about").text
    for text in ("Kim Planted", "Case OUR-9", "You alone are told"):
        assert text in page
    for other in (pat, dana):
        assert see(other, page).status_code == 303
    assert town.notices.new_number(OFFICERS) == 1
    see(officer, page)
    assert "Our cases (" not in officer.get("/about").text


def test_a_shielding_officer_who_asks_nothing_sees_no_teams(town: Town) -> None:
    ask_about(town, "Front door")
    officer = town.visitor("olu", AccountRole.SHIELDING_OFFICER)
    assert "Kim Planted" not in officer.get("/asked-about").text
    both = town.visitor("odd", AccountRole.SHIELDING_OFFICER, AccountRole.PRACTITIONER)
    assert "Kim Planted" in both.get("/asked-about").text


def test_much_that_others_are_told_hides_nothing_of_the_own(town: Town) -> None:
    town.add("sam", team="Youth justice")
    ask_about(town, "Front door", name="Own Planted")
    ask_about(town, "Early help", name="Nobody's Planted")
    for number in range(MOST_SHOWN + 1):
        town.clock.now_ms += 1
        ask_about(town, "Youth justice", name=f"Other {number}")
    dana = town.visitor("dana", AccountRole.DUTY_OFFICER)
    page = dana.get("/asked-about").text
    assert "Own Planted" in page
    assert "Nobody&#39;s Planted" in page
    see(dana, page)
    assert "Our cases (" not in dana.get("/ask").text


def test_an_officer_is_told_who_asked_about_a_shielded_child_and_a_team_is_not(
    town: Town, pat: Visitor
) -> None:
    ask_about_shielded(town)
    assert "Nobody else has asked" in pat.get("/asked-about").text
    olu = town.visitor("olu", AccountRole.SHIELDING_OFFICER)
    assert "Our cases (1)" in olu.get("/asked-about").text
    page = olu.get("/asked-about").text
    for text in ("Shielded", "Kim Planted, practitioner, MASH", "01632 960777", "or let it be"):
        assert text in page
    assert see(olu, page).status_code == 303
    assert "Our cases (1)" not in olu.get("/asked-about").text
