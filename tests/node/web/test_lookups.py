"""The answers: in what order, in what words, and how they arrive."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from node.asking.asker import MemberResult
from node.asking.running import AGAIN_MS
from node.errors import NoHubError, StoreError
from node.web.words import SECTIONS, tel
from protocol.matching.confidence import Tier
from protocol.messages.vocabulary import Cause, Outcome
from tests.node.asking.scripted import known, of, of_the_household
from tests.node.small_federation import DIRECTORY
from tests.node.web.test_asking import TYPED
from tests.node.web.visiting import Town, Visitor

DAY_MS = 86_400_000
RESULTS = [
    of(6, Outcome.NOT_KNOWN),
    of(5, Outcome.REFUSED, Cause.PURPOSE_NOT_ALLOWED),
    of_the_household(4),
    of(3, Outcome.MAY_BE_KNOWN),
    known(2),
]
"""Nothing is heard from council 1."""


@pytest.fixture
def address(town: Town, pat: Visitor) -> str:
    """Of a lookup that has come to its end."""
    town.lookups.results = RESULTS
    found = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    return str(found)


def councils_under(page: str) -> dict[str, list[str]]:
    """Return the councils of each section that is shown, in order."""
    sections = re.findall(
        r'<section id="section-(\w+)"[^>]*?( hidden)?>(.*?)</section>', page, re.S
    )
    return {
        key: re.findall(r'<h3 class="govuk-heading-s">(.*?)</h3>', content)
        for key, hidden, content in sections
        if not hidden
    }


@pytest.mark.parametrize(("days", "said"), [(1, "24 hours"), (2, "2 days"), (14, "14 days")])
def test_every_page_says_how_long_answers_are_kept(town: Town, days: int, said: str) -> None:
    assert "by it for 7 days" in town.visitor("pat").get("/ask").text
    town.keep_answers(days * DAY_MS)
    sam = town.visitor("sam")
    for path, words in {
        "/ask": f"by it for {said}",
        "/lookups": f"in the last {said}",
        "/activity": f"kept for {said}",
    }.items():
        page = sam.get(path).text
        assert words in page
        assert "7 days" not in page


def test_what_matters_most_stands_first(pat: Visitor, address: str) -> None:
    page = pat.get(address).text
    assert list(councils_under(page).items()) == [
        ("known", ["Council 2"]),
        ("may_be_known", ["Council 3"]),
        ("household", ["Council 4"]),
        ("not_heard", ["Council 1", "Council 5"]),
        ("not_known", ["Council 6"]),
    ]
    assert re.search(r'<span id="answered">4</span> of 6 answered', page)
    assert "This is not a clearance" in page


def test_who_is_known_can_be_rung_at_once(pat: Visitor, address: str) -> None:
    page = pat.get(address).text
    assert '<a class="govuk-link telephone" href="tel:02079460999">020 7946 0999</a>' in page
    for text in ("Planted Worker", "Family Support North", "Child in need, open", "1 June 2025"):
        assert text in page


def test_who_did_not_answer_is_named_with_the_duty_line_and_why(pat: Visitor, address: str) -> None:
    page = pat.get(address).text
    silent = page[page.index("section-not_heard") : page.index("section-not_known")]
    assert "It did not reply." in silent
    assert "It does not answer for this purpose." in silent
    assert "020 7946 0001" in silent
    assert "020 7946 0005" in silent


def test_not_known_is_folded_away(pat: Visitor, address: str) -> None:
    page = pat.get(address).text
    folded = page[page.index("<details") : page.index("</details>")]
    assert "Council 6" in folded
    assert "It is not a clearance" in folded
    assert "<details open" not in page


def test_answers_arrive_as_events_with_numbers(town: Town, pat: Visitor) -> None:
    town.lookups.results = RESULTS
    town.lookups.hold()
    address = pat.post("/ask", **TYPED).headers["location"]
    shell = pat.get(address).text
    assert f'data-events="{address}/events?after=0"' in shell
    assert f'content="0; url={address}/as-they-come"' in shell
    events = town.watch(pat, f"{address}/events?after=0").text.split("\n\n")
    assert [event.split("\n")[0] for event in events[:-1]] == [
        *(f"id: {number}" for number in range(1, 7)),
        "event: end",
    ]
    told = [json.loads(event.partition("data: ")[2]) for event in events[:6]]
    assert [each["section"] for each in told][:5] == [
        "not_known", "not_heard", "household", "may_be_known", "known",
    ]  # fmt: skip
    assert "020 7946 0999" in told[4]["html"]


@pytest.mark.parametrize("ask", ["?after=4", "?after=0"])
def test_a_browser_that_was_cut_off_goes_on_where_it_was(
    town: Town, pat: Visitor, ask: str
) -> None:
    town.lookups.results = RESULTS
    town.lookups.hold()
    address = pat.post("/ask", **TYPED).headers["location"]
    last = {"Last-Event-ID": "4"} if ask == "?after=0" else {}
    events = town.watch(pat, f"{address}/events{ask}", **last).text
    assert re.findall(r"id: (\d)", events) == ["5", "6"]


@pytest.mark.parametrize("after", ["-1", "x", "9" * 5000, "%D9%A3", "1e3"])
def test_what_is_no_number_of_answers_gives_them_all(town: Town, pat: Visitor, after: str) -> None:
    town.lookups.results = RESULTS
    town.lookups.hold()
    address = pat.post("/ask", **TYPED).headers["location"]
    events = town.watch(pat, f"{address}/events?after={after}").text
    assert len(re.findall(r"id: \d", events)) == (3 if after == "%D9%A3" else 6)


def test_without_a_script_the_page_is_sent_as_they_come(town: Town, pat: Visitor) -> None:
    town.lookups.results = RESULTS
    town.lookups.hold()
    address = pat.post("/ask", **TYPED).headers["location"]
    page = town.watch(pat, f"{address}/as-they-come").text
    assert page.count("</html>") == 1
    assert re.findall(r'<h2 slot="\w+" class="govuk-heading-m order-(\w+)">', page) == [
        "not_heard", "household", "may_be_known", "known",
    ]  # fmt: skip
    assert re.findall(r">(\d) of 6 answered<", page) == ["0", "1", "1", "2", "3", "4", "4"]
    assert "<!-- now -->" not in page
    assert "&lt;div" not in page


def test_once_ended_it_is_sent_to_the_page_in_order(pat: Visitor, address: str) -> None:
    response = pat.get(f"{address}/as-they-come")
    assert (response.status_code, response.headers["location"]) == (303, address)
    end = 'event: end\ndata: {"kept": true, "again": true}\n\n'
    assert pat.get(f"{address}/events").text == end


def test_answers_are_downloaded_as_text(pat: Visitor, address: str) -> None:
    response = pat.get(f"{address}/text")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["content-disposition"] == (
        'attachment; filename="whoelse-2025-06-15.txt"'
    )
    lines = response.text.splitlines()
    assert lines[0].endswith("(a child may be suffering significant harm). Reference CASE-77.")
    assert lines[1] == "4 of 6 answered."
    assert lines[3:8] == [
        "KNOWN",
        "Council 2",
        "  Child in need, open, last updated 1 June 2025",
        "  Planted Worker, Social worker, Family Support North, Council",
        "  Ring 020 7946 0999",
    ]
    assert "Council 5: It does not answer for this purpose." in lines
    assert lines[-1].startswith("This is not a clearance.")


def test_what_is_taken_too_soon_says_that_it_is_not_complete(town: Town, pat: Visitor) -> None:
    """Who is not heard from yet stands nowhere in it."""
    town.lookups.results = RESULTS
    town.lookups.hold()
    address = pat.post("/ask", **TYPED).headers["location"]
    taken = pat.get(f"{address}/text").text
    assert "0 of 6 answered." in taken
    assert "NOT COMPLETE: 6 more were still to answer when this was taken." in taken
    for _ in range(len(RESULTS) + 1):
        town.lookups.go_on()
    town.settle()
    assert "NOT COMPLETE" not in pat.get(f"{address}/text").text


def test_the_text_says_for_whom_why_nobody_was_heard_and_by_when_somebody_looks(
    town: Town, pat: Visitor
) -> None:
    caller = {"caller_name": "PC Singh", "caller_organisation": "Police", "caller_verified": "101"}
    town.lookups.results = [replace(of(4, Outcome.BEING_CHECKED), tier=Tier.POSSIBLE)]
    address = pat.post("/ask", **TYPED, **caller).headers["location"]
    town.settle()
    text = pat.get(f"{address}/text").text
    assert "Reference CASE-77. For PC Singh, Police.\n" in text
    assert "  Somebody there is to look by 15 June at" in text
    town.lookups.problem = "no hub carried the question"
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    assert "Nobody was heard from: no hub carried the question" in pat.get(f"{address}/text").text


HOSTILE = "<img src=x onerror=alert(1)>\"'&<!-- now -->"


def test_what_a_hostile_council_writes_is_text(town: Town, pat: Visitor) -> None:
    town.lookups.results = [known(2, worker=HOSTILE, telephone='1" onclick="alert(1)')]
    town.lookups.hold()
    address = pat.post("/ask", **TYPED).headers["location"]
    arriving = town.watch(pat, f"{address}/as-they-come").text
    for page in (arriving, pat.get(address).text):
        assert "<img" not in page
        assert 'onclick="' not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_where_nobody_could_be_asked_it_says_why_and_whom_to_ring(town: Town, pat: Visitor) -> None:
    town.lookups.problem = "no hub carried the question"
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    page = pat.get(address).text
    assert "Nobody was heard from: no hub carried the question" in page
    assert len(councils_under(page)["not_heard"]) == len(DIRECTORY.members)


def test_lookups_are_found_by_their_reference(town: Town, pat: Visitor) -> None:
    for reference in ("CASE-1", "CASE-2"):
        pat.post("/ask", **TYPED | {"reference": reference})
        town.settle()
    assert {*re.findall(r"CASE-\d", pat.get("/lookups").text)} == {"CASE-1", "CASE-2"}
    shown = pat.post("/lookups", reference="case-2").headers["location"]
    assert "case-2" not in shown
    found = pat.get(shown).text
    assert "CASE-1" not in found
    assert "CASE-2" in found
    shown = pat.post("/lookups", reference="CASE-3").headers["location"]
    assert "There is no lookup" in pat.get(shown).text


def test_those_that_did_not_reply_are_asked_again(town: Town, pat: Visitor, address: str) -> None:
    assert "Ask those that did not reply again" in pat.get(address).text
    town.lookups.results = [known(1)]
    assert pat.post(f"{address}/again").headers["location"] == address
    town.settle()
    page = pat.get(address).text
    assert councils_under(page)["known"] == ["Council 1", "Council 2"]
    assert councils_under(page)["not_heard"] == ["Council 5"]
    assert "Ask those that did not reply again" not in page


def test_answers_are_removed_on_request(pat: Visitor, address: str) -> None:
    assert pat.post(f"{address}/remove").headers["location"] == "/lookups"
    assert pat.get(address).status_code == httpx.codes.NOT_FOUND
    assert "You have not asked" in pat.get("/lookups").text


def test_every_section_has_words_of_its_own() -> None:
    assert len({section.title for section in SECTIONS}) == len(SECTIONS)


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("020 7946 0999", "02079460999"),
        ("+44 (20) 7946 0999", "+442079460999"),
        ("01234 567890 ext 12", "01234567890;ext=12"),
        ("01234 567890 x3", "01234567890;ext=3"),
    ],
)
def test_extension_is_no_part_of_the_number_that_is_dialled(number: str, dialled: str) -> None:
    assert tel(number) == dialled


def test_a_known_childs_card_has_the_councils_lines_too(town: Town, pat: Visitor) -> None:
    """A contact's own numbers may be missing, or those of a day alone."""
    town.lookups.results = [known(2)]
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    _, card = pat.get(address).text.split('class="answer answer--known"')
    card = card.partition("</article>")[0]
    text = pat.get(f"{address}/text").text.partition("NOT HEARD FROM")[0]
    for said in (card, text):
        assert "020 7946 0002" in said
        assert "020 7946 0102" in said


def test_where_those_asked_again_cannot_be_asked_what_was_heard_stays_true(
    town: Town, pat: Visitor
) -> None:
    town.lookups.results = [known(2)]
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()

    async def fail(*_: object) -> AsyncIterator[MemberResult]:
        raise NoHubError("hub-a: broke off")
        yield

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(town.lookups, "ask", fail)
        pat.post(f"{address}/again")
        town.settle()
    for page in (pat.get(address).text, pat.get(f"{address}/text").text):
        assert "Not everybody could be asked: no hub" in page
        assert "Nobody was heard from" not in page
        assert "hub-a" not in page


def test_too_late_to_ask_again_is_said(town: Town, pat: Visitor) -> None:
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    town.clock.now_ms += AGAIN_MS
    page = pat.post(f"{address}/again")
    assert page.status_code == 409
    assert "It is too late to ask them again" in page.text


def test_answers_that_could_not_be_kept_say_so(
    town: Town, pat: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(town.kept, "keep", full)
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()
    assert "These answers could not be kept" in pat.get(address).text
    assert '"kept": false' in pat.get(f"{address}/events").text
    assert pat.get(f"{address}/text").status_code == 200
    town.clock.now_ms += AGAIN_MS
    assert pat.get(address).status_code == 404


def test_a_button_that_is_pressed_twice_leads_to_the_same_answers(
    town: Town, pat: Visitor, address: str
) -> None:
    town.lookups.hold()
    for _ in range(2):
        assert pat.post(f"{address}/again").headers["location"] == address
    assert len(town.lookups.sent_to) == 2


def test_without_a_directory_nobody_is_asked_again_and_that_is_said(
    town: Town, pat: Visitor, address: str
) -> None:
    town.directory = None
    page = pat.post(f"{address}/again")
    assert page.status_code == 409
    assert "there is no valid directory" in page.text


def test_what_was_heard_again_and_could_not_be_kept_is_shown_not_what_was_kept_before(
    town: Town, pat: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.lookups.results = [known(2)]
    address = pat.post("/ask", **TYPED).headers["location"]
    town.settle()

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(town.kept, "keep", full)
    town.clock.now_ms += AGAIN_MS - 1
    town.lookups.results = [known(3)]
    pat.post(f"{address}/again")
    town.settle()
    town.clock.now_ms += AGAIN_MS - 1
    page = pat.get(address).text
    assert councils_under(page)["known"] == ["Council 2", "Council 3"]
    assert "These answers could not be kept" in page
    assert "Ask those that did not reply again" not in page
