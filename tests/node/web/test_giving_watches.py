"""A manager gives what one of the team has watched to another."""

import pytest

from node.accounts.model import AccountRole
from node.asking.keeping import AskedCase
from node.watching.store import NEVER_MS, Ending, New, Watch
from protocol.encoding import encode_base64url
from tests.node.web.visiting import Town, Visitor


@pytest.fixture
def maya(town: Town) -> Visitor:
    return town.visitor("maya", AccountRole.TEAM_MANAGER)


def watch(town: Town, username: str, case: str, **changes: object) -> None:
    asked = AskedCase(
        reference=case, id=encode_base64url(case.encode()), purpose=1, protected_location=False
    )
    now_ms = town.clock.now_ms
    made = Watch(case=asked, purpose="s47", begun_ms=now_ms, ends_ms=now_ms + 1, told={})
    town.watch_store.add(username, made.model_copy(update=changes), NEVER_MS)


def cases_of(town: Town, username: str) -> list[str]:
    return [each.watch.case.reference for each in town.watch_store.all_of(username)]


def test_nobody_has_a_case_watched(maya: Visitor) -> None:
    assert "Watched cases" not in maya.get("/team").text


def test_they_are_the_others_from_then_on(town: Town, maya: Visitor) -> None:
    pat, sam = town.visitor("pat"), town.visitor("sam")
    new = New(asked_ms=town.clock.now_ms, lookup="kept", names=("Council 3",))
    watch(town, "pat", "<b>CASE-1</b>", news=(new,))
    watch(town, "pat", "CASE-2", ending=Ending.TIME)
    page = " ".join(maya.get("/team").text.split())
    assert "<strong>Pat Worker</strong>: " in page
    assert "&lt;b&gt;CASE-1&lt;/b&gt; (something new)" in page
    assert "CASE-2 (no longer)" in page
    assert '<option value="sam"' in page
    assert '<option value="pat"' not in page
    given = maya.post("/team/watches/give", of="pat", username="sam")
    assert (given.status_code, given.headers["location"]) == (303, "/team")
    assert sorted(cases_of(town, "sam")) == ["<b>CASE-1</b>", "CASE-2"]
    assert "Watched cases" not in pat.get("/ask").text
    assert "Watched cases (2)" in sam.get("/ask").text
    theirs = sam.get("/watched").text
    assert theirs.count("Pat Worker had it watched before") == 2
    assert "See the answers" not in theirs
    for each in town.watch_store.all_of("sam"):
        seen = sam.post(f"/watched/{encode_base64url(each.id)}/seen", until=str(new.asked_ms))
        assert seen.status_code == 303
    assert "had it watched before" not in sam.get("/watched").text


@pytest.mark.parametrize(
    "to",
    [
        pytest.param("pat", id="who has them"),
        pytest.param("far", id="another team"),
        pytest.param("ada", id="one who does not ask"),
        pytest.param("", id="nobody"),
    ],
)
def test_they_are_given_to_nobody_else(town: Town, maya: Visitor, to: str) -> None:
    town.add("pat")
    town.add("far", team="Youth justice")
    town.add("ada", AccountRole.ADMINISTRATOR)
    watch(town, "pat", "CASE-1")
    maya.post("/team/watches/give", of="pat", username=to)
    assert cases_of(town, "pat") == ["CASE-1"]


@pytest.mark.parametrize("of", ["far", "nobody"])
def test_another_teams_are_given_by_nobody(town: Town, maya: Visitor, of: str) -> None:
    town.add("far", team="Youth justice")
    watch(town, "far", "CASE-1")
    assert "CASE-1" not in maya.get("/team").text
    assert maya.post("/team/watches/give", of=of, username="maya").status_code == 404
    assert cases_of(town, "far") == ["CASE-1"]


def test_where_nobody_could_take_them_no_way_is_shown(town: Town, maya: Visitor) -> None:
    watch(town, "maya", "CASE-1")
    page = maya.get("/team").text
    assert "CASE-1" in page
    assert "Give these to somebody else" not in page
