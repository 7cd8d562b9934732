"""Call-back requests between two councils: owner, steps and clock on both sides."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from node.database import Database
from node.errors import CallBackError
from node.ledger.entries import AnsweredEntry, Asker, seal_entry
from node.ledger.ledger import Ledger
from node.post.callback_store import (
    CallBack,
    CallBackKind,
    CallBackStore,
    open_post_database,
)
from node.post.callbacks import (
    KEPT_MS,
    MOST_STEPS,
    UNREACHED_MS,
    Asking,
    CallBacks,
    Matched,
    matched_in,
)
from node.post.outbox import StoredOutbox
from protocol.errors import MalformedError
from protocol.identifiers import MemberId, RoundId
from protocol.messages.callback import (
    HOUR_MS,
    CallBackGiven,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
)
from protocol.messages.post import PostMessage, PostType
from protocol.sealing.envelope import Kind, parse_request, request_body_bytes
from tests.node.post.shielded import nobody_is
from tests.node.small_federation import STORE_KEY, FakeClock, council, make_header, seal

NORTH, EAST, STRANGER = council(1).id, council(2).id, council(3).id
ROUND = RoundId(bytes(range(16)))
ASKING = Asking(
    "pat",
    "Pat Plantedworker",
    "01632 960111",
    "Front door",
    "CASE-77",
    ROUND,
    Urgency.WITHIN_AN_HOUR,
    "Plantedmessage: please ring before the meeting.",
)


class Desk:
    """One council's call-backs and what it has put into the post."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.path = path
        self.clock = clock
        self.matched: Matched | None = Matched(("E-1",))
        self.open = ExitStack()
        self.database: Database = self.open.enter_context(closing(open_post_database(path)))
        self.outbox = StoredOutbox(self.database, STORE_KEY)
        store = CallBackStore(self.database, STORE_KEY)
        self.calls = CallBacks(store, self.outbox, clock, lambda *_: self.matched, nobody_is)

    def deliver(
        self, ours: MemberId, member: MemberId, other: "Desk", *, receipt: bool = True
    ) -> int:
        """Bring what waits to another council; return how many messages that were."""
        number = 0
        while message := self.outbox.next_for(member):
            number += 1
            message = PostMessage.decode(message.encode())
            take = {
                PostType.CALL_BACK_REQUEST: other.calls.take_request,
                PostType.CALL_BACK_NEWS: other.calls.take_news,
                PostType.CALL_BACK_GIVEN: other.calls.take_given,
                PostType.CORRECTION: other.calls.take_correction,
            }[message.type]
            assert take(ours, message.content)
            if not receipt:
                break
            self.outbox.receipted(member, message.message_id)
        return number


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def north(tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    desk = Desk(tmp_path / "north.db", clock)
    with desk.open:
        yield desk


@pytest.fixture
def east(tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    desk = Desk(tmp_path / "east.db", clock)
    with desk.open:
        yield desk


@pytest.fixture
def asked(north: Desk, east: Desk) -> bytes:
    """A request of Northmoor's that has come to Eastvale."""
    made = north.calls.ask(EAST, ASKING)
    assert north.deliver(NORTH, EAST, east) == 1
    return made.request.id


def round_of(number: int) -> RoundId:
    return RoundId(bytes([number]) * 16)


def theirs(desk: Desk, id: bytes) -> CallBack:
    found = desk.calls.find(id, ours=False)
    assert found is not None
    return found


def ours(desk: Desk, id: bytes) -> CallBack:
    found = desk.calls.find(id, ours=True)
    assert found is not None
    return found


def test_request_stands_at_both_councils_with_the_holders_own_reference(
    north: Desk, east: Desk, asked: bytes
) -> None:
    there = theirs(east, asked)
    assert there.request == ours(north, asked).request
    assert (there.member, there.case_references, there.username) == (NORTH, ("E-1",), "")
    assert (ours(north, asked).member, ours(north, asked).username) == (EAST, "pat")
    assert there.is_open


def test_what_no_receipt_has_come_for_in_three_beats_is_unreached(north: Desk, east: Desk) -> None:
    made = north.calls.ask(EAST, ASKING)
    north.calls.expect_check(EAST, ASKING, north.clock())
    assert north.calls.unreached(north.calls.all(ours=True)) == set()
    north.clock.now_ms += UNREACHED_MS - 1
    assert north.calls.unreached(north.calls.all(ours=True)) == set()
    north.clock.now_ms += 1
    assert north.calls.unreached(north.calls.all(ours=True)) == {made.request.id}
    assert north.deliver(NORTH, EAST, east) == 1
    assert north.calls.unreached(north.calls.all(ours=True)) == set()


def test_who_has_done_something_was_reached_though_no_receipt_has_come(north: Desk) -> None:
    made = north.calls.ask(EAST, ASKING)
    news = CallBackNews(made.request.id, Step.SEEN, north.clock(), "Dana Okoro", "")
    north.calls.take_news(EAST, news.post().content)
    north.clock.now_ms += UNREACHED_MS
    assert north.calls.unreached(north.calls.all(ours=True)) == set()


def test_each_step_is_told_with_owner_and_note(north: Desk, east: Desk, asked: bytes) -> None:
    steps = [
        (Step.SEEN, "Dana Okoro", ""),
        (Step.PASSED_ON, "Jo Merriweather", "Her case"),
        (Step.ANSWERED, "Jo Merriweather", ""),
        (Step.CLOSED, "Jo Merriweather", "Joint visit on Monday"),
    ]
    for step, owner, note in steps:
        east.clock.now_ms += 1000
        east.calls.do(asked, step, owner, note)
        assert east.deliver(EAST, NORTH, north) == 1
        last = ours(north, asked).last
        assert last is not None
        assert (last.step, last.owner, last.note) == (step, owner, note)
    assert ours(north, asked).steps == theirs(east, asked).steps


def test_clock_runs_on_both_sides_until_somebody_has_rung(
    north: Desk, east: Desk, asked: bytes
) -> None:
    def overdue() -> tuple[bool, bool]:
        now_ms = east.clock.now_ms
        return ours(north, asked).is_overdue(now_ms), theirs(east, asked).is_overdue(now_ms)

    east.clock.now_ms += HOUR_MS
    assert overdue() == (False, False)
    east.clock.now_ms += 1
    assert overdue() == (True, True)
    east.calls.do(asked, Step.SEEN, "Dana Okoro", "")
    east.deliver(EAST, NORTH, north)
    assert overdue() == (True, True)
    east.calls.do(asked, Step.ANSWERED, "Dana Okoro", "")
    assert overdue() == (True, False)
    east.deliver(EAST, NORTH, north)
    assert overdue() == (False, False)


def test_what_is_open_stands_first_by_when_it_is_due(north: Desk, east: Desk) -> None:
    made = [
        north.calls.ask(EAST, replace(ASKING, urgency=urgency, round_id=round_of(urgency)))
        for urgency in (Urgency.WITHIN_A_WEEK, Urgency.WITHIN_AN_HOUR, Urgency.WITHIN_A_DAY)
    ]
    north.deliver(NORTH, EAST, east)
    east.calls.do(made[1].request.id, Step.ANSWERED, "Dana Okoro", "")
    listed = [each.request.urgency for each in east.calls.all(ours=False)]
    assert listed == [Urgency.WITHIN_A_DAY, Urgency.WITHIN_A_WEEK, Urgency.WITHIN_AN_HOUR]
    assert [each.ours for each in north.calls.all(ours=True)] == [True] * 3
    assert north.calls.all(ours=False) == east.calls.all(ours=True) == []


def test_of_late_has_what_is_open_and_what_changed_since(
    clock: FakeClock, north: Desk, east: Desk
) -> None:
    made = [
        north.calls.ask(EAST, replace(ASKING, round_id=round_of(number))) for number in range(3)
    ]
    north.deliver(NORTH, EAST, east)
    for each in made[:2]:
        east.calls.do(each.request.id, Step.ANSWERED, "Dana Okoro", "")
        clock.now_ms += HOUR_MS
    listed = east.calls.of_late(HOUR_MS, ours=False)
    assert [each.request.id for each in listed] == [made[2].request.id, made[1].request.id]
    done = [made[1].request.id, made[0].request.id]
    assert [each.request.id for each in east.calls.all(ours=False)[1:]] == done


def test_who_asks_again_while_nobody_has_rung_has_asked_once(
    north: Desk, east: Desk, asked: bytes
) -> None:
    assert north.calls.ask(EAST, ASKING).request.id == asked
    assert north.outbox.next_for(EAST) is None
    for other in (
        north.calls.ask(EAST, ASKING, CallBackKind.CORRECTION),
        north.calls.ask(EAST, replace(ASKING, round_id=round_of(7))),
        north.calls.ask(STRANGER, ASKING),
    ):
        assert other.request.id != asked
    east.calls.do(asked, Step.ANSWERED, "Dana Okoro", "")
    east.deliver(EAST, NORTH, north)
    assert north.calls.ask(EAST, ASKING).request.id != asked


def test_a_correction_is_one_on_both_sides_and_no_request(north: Desk, east: Desk) -> None:
    made = north.calls.ask(EAST, ASKING, CallBackKind.CORRECTION)
    assert north.deliver(NORTH, EAST, east) == 1
    there = theirs(east, made.request.id)
    assert (there.kind, there.request) == (CallBackKind.CORRECTION, made.request)
    assert there.case_references == ("E-1",)
    east.calls.do(made.request.id, Step.CLOSED, "Dana Okoro", "Put right")
    east.deliver(EAST, NORTH, north)
    assert ours(north, made.request.id).steps == theirs(east, made.request.id).steps
    with pytest.raises(CallBackError, match="closed"):
        east.calls.do(made.request.id, Step.IS_THE_CHILD, "Dana Okoro", "")


def test_an_answer_that_was_never_given_is_not_corrected(north: Desk, east: Desk) -> None:
    east.matched = None
    made = north.calls.ask(EAST, ASKING, CallBackKind.CORRECTION)
    north.deliver(NORTH, EAST, east)
    assert east.calls.find(made.request.id, ours=False) is None


def test_question_that_was_never_asked_here_gives_nobody_a_call(north: Desk, east: Desk) -> None:
    east.matched = None
    made = north.calls.ask(EAST, ASKING)
    north.deliver(NORTH, EAST, east)
    assert east.calls.find(made.request.id, ours=False) is None


def test_question_that_met_nothing_here_may_still_be_rung_about(north: Desk, east: Desk) -> None:
    east.matched = Matched(())
    made = north.calls.ask(EAST, ASKING)
    north.deliver(NORTH, EAST, east)
    assert theirs(east, made.request.id).case_references == ()


@pytest.mark.parametrize(
    ("step", "is_new"),
    [(Step.SEEN, False), (Step.PASSED_ON, False), (Step.ANSWERED, True), (Step.CLOSED, True)],
)
def test_what_was_done_is_new_until_whoever_waits_has_looked(
    north: Desk, east: Desk, asked: bytes, step: Step, is_new: bool
) -> None:
    assert not ours(north, asked).is_new
    assert [each.request.id for each in north.calls.awaited()] == [asked]
    east.calls.do(asked, step, "Dana Okoro", "A note")
    east.deliver(EAST, NORTH, north)
    assert ours(north, asked).is_new == is_new
    assert not theirs(east, asked).is_new
    stays_open = not step.stops_the_clock
    assert bool(north.calls.awaited()) == (is_new or stays_open)
    north.calls.looked(asked)
    assert not ours(north, asked).is_new
    assert bool(north.calls.awaited()) == stays_open


def test_what_is_given_is_new_to_whoever_has_it_now(north: Desk, asked: bytes) -> None:
    north.calls.give(asked, "sam", "Sam Other", "1", "Front door")
    assert ours(north, asked).is_new


@pytest.mark.parametrize("kind", [CallBackKind.REQUEST, CallBackKind.CORRECTION])
@pytest.mark.parametrize("protected", [True, False])
def test_a_request_keeps_that_the_location_is_protected(
    north: Desk, east: Desk, kind: CallBackKind, protected: bool
) -> None:
    east.matched = Matched(("E-1",), protected)
    made = north.calls.ask(EAST, ASKING, kind)
    north.deliver(NORTH, EAST, east)
    assert theirs(east, made.request.id).protected_location == protected
    east.calls.do(made.request.id, Step.SEEN, "Dana Okoro", "")
    assert theirs(east, made.request.id).protected_location == protected


def test_what_was_asked_tomorrow_is_due_as_if_it_were_now(north: Desk, east: Desk) -> None:
    """Whoever asks says when: a clock that is ahead must not put it off."""
    request = north.calls.ask(EAST, ASKING).request
    ahead = replace(request, asked_ms=request.asked_ms + 24 * HOUR_MS)
    east.calls.take_request(NORTH, ahead.post().content)
    assert theirs(east, request.id).request == request


def test_what_comes_twice_changes_nothing(north: Desk, east: Desk, asked: bytes) -> None:
    east.calls.do(asked, Step.SEEN, "Dana Okoro", "")
    again = ours(north, asked).request.post().content
    east.calls.take_request(NORTH, again)
    assert len(theirs(east, asked).steps) == 1
    for _ in range(2):
        east.deliver(EAST, NORTH, north, receipt=False)
    assert len(ours(north, asked).steps) == 1


def test_news_of_before_changes_nothing(north: Desk, east: Desk, asked: bytes) -> None:
    now_ms = east.clock.now_ms
    later = CallBackNews(asked, Step.ANSWERED, now_ms + 2, "Dana Okoro", "")
    earlier = CallBackNews(asked, Step.SEEN, now_ms + 1, "Dana Okoro", "")
    for news in (later, earlier):
        north.calls.take_news(EAST, news.post().content)
    assert [done.step for done in ours(north, asked).steps] == [Step.ANSWERED]


def test_news_without_end_is_not_kept(north: Desk, asked: bytes) -> None:
    at_ms = north.clock.now_ms
    for number in range(MOST_STEPS + 1):
        news = CallBackNews(asked, Step.SEEN, at_ms + number, "Mallory", f"{number}")
        north.calls.take_news(EAST, news.post().content)
    assert [done.note for done in ours(north, asked).steps] == [*map(str, range(MOST_STEPS))]


def test_nothing_is_news_of_what_is_closed(north: Desk, asked: bytes) -> None:
    at_ms = north.clock.now_ms
    for number, step in enumerate((Step.CLOSED, Step.SEEN)):
        news = CallBackNews(asked, step, at_ms + number, "Dana Okoro", "")
        north.calls.take_news(EAST, news.post().content)
    assert [done.step for done in ours(north, asked).steps] == [Step.CLOSED]


def test_nobody_but_who_was_asked_says_what_became_of_it(north: Desk, asked: bytes) -> None:
    news = CallBackNews(asked, Step.CLOSED, north.clock.now_ms, "Mallory", "All is well")
    north.calls.take_news(STRANGER, news.post().content)
    north.calls.take_news(EAST, replace(news, id=bytes(16)).post().content)
    assert ours(north, asked).steps == ()


def test_nothing_is_done_about_what_is_closed_or_none(east: Desk, asked: bytes) -> None:
    east.calls.do(asked, Step.CLOSED, "Dana Okoro", "Wrong family")
    with pytest.raises(CallBackError, match="closed"):
        east.calls.do(asked, Step.SEEN, "Dana Okoro", "")
    with pytest.raises(CallBackError, match="no such"):
        east.calls.do(bytes(16), Step.SEEN, "Dana Okoro", "")


@pytest.mark.parametrize("take", ["take_request", "take_correction", "take_news", "take_given"])
def test_what_is_none_is_refused(north: Desk, take: str) -> None:
    with pytest.raises(MalformedError):
        getattr(north.calls, take)(EAST, b"nonsense")


def test_what_cannot_be_sent_is_not_kept(north: Desk) -> None:
    with pytest.raises(MalformedError):
        north.calls.ask(EAST, replace(ASKING, message="m" * 601))
    assert north.calls.all(ours=True) == []
    assert north.outbox.next_for(EAST) is None


def test_request_waits_on_the_disk_until_it_is_receipted(north: Desk, east: Desk) -> None:
    made = north.calls.ask(EAST, ASKING)
    with closing(open_post_database(north.path)) as database:
        waiting = StoredOutbox(database, STORE_KEY).next_for(EAST)
    assert waiting == made.request.post()
    north.deliver(NORTH, EAST, east)
    with closing(open_post_database(north.path)) as database:
        assert StoredOutbox(database, STORE_KEY).next_for(EAST) is None


def test_messages_wait_in_their_order(north: Desk) -> None:
    made = [
        north.calls.ask(EAST, replace(ASKING, round_id=round_of(number))).request.id
        for number in range(3)
    ]
    with closing(open_post_database(north.path)) as database:
        outbox = StoredOutbox(database, STORE_KEY)
        for id in made:
            message = outbox.next_for(EAST)
            assert message is not None
            assert message.message_id == id
            outbox.receipted(EAST, id)


def test_requests_are_gone_a_year_after_the_last_step(
    east: Desk, asked: bytes, clock: FakeClock
) -> None:
    clock.now_ms += KEPT_MS - 1
    east.calls.do(asked, Step.ANSWERED, "Dana Okoro", "")
    clock.now_ms += KEPT_MS
    east.calls.forget_old()
    assert not theirs(east, asked).is_open
    clock.now_ms += 1
    east.calls.forget_old()
    assert east.calls.find(asked, ours=False) is None


def test_news_of_a_year_to_come_keep_a_request_no_longer(
    north: Desk, east: Desk, asked: bytes, clock: FakeClock
) -> None:
    del east
    news = CallBackNews(asked, Step.ANSWERED, clock() + 100 * KEPT_MS, "Dana", "")
    north.calls.take_news(EAST, news.post().content)
    clock.now_ms += KEPT_MS - 1
    north.calls.forget_old()
    assert north.calls.find(asked, ours=True) is not None
    clock.now_ms += 2
    north.calls.forget_old()
    assert north.calls.find(asked, ours=True) is None


def test_disk_has_neither_who_asks_nor_what(east: Desk, asked: bytes, tmp_path: Path) -> None:
    east.calls.do(asked, Step.PASSED_ON, "Plantedowner", "Plantednote")
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert asked in on_disk
    for needle in (b"Planted", b"960111", b"CASE-77", b"E-1", b"pat"):
        assert needle not in on_disk


@pytest.mark.parametrize("protected", [True, False])
def test_ledger_tells_which_of_our_cases_a_question_matched(
    ledger: Ledger, protected: bool
) -> None:
    sent = seal(
        make_header(Kind.LOOKUP, council(1), council(2)), bytes(request_body_bytes(Kind.LOOKUP))
    )
    round_id = sent.header.round_id
    entry = AnsweredEntry(
        outcome="known",
        cause="none",
        role="practitioner",
        purpose=1,
        policy_version=1,
        clusters=1,
        asker=Asker(
            name="Pat", telephone="1", team="MASH", reference="", protected_location=protected
        ),
        case_references=("E-1", "E-2"),
    )
    sealed = seal_entry(STORE_KEY, entry, round_id)
    ledger.record(parse_request(sent.envelope), None, sealed, sent.header.time_ms)
    find_matched = matched_in(ledger, STORE_KEY)
    assert find_matched(round_id, NORTH) == Matched(("E-1", "E-2"), protected)
    assert find_matched(round_id, STRANGER) is None
    assert find_matched(RoundId(bytes(16)), NORTH) is None


def test_request_decodes_where_it_arrives() -> None:
    """The control of what travels: the message above is in it."""
    request = CallBackRequest(
        bytes(16), ROUND, Urgency.WITHIN_A_DAY, 1, "n", "123", "t", "r", ASKING.message
    )
    assert ASKING.message.encode() in request.post().content


def give(desk: Desk, id: bytes) -> None:
    desk.calls.give(id, "sam", "Sam Elsewhere", "01632 960555", "Front door")


def test_the_other_council_is_told_whom_to_ring_when_it_is_given_to_somebody(
    north: Desk, east: Desk, asked: bytes
) -> None:
    before = theirs(east, asked)
    east.calls.do(asked, Step.SEEN, "Dana Okoro", "")
    north.clock.now_ms += 1
    give(north, asked)
    assert (ours(north, asked).username, ours(north, asked).request.name) == (
        "sam",
        "Sam Elsewhere",
    )
    assert north.deliver(NORTH, EAST, east) == 1
    there = theirs(east, asked)
    assert there.request == replace(
        before.request, name="Sam Elsewhere", telephone="01632 960555", team="Front door"
    )
    assert len(there.steps) == 1
    assert (there.due_ms, there.case_references) == (before.due_ms, before.case_references)


def test_what_was_given_first_does_not_come_after_what_was_given_then(
    east: Desk, asked: bytes
) -> None:
    first = CallBackGiven(asked, 10, "Sam", "1", "T").post().content
    east.calls.take_given(NORTH, CallBackGiven(asked, 11, "Kit", "2", "T").post().content)
    east.calls.take_given(NORTH, first)
    assert theirs(east, asked).request.name == "Kit"


def test_given_twice_within_a_moment_the_second_counts(
    north: Desk, east: Desk, asked: bytes
) -> None:
    give(north, asked)
    north.calls.give(asked, "kit", "Kit Third", "01632 960556", "Front door")
    assert north.deliver(NORTH, EAST, east) == 2
    assert theirs(east, asked).request.name == "Kit Third"


def test_nobody_else_says_whom_to_ring(east: Desk, asked: bytes) -> None:
    given = CallBackGiven(asked, 10, "Mallory", "1", "T").post().content
    assert east.calls.take_given(council(3).id, given)
    assert theirs(east, asked).request.name == ASKING.name
    unknown = CallBackGiven(bytes(16), 10, "Mallory", "1", "T").post().content
    assert east.calls.take_given(NORTH, unknown)
    assert len(east.calls.all(ours=False)) == 1


@pytest.mark.parametrize("step", [Step.ANSWERED, Step.CLOSED])
def test_what_is_done_is_given_to_nobody(north: Desk, east: Desk, asked: bytes, step: Step) -> None:
    east.calls.do(asked, step, "Dana Okoro", "")
    east.deliver(EAST, NORTH, north)
    with pytest.raises(CallBackError):
        give(north, asked)
    with pytest.raises(CallBackError):
        give(north, bytes(16))


def test_when_somebody_had_rung_is_when_it_was_first_said(east: Desk, asked: bytes) -> None:
    assert theirs(east, asked).stopped_ms is None
    east.calls.do(asked, Step.SEEN, "Dana Okoro", "")
    assert theirs(east, asked).stopped_ms is None
    rung_ms = east.clock.now_ms = east.clock.now_ms + 5
    east.calls.do(asked, Step.ANSWERED, "Dana Okoro", "")
    east.clock.now_ms += 5
    east.calls.do(asked, Step.CLOSED, "Dana Okoro", "")
    assert theirs(east, asked).stopped_ms == rung_ms
