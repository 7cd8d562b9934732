from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.directory.document import PurposeEntry
from protocol.directory.purposes import STANDARD_PURPOSES
from protocol.errors import MalformedError
from protocol.identifiers import Epoch, MemberId, RoundId
from protocol.messages.callback import (
    AddedTags,
    CallBackGiven,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
    check_id,
    check_urgency,
)
from protocol.messages.post import PostMessage, PostType

REQUEST = CallBackRequest(
    bytes(range(16)),
    RoundId(bytes(range(16, 32))),
    Urgency.WITHIN_A_DAY,
    1_750_000_000_000,
    "Pat Ashgrove",
    "01632 960111",
    "Front door",
    "CASE-77",
    "Please ring before the strategy meeting.",
)
NEWS = CallBackNews(bytes(range(16)), Step.PASSED_ON, 1_750_000_001_000, "Dana Okoro", "On leave")

GIVEN = CallBackGiven(
    bytes(range(16)), 1_750_000_001_000, "Sam Elsewhere", "01632 960555", "Front door"
)
ADDED = AddedTags(bytes(range(16)), 1_750_000_001_000, Epoch(486_111), (b"8 bytes.",))
ADDED_CONTENT = ADDED.post().content
LONGEST_GIVEN = replace(
    GIVEN,
    name="n" * limits.PERSON_BYTES,
    telephone="1" * limits.TELEPHONE_BYTES,
    team="t" * limits.TEAM_BYTES,
)

LONGEST = replace(
    REQUEST,
    name="n" * limits.PERSON_BYTES,
    telephone="1" * limits.TELEPHONE_BYTES,
    team="t" * limits.TEAM_BYTES,
    reference="r" * limits.REFERENCE_BYTES,
    message="m" * limits.CALL_BACK_BYTES,
)


@pytest.mark.parametrize("request_", [REQUEST, LONGEST], ids=["usual", "longest"])
def test_request_comes_through_the_post(request_: CallBackRequest) -> None:
    message = PostMessage.decode(request_.post().encode())
    assert message.type is PostType.CALL_BACK_REQUEST
    assert message.message_id == request_.id
    assert CallBackRequest.decode(message.content) == request_


def test_news_comes_through_the_post() -> None:
    message = PostMessage.decode(NEWS.post().encode())
    assert message.type is PostType.CALL_BACK_NEWS
    assert CallBackNews.decode(message.content) == NEWS


def test_the_same_news_is_one_message_and_other_news_another() -> None:
    assert NEWS.post() == NEWS.post()
    others = [replace(NEWS, step=Step.SEEN), replace(NEWS, at_ms=0), replace(NEWS, note="")]
    assert len({each.post().message_id for each in (NEWS, *others)}) == 4


@pytest.mark.parametrize("given_", [GIVEN, LONGEST_GIVEN], ids=["usual", "longest"])
def test_whom_to_ring_now_comes_through_the_post(given_: CallBackGiven) -> None:
    message = PostMessage.decode(given_.post().encode())
    assert message.type is PostType.CALL_BACK_GIVEN
    assert CallBackGiven.decode(message.content) == given_
    assert given_.post() == given_.post()
    assert replace(given_, at_ms=0).post().message_id != message.message_id


@pytest.mark.parametrize("number", [1, limits.QUESTION_SLOTS])
def test_added_tags_come_through_the_post(number: int) -> None:
    added = replace(ADDED, tags=ADDED.tags * number)
    message = PostMessage.decode(added.post().encode())
    assert message.type is PostType.ADDED_TAGS
    assert AddedTags.decode(message.content) == added
    assert added.post() == added.post()
    assert replace(added, at_ms=0).post().message_id != message.message_id


@pytest.mark.parametrize("number", [0, limits.QUESTION_SLOTS + 1])
def test_refuses_no_tags_and_too_many(number: int) -> None:
    with pytest.raises(MalformedError, match="none, or too many"):
        replace(ADDED, tags=ADDED.tags * number).post()
    content = ADDED.post().content
    with pytest.raises(MalformedError, match="no tags, or too many"):
        AddedTags.decode(content[:28] + bytes([number]) + ADDED.tags[0] * number)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ADDED_CONTENT[:-1], id="a byte less"),
        pytest.param(ADDED_CONTENT + b"\0", id="a byte more"),
        pytest.param(ADDED_CONTENT[:27], id="no number"),
        pytest.param(
            ADDED_CONTENT[:16] + b"\xff" * 8 + ADDED_CONTENT[24:], id="a time that no date has"
        ),
    ],
)
def test_refuses_added_tags_of(content: bytes) -> None:
    with pytest.raises(MalformedError):
        AddedTags.decode(content)


@pytest.mark.parametrize("change", [b"", b"\0"], ids=["a byte less", "a byte more"])
def test_refuses_to_read_given_of(change: bytes) -> None:
    content = GIVEN.post().content
    with pytest.raises(MalformedError):
        CallBackGiven.decode(content + change if change else content[:-1])


def test_only_what_is_answered_closed_or_decided_stops_the_clock() -> None:
    going_on = {Step.SEEN, Step.PASSED_ON, Step.FIELD_ASKED}
    assert {step for step in Step if not step.stops_the_clock} == going_on


def test_steps_of_checks_alone_are_what_decides_one_and_what_asks_for_more() -> None:
    of_checks = {Step.IS_THE_CHILD, Step.IS_NOT_THE_CHILD, Step.FIELD_ASKED}
    assert {step for step in Step if step.is_of_checks} == of_checks


def test_a_no_has_no_note_on_the_wire() -> None:
    no = replace(NEWS, step=Step.IS_NOT_THE_CHILD)
    assert CallBackNews.decode(no.post().content) == replace(no, note="")
    assert no.post() == replace(no, note="").post()
    content = NEWS.post().content
    with pytest.raises(MalformedError, match="a no with a note"):
        CallBackNews.decode(content[:16] + bytes([Step.IS_NOT_THE_CHILD]) + content[17:])


def test_a_check_is_named_alike_by_both_and_apart_for_each_answerer() -> None:
    round_id, other = RoundId(b"r" * 16), RoundId(b"s" * 16)
    ids = {
        check_id(each, MemberId(member)) for each in (round_id, other) for member in ("A1", "A2")
    }
    assert len(ids) == 4
    assert {len(id) for id in ids} == {16}


@pytest.mark.parametrize("purpose", STANDARD_PURPOSES, ids=lambda purpose: str(purpose.code))
def test_a_check_for_a_child_who_may_suffer_harm_is_done_within_an_hour(
    purpose: PurposeEntry,
) -> None:
    soon = check_urgency(purpose) is Urgency.WITHIN_AN_HOUR
    assert soon == purpose.household


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(replace(REQUEST, name="n" * 61), id="a long name"),
        pytest.param(replace(REQUEST, message="m" * 601), id="a long message"),
        pytest.param(replace(REQUEST, message="two\nlines"), id="what is not printable"),
        pytest.param(replace(REQUEST, id=b"short"), id="a short id"),
    ],
)
def test_refuses_to_write(request_: CallBackRequest) -> None:
    with pytest.raises(MalformedError):
        request_.post()


CONTENT = REQUEST.post().content


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(CONTENT[:-1], id="a byte less"),
        pytest.param(CONTENT + b"\0", id="a byte more"),
        pytest.param(CONTENT[:32] + b"\4" + CONTENT[33:], id="an unknown urgency"),
        pytest.param(CONTENT[:32] + b"\0" + CONTENT[33:], id="no urgency"),
        pytest.param(CONTENT[:33] + b"\xff" * 8 + CONTENT[41:], id="a time that no date has"),
    ],
)
def test_refuses_to_read_a_request_of(content: bytes) -> None:
    with pytest.raises(MalformedError):
        CallBackRequest.decode(content)


def test_refuses_to_read_an_unknown_step() -> None:
    content = NEWS.post().content
    with pytest.raises(MalformedError, match="unknown step"):
        CallBackNews.decode(content[:16] + b"\x08" + content[17:])


def test_refuses_to_read_news_of_a_time_that_no_date_has() -> None:
    latest = replace(NEWS, at_ms=limits.LATEST_MS)
    assert CallBackNews.decode(latest.post().content) == latest
    later = replace(NEWS, at_ms=limits.LATEST_MS + 1)
    with pytest.raises(MalformedError, match="later than any date"):
        CallBackNews.decode(later.post().content)


@given(st.binary(max_size=300))
def test_decoders_raise_only_our_error(content: bytes) -> None:
    for decode in (CallBackRequest.decode, CallBackNews.decode, CallBackGiven.decode):
        for given_ in (content, content + CONTENT[len(content) :]):
            with suppress(MalformedError):
                decode(given_)
