"""Saying more of the child to a council that checks: who may, what is sent, and who reads of it."""

import pytest

from node.accounts.model import AccountRole
from node.asking.asker import MemberResult
from node.post.callback_store import CallBack, CallBackKind
from protocol.encoding import encode_base64url
from protocol.identifiers import Epoch
from protocol.matching.confidence import Tier
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import (
    AddedTags,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
    check_id,
)
from protocol.messages.post import PostType
from protocol.messages.vocabulary import Outcome
from tests.node.asking.scripted import ROUND
from tests.node.small_federation import DIRECTORY, council
from tests.node.web.visiting import Town, Visitor

US, NORTH = council(1).id, council(2).id
CHECK = check_id(ROUND, NORTH)
EXPECTED = f"/call-backs/{encode_base64url(CHECK)}"
DETAIL = f"{EXPECTED}/detail"
CHILD = {"surname": "Plantedname", "forename": "Mary", "postcode": "SW1A 1AA"}
WITH_DATE = CHILD | {"date_of_birth": "20 3 2015"}


@pytest.fixture
def checked(town: Town, pat: Visitor) -> None:
    """Council 2 looks into a lookup of Pat's."""
    result = MemberResult(
        DIRECTORY.member(NORTH), Outcome.BEING_CHECKED, tier=Tier.POSSIBLE, round_id=ROUND
    )
    town.lookups.results = [result]
    pat.post("/ask", nhs_number="999 000 0107", purpose="1", reference="R-7")
    town.settle()


def ask_for_it(town: Town, step: Step = Step.FIELD_ASKED, note: str = "A postcode") -> None:
    town.clock.now_ms += 1
    news = CallBackNews(CHECK, step, town.clock.now_ms, "Dana", note)
    town.call_backs.take_news(NORTH, news.post().content)


@pytest.fixture
def asked(town: Town, checked: None) -> None:
    """Council 2 has asked for one more detail."""
    del checked
    ask_for_it(town)


@pytest.mark.usefixtures("asked")
def test_which_detail_is_asked_for_is_said_with_the_way_to_give_it(pat: Visitor) -> None:
    page = pat.get(EXPECTED).text
    assert "One more detail is asked for by Dana" in page
    assert "A postcode" in page
    assert f'href="{DETAIL}"' in page
    form = pat.get(DETAIL)
    assert form.status_code == 200
    assert "Say more of the child to Council 2" in form.text
    for text in ("A postcode", 'name="surname"', 'name="nhs_number"', 'name="carer_surname"'):
        assert text in form.text
    assert 'name="purpose"' not in form.text


@pytest.mark.usefixtures("asked")
def test_what_is_given_goes_with_the_next_beat_as_tags(town: Town, pat: Visitor) -> None:
    response = pat.post(DETAIL, **WITH_DATE)
    assert (response.status_code, response.headers["location"]) == (303, EXPECTED)
    assert "waits for the next batch" in pat.get(EXPECTED).text
    assert town.outbox.next_for(NORTH) is None
    town.run(town.adding.turn())
    message = town.outbox.next_for(NORTH)
    assert message is not None
    assert message.type is PostType.ADDED_TAGS
    assert AddedTags.decode(message.content).id == CHECK
    page = pat.get(EXPECTED).text
    assert "What you have said of the child was sent" in page
    assert "waits for" not in page
    assert "Plantedname" not in page


@pytest.mark.usefixtures("asked")
def test_a_form_with_a_mistake_is_shown_again_by_a_page_of_its_own(
    town: Town, pat: Visitor
) -> None:
    page = pat.send_faulty(DETAIL, **CHILD, date_of_birth="31 2 2015")
    assert "Plantedname" in page
    assert "Date of birth" in page
    assert "Plantedname" not in pat.get(DETAIL).text
    assert not town.adding.is_waiting(CHECK)


@pytest.mark.usefixtures("checked")
def test_nothing_is_said_where_nobody_asked(town: Town, pat: Visitor) -> None:
    assert DETAIL not in pat.get(EXPECTED).text
    assert pat.get(DETAIL).status_code == 404
    assert pat.post(DETAIL, **WITH_DATE).status_code == 404
    ask_for_it(town)
    ask_for_it(town, Step.IS_NOT_THE_CHILD, "")
    assert pat.get(DETAIL).status_code == 404


@pytest.mark.usefixtures("asked")
def test_it_is_said_by_who_asked_or_the_teams_manager(town: Town, pat: Visitor) -> None:
    sam = town.visitor("sam")
    elsewhere = town.visitor("mo", *AccountRole, team="Another team")
    for other in (sam, elsewhere):
        assert other.get(DETAIL).status_code == 404
        assert other.post(DETAIL, **WITH_DATE).status_code == 404
    assert town.visitor("maya", AccountRole.TEAM_MANAGER).get(DETAIL).status_code == 200
    assert pat.get(DETAIL).status_code == 200


# At the council that checks


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


ITEM = f"/inbox/{encode_base64url(check_id(ROUND, US))}"


def test_it_is_asked_for_with_the_name_of_the_detail(town: Town, dana: Visitor) -> None:
    assert "Say which detail you need" in dana.send_faulty(ITEM, step="field_asked", note=" ")
    assert town.outbox.next_for(NORTH) is None
    assert dana.post(ITEM, step="field_asked", note="A postcode").status_code == 303
    message = town.outbox.next_for(NORTH)
    assert message is not None
    news = CallBackNews.decode(message.content)
    assert (news.step, news.note) == (Step.FIELD_ASKED, "A postcode")
    assert "Inbox (1)" in dana.get("/about").text


@pytest.mark.parametrize(
    ("fits", "said"),
    [
        ([("OUR-9", KeyId.A1)], "it fits your case OUR-9 as surely as what is answered known."),
        (
            [("OUR-9", KeyId.B1)],
            "as surely as what is answered known, but the full postcode is not the same.",
        ),
        ([("OUR-9", KeyId.C4)], "it fits your case OUR-9 well, but the surname is not the same."),
        ([("OUR-9", KeyId.D5)], "it fits your case OUR-9 no better than before, but the forename"),
        (
            [("TWIN-1", KeyId.C1), ("TWIN-2", KeyId.A1)],
            "it fits more than one of your cases, TWIN-2 and TWIN-1: compare with care.",
        ),
        ([("OUR-9", KeyId.A1), ("OUR-8", KeyId.D5)], "it fits your case OUR-9 as surely"),
        ([], "nothing of it fits a case of yours."),
    ],
    ids=str,
)
def test_what_was_added_is_read_of_with_the_check(
    town: Town, dana: Visitor, fits: list[tuple[str, KeyId]], said: str
) -> None:
    dana.post(ITEM, step="field_asked", note="A postcode")
    assert "They have said more" not in dana.get(ITEM).text
    assert "They have said more" not in dana.get("/inbox").text
    town.clock.now_ms += 1
    added = AddedTags(check_id(ROUND, US), town.clock.now_ms, Epoch(486_111), (b"8 bytes.",))
    town.call_backs.take_tags(lambda *_: fits, NORTH, added.post().content)
    page = dana.get(ITEM).text
    assert "They have said more of the child" in page
    assert said in page
    assert "They have said more of the child" in dana.get("/inbox").text
