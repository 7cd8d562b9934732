"""Having a case watched, and what one is shown of it."""

import re

import pytest

from node.watching.store import Ending, New
from node.watching.watches import WATCHED_MS
from protocol.encoding import encode_base64url
from tests.node.asking.scripted import known
from tests.node.records.test_cases import load
from tests.node.small_federation import DIRECTORY, child, record
from tests.node.web.test_asking import TYPED
from tests.node.web.visiting import Town, Visitor


@pytest.fixture
def lookup(town: Town, pat: Visitor) -> str:
    """The address of a lookup of Pat's about a case."""
    key = DIRECTORY.oprf_key
    assert key is not None
    load(town.records, "social care", record(child(), "CASE-1"), key=key.key_id)
    town.lookups.results = [known(3)]
    asked = pat.post("/ask", case_reference="CASE-1", purpose="1")
    town.settle()
    return str(asked.headers["location"])


@pytest.fixture
def watched(town: Town, pat: Visitor, lookup: str) -> str:
    """The address of a watch of Pat's."""
    assert pat.post(f"{lookup}/watch").headers["location"] == "/watched"
    (found,) = town.watch_store.all_of("pat")
    return f"/watched/{encode_base64url(found.id)}"


def test_a_case_is_watched_from_its_answers(town: Town, pat: Visitor, lookup: str) -> None:
    assert "Have this case watched" in pat.get(lookup).text
    assert "Watched cases" not in pat.get("/ask").text
    assert "You have no case watched" in pat.get("/watched").text
    pat.post(f"{lookup}/watch")
    page = pat.get("/watched").text
    assert "Case CASE-1" in page
    assert "Not asked again yet" in page
    assert "Watched cases" in pat.get("/ask").text
    (found,) = town.watch_store.all_of("pat")
    assert any("known" in said for said in found.watch.told.values())


def test_what_is_no_case_is_not_watched(town: Town, pat: Visitor) -> None:
    lookup = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    assert "Have this case watched" not in pat.get(lookup).text
    page = pat.post(f"{lookup}/watch")
    assert page.status_code == 409
    assert "only a case of your own council" in page.text


def test_what_is_being_asked_is_not_watched_yet(town: Town, pat: Visitor, lookup: str) -> None:
    del lookup
    town.lookups.hold()
    running = pat.post("/ask", case_reference="CASE-1", purpose="1").headers["location"]
    assert re.search(r"data-at-the-end hidden>", pat.get(running).text)
    assert pat.post(f"{running}/watch").status_code == 404
    for _ in range(2):
        town.lookups.go_on()
    town.settle()


def test_without_a_directory_it_is_said_why(town: Town, pat: Visitor, lookup: str) -> None:
    town.directory = None
    page = pat.post(f"{lookup}/watch")
    assert page.status_code == 409
    assert "This case is not watched: expired" in page.text


def test_what_is_new_is_shown_until_it_was_seen(
    town: Town, pat: Visitor, lookup: str, watched: str
) -> None:
    (found,) = town.watch_store.all_of("pat")
    new = New(
        asked_ms=town.clock.now_ms,
        lookup=lookup.removeprefix("/lookups/"),
        names=("<b>Planted</b>", "Council 3"),
    )
    town.watch_store.change(found.id, None, lambda watch: watch.model_copy(update={"news": (new,)}))
    assert "Watched cases (1)" in pat.get("/ask").text
    page = pat.get("/watched").text
    assert "&lt;b&gt;Planted&lt;/b&gt;, Council 3" in page
    assert f'href="{lookup}"' in page
    sam = town.visitor("sam")
    assert "CASE-1" not in sam.get("/watched").text
    sam.post(f"{watched}/seen", until=str(new.asked_ms))
    assert pat.post(f"{watched}/seen", until="soon").status_code == 404
    assert "Watched cases (1)" in pat.get("/ask").text
    assert f'name="until" value="{new.asked_ms}"' in page
    pat.post(f"{watched}/seen", until=str(new.asked_ms))
    assert "Watched cases (1)" not in pat.get("/ask").text


@pytest.mark.parametrize(
    ("ending", "said", "buttons"),
    [
        (None, "Watched until", ["go-on", "stop"]),
        (Ending.TIME, "No longer watched since", ["go-on", "stop"]),
        (Ending.NOT_HELD, "does not hold this case any more", ["stop"]),
        (Ending.TOO_LITTLE, "too little is known of the child", ["stop"]),
    ],
)
@pytest.mark.usefixtures("watched")
def test_it_is_said_until_when_and_why_no_longer(
    town: Town, pat: Visitor, ending: Ending | None, said: str, buttons: list[str]
) -> None:
    (found,) = town.watch_store.all_of("pat")
    town.watch_store.change(
        found.id, None, lambda watch: watch.model_copy(update={"ending": ending})
    )
    page = pat.get("/watched").text
    assert said in page
    assert re.findall(r'action="/watched/[\w-]+/([\w-]+)"', page) == buttons


def test_it_goes_on_and_is_stopped_by_whom_it_is(town: Town, pat: Visitor, watched: str) -> None:
    town.clock.now_ms += 86_400_000
    pat.sign_in("pat")
    sam = town.visitor("sam")
    sam.post(f"{watched}/go-on")
    sam.post(f"{watched}/stop")
    (found,) = town.watch_store.all_of("pat")
    assert found.watch.ends_ms == town.clock.now_ms - 86_400_000 + WATCHED_MS
    pat.post(f"{watched}/go-on")
    (found,) = town.watch_store.all_of("pat")
    assert found.watch.ends_ms == town.clock.now_ms + WATCHED_MS
    pat.post(f"{watched}/stop")
    assert town.watch_store.all_of("pat") == []
    assert "You have no case watched" in pat.get("/watched").text


@pytest.mark.parametrize("path", ["seen", "go-on", "stop"])
def test_what_is_no_watch_is_not_found(pat: Visitor, path: str) -> None:
    assert pat.post(f"/watched/x/{path}", until="1").status_code == 404


@pytest.mark.usefixtures("watched")
def test_why_nobody_was_asked_is_said(town: Town, pat: Visitor) -> None:
    (found,) = town.watch_store.all_of("pat")
    failed = {"problem": "the purpose is not on the list"}
    town.watch_store.change(found.id, None, lambda watch: watch.model_copy(update=failed))
    assert "Nobody could be asked the last time: the purpose is not on the list" in (
        pat.get("/watched").text
    )


def test_a_watch_that_has_ended_needs_a_directory_to_go_on(
    town: Town, pat: Visitor, watched: str
) -> None:
    (found,) = town.watch_store.all_of("pat")
    ended = {"ending": Ending.TIME}
    town.watch_store.change(found.id, None, lambda watch: watch.model_copy(update=ended))
    town.directory = None
    page = pat.post(f"{watched}/go-on")
    assert page.status_code == 409
    assert "expired" in page.text
