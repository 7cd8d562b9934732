"""Checks on the pages: what is to be looked at, and what came of it at the other council."""

from dataclasses import replace

import pytest

from node.accounts.model import AccountRole
from node.asking.asker import MemberResult
from node.post.callback_store import CallBack, CallBackKind
from protocol.encoding import encode_base64url
from protocol.matching.confidence import Tier
from protocol.messages.callback import (
    HOUR_MS,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
    check_id,
)
from protocol.messages.vocabulary import Outcome
from tests.node.asking.scripted import ROUND
from tests.node.records.test_cases import load
from tests.node.small_federation import DIRECTORY, child, council, oprf_key, record
from tests.node.web.visiting import Town, Visitor

US, NORTH = council(1).id, council(2).id
CHECK = f"/inbox/{encode_base64url(check_id(ROUND, US))}"
EXPECTED = f"/call-backs/{encode_base64url(check_id(ROUND, NORTH))}"


@pytest.fixture
def dana(town: Town) -> Visitor:
    """A duty officer, who finds a check of a question of council 2."""
    request = CallBackRequest(
        check_id(ROUND, US), ROUND, Urgency.WITHIN_AN_HOUR, town.clock.now_ms,
        "Kim Planted", "01632 960777", "MASH", "N-5", "",
    )  # fmt: skip
    with town.call_back_store.changing():
        town.call_back_store.keep(
            CallBack(request, False, NORTH, "", ("OUR-CASE-9",), (), CallBackKind.CHECK)
        )
    return town.visitor("dana", AccountRole.DUTY_OFFICER)


def test_the_inbox_says_what_is_to_be_looked_at_and_whom_to_ring(dana: Visitor) -> None:
    assert "Look whether you know the child: Kim Planted, Council 2" in dana.get("/inbox").text
    assert "Inbox (1)" in dana.get("/about").text
    page = dana.get(CHECK).text
    for text in ("OUR-CASE-9", "N-5", 'href="tel:01632960777"', "compare"):
        assert text in page
    assert 'value="is_not_the_child"' in page
    assert 'value="closed"' not in page


def test_who_looks_is_told_that_the_location_is_protected(town: Town, dana: Visitor) -> None:
    told = "They say that the child’s location is protected."
    assert told not in dana.get(CHECK).text
    check = town.call_backs.find(check_id(ROUND, US), ours=False)
    assert check is not None
    town.call_back_store.keep(replace(check, protected_location=True))
    assert told in dana.get(CHECK).text


def test_that_a_child_was_shielded_since_is_said_to_who_would_tell_of_it(
    town: Town, dana: Visitor
) -> None:
    load(town.records, "social care", record(child(), "OUR-CASE-9"), key=oprf_key().key_id)
    (case,) = town.parts.shielding.cases("OUR-CASE-9")
    town.parts.shielding.begin(case, "Olu", "A threat")
    shown = dana.send_faulty(CHECK, step="is_the_child", note="I compared them")
    assert "Nobody is told this: a shielding officer has hidden this child" in shown
    dana.post(CHECK, step="is_not_the_child", note="I compared them")
    assert "Nobody is told this" not in dana.get(CHECK).text
    check = town.call_backs.find(check_id(ROUND, US), ours=False)
    assert check is not None
    assert check.decision is not None
    assert check.decision.step is Step.IS_NOT_THE_CHILD


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("is_the_child", "The child is known there, says Dana Worker"),
        ("is_not_the_child", "Not a child of theirs as far as can be said"),
        ("seen", "Seen by Dana Worker"),
    ],
)
def test_what_was_found_is_said(town: Town, dana: Visitor, step: str, told: str) -> None:
    assert dana.post(CHECK, step=step, note="A planted reason").status_code == 303
    assert told in dana.get(CHECK).text
    message = town.outbox.next_for(NORTH)
    assert message is not None
    news = CallBackNews.decode(message.content)
    assert (news.step.name.lower(), news.owner) == (step, "Dana Worker")
    assert news.note == ("" if step == "is_not_the_child" else "A planted reason")


def test_a_request_is_no_check(town: Town, dana: Visitor) -> None:
    """What is not among the choices of a form does nothing."""
    request = CallBackRequest(
        b"q" * 16, ROUND, Urgency.WITHIN_A_DAY, town.clock.now_ms, "Kim", "1234", "T", "", ""
    )
    town.call_backs.take_request(NORTH, request.post().content)
    item = f"/inbox/{encode_base64url(request.id)}"
    assert "Choose what you have done" in dana.send_faulty(item, step="is_the_child")
    assert "Choose what you have done" in dana.send_faulty(CHECK, step="closed")
    assert town.outbox.next_for(NORTH) is None


def being_checked(tier: Tier = Tier.POSSIBLE) -> MemberResult:
    return MemberResult(DIRECTORY.member(NORTH), Outcome.BEING_CHECKED, tier=tier, round_id=ROUND)


@pytest.fixture
def asked(town: Town, pat: Visitor) -> str:
    """A lookup of Pat's that council 2 looks into."""
    town.lookups.results = [being_checked()]
    lookup = pat.post("/ask", nhs_number="999 000 0107", purpose="1", reference="R-7")
    town.settle()
    return lookup.headers["location"]


def test_the_answer_says_until_when_somebody_looks(pat: Visitor, asked: str) -> None:
    page = pat.get(asked).text
    assert "Not seen yet" in page
    assert "Somebody there is to look by" in page
    assert f'href="{EXPECTED}"' in page
    listed = pat.get("/call-backs").text
    assert f'href="{EXPECTED}"' in listed
    assert "Council 2 looks whether the child is known there, by" in listed
    assert "looks whether the child is known there" in pat.get(EXPECTED).text


def test_what_was_found_there_is_seen_here(town: Town, pat: Visitor, asked: str) -> None:
    news = CallBackNews(
        check_id(ROUND, NORTH), Step.IS_THE_CHILD, town.clock.now_ms + 1, "Dana", "Ring Jo"
    )
    town.call_backs.take_news(NORTH, news.post().content)
    page = pat.get(EXPECTED).text
    assert "The child is known there, says Dana" in page
    assert "Ring Jo" in page
    assert "Known there" in pat.get("/call-backs").text
    answers = pat.get(asked).text
    assert "The child is known there, says Dana</strong>: Ring Jo" in answers
    assert f'href="{EXPECTED}"' in answers
    known = answers.partition('id="section-known"')[2].partition("</section>")[0]
    assert "Council 2" in known
    assert "answer--known" in known
    text = pat.get(f"{asked}/text").text
    assert "KNOWN\nCouncil 2\n" in text
    assert "  The child is known there, says Dana\n  Ring Jo" in text
    assert "is to look by" not in text


def test_what_was_taken_back_is_being_checked_again(town: Town, pat: Visitor, asked: str) -> None:
    for number, step in enumerate((Step.IS_THE_CHILD, Step.IS_NOT_THE_CHILD), start=1):
        news = CallBackNews(check_id(ROUND, NORTH), step, town.clock.now_ms + number, "Dana", "")
        town.call_backs.take_news(NORTH, news.post().content)
    assert "BEING CHECKED\nCouncil 2\n" in pat.get(f"{asked}/text").text


def test_what_nobody_looked_at_in_time_is_overdue_with_the_duty_line(
    town: Town, pat: Visitor, asked: str
) -> None:
    del asked
    town.clock.now_ms += HOUR_MS + 1
    pat.sign_in("pat")
    page = pat.get(EXPECTED).text
    assert "Nobody has looked in time" in page
    assert "Overdue" in pat.get("/call-backs").text
    manager = town.visitor("maya", AccountRole.TEAM_MANAGER)
    assert "Overdue" in manager.get("/call-backs").text


def test_the_household_alone_is_looked_at_by_nobody(town: Town, pat: Visitor) -> None:
    town.lookups.results = [being_checked(Tier.HOUSEHOLD)]
    lookup = pat.post("/ask", nhs_number="999 000 0107", purpose="1").headers["location"]
    town.settle()
    assert "is to look by" not in pat.get(lookup).text
    assert "looks" not in pat.get("/call-backs").text


def test_a_lookup_that_was_removed_on_its_way_leaves_no_check(town: Town, pat: Visitor) -> None:
    town.lookups.results = [being_checked()]
    town.lookups.hold()
    lookup = pat.post("/ask", nhs_number="999 000 0107", purpose="1").headers["location"]
    pat.post(f"{lookup}/remove")
    for _ in range(3):
        town.lookups.go_on()
    town.settle()
    assert town.call_backs.all(ours=True) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [("is_the_child", "Say how you know"), ("is_not_the_child", "Say how you looked")],
)
def test_who_decides_says_how_they_looked(dana: Visitor, step: str, said: str) -> None:
    assert said in dana.send_faulty(CHECK, step=step)
