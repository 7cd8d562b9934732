"""One more detail: asked for by who checks, added by who asked, and told to who reads the check."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from node.errors import CallBackError
from node.post.callback_store import CallBack, CallBackKind, CallBackStore, open_post_database
from node.post.callbacks import Asking, CallBacks, Matched
from node.post.inbox import Handler
from node.post.outbox import StoredOutbox
from node.post.words import became
from protocol.errors import MalformedError
from protocol.identifiers import Epoch, MemberId, RoundId, epoch_at
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import (
    AddedTags,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
    check_id,
)
from protocol.messages.post import PostMessage, PostType
from tests.node.post.shielded import nobody_is
from tests.node.small_federation import STORE_KEY, FakeClock, council

NORTH, EAST, STRANGER = council(1).id, council(2).id, council(3).id
ROUND = RoundId(bytes(range(16)))
CHECK = check_id(ROUND, EAST)
TAGS = (b"tag one.", b"tag two.")

Asked = tuple[Sequence[str], Epoch, Collection[bytes]]


class Desk:
    """One council's checks, and what it has put into the post."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.open = ExitStack()
        self.database = self.open.enter_context(closing(open_post_database(path)))
        self.outbox = StoredOutbox(self.database, STORE_KEY)
        self.store = CallBackStore(self.database, STORE_KEY)
        self.calls = CallBacks(self.store, self.outbox, clock, lambda *_: Matched(()), nobody_is)
        self.fits: list[tuple[str, KeyId]] = [("E-1", KeyId.A1)]
        self.compared: list[Asked] = []

    def fitting(
        self, references: Sequence[str], epoch: Epoch, tags: Collection[bytes]
    ) -> Sequence[tuple[str, KeyId]]:
        self.compared.append((references, epoch, tags))
        return self.fits

    def deliver(self, ours: MemberId, member: MemberId, other: "Desk") -> None:
        """Bring what waits to another council, twice, as a lost receipt would."""
        while message := self.outbox.next_for(member):
            message = PostMessage.decode(message.encode())
            takes: dict[PostType, Handler] = {
                PostType.CALL_BACK_NEWS: other.calls.take_news,
                PostType.ADDED_TAGS: partial(other.calls.take_tags, other.fitting),
            }
            take = takes[message.type]
            assert take(ours, message.content)
            assert take(ours, message.content)
            self.outbox.receipted(member, message.message_id)

    def check(self, *, ours: bool) -> CallBack:
        found = self.calls.find(CHECK, ours=ours)
        assert found is not None
        return found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def north(tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    """Who asked."""
    desk = Desk(tmp_path / "north.db", clock)
    asking = Asking("pat", "Pat", "1234", "Front door", "R-1", ROUND, Urgency.WITHIN_AN_HOUR, "")
    with desk.open:
        desk.calls.expect_check(EAST, asking, clock())
        yield desk


@pytest.fixture
def east(tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    """Who checks."""
    desk = Desk(tmp_path / "east.db", clock)
    request = CallBackRequest(
        CHECK, ROUND, Urgency.WITHIN_AN_HOUR, clock(), "Pat", "1234", "Front door", "R-1", ""
    )
    with desk.open:
        made = CallBack(request, False, NORTH, "", ("E-1", "E-2"), (), CallBackKind.CHECK)
        desk.store.keep(made)
        yield desk


@pytest.fixture
def asked(north: Desk, east: Desk) -> None:
    """Eastvale has asked for one more detail."""
    east.calls.do(CHECK, Step.FIELD_ASKED, "Dana", "Postcode")
    east.deliver(EAST, NORTH, north)


def add(desk: Desk) -> None:
    desk.calls.add_tags(CHECK, lambda *_: TAGS)


@pytest.mark.usefixtures("asked")
def test_who_asked_is_told_which_detail_and_the_clock_goes_on(north: Desk, east: Desk) -> None:
    for desk, ours in ((north, True), (east, False)):
        check = desk.check(ours=ours)
        assert (check.is_open, check.wants_a_field) == (True, True)
        assert check.last is not None
        assert (check.last.step, check.last.owner) == (Step.FIELD_ASKED, "Dana")
        assert check.last.note == "Postcode"
    assert east.calls.open_number() == 1
    assert [each.request.id for each in east.calls.open_of_others()] == [CHECK]


@pytest.mark.usefixtures("asked")
def test_what_is_added_is_compared_once_with_the_records_that_the_check_is_of(
    north: Desk, east: Desk, clock: FakeClock
) -> None:
    made: list[tuple[MemberId, Epoch]] = []

    def tags_for(recipient: MemberId, epoch: Epoch) -> Sequence[bytes]:
        made.append((recipient, epoch))
        return TAGS

    north.calls.add_tags(CHECK, tags_for)
    north.deliver(NORTH, EAST, east)
    epoch = epoch_at(clock() / 1000)
    assert made == [(EAST, epoch)]
    assert east.compared == [(("E-1", "E-2"), epoch, TAGS)]
    check = east.check(ours=False)
    assert (check.added_ms, check.added_fits) == (clock(), (("E-1", KeyId.A1),))
    assert north.check(ours=True).added_ms == clock()


@pytest.mark.usefixtures("asked")
def test_nothing_is_told_of_what_it_fits(north: Desk, east: Desk) -> None:
    """Somebody reads it: an asker who adds and adds learns nothing by that."""
    for fits in ([("E-1", KeyId.A1)], []):
        east.fits = fits
        add(north)
        north.deliver(NORTH, EAST, east)
        assert east.outbox.next_for(NORTH) is None
    assert len(east.compared) == 2


@pytest.mark.usefixtures("asked")
def test_of_each_case_the_best_fit_stands(north: Desk, east: Desk) -> None:
    """What is typed wrong the next time leaves what was found."""
    for fits in ([("E-1", KeyId.C1)], [("E-2", KeyId.B1), ("E-1", KeyId.A1)], [("E-1", KeyId.D5)]):
        east.fits = fits
        add(north)
        north.deliver(NORTH, EAST, east)
    assert east.check(ours=False).added_fits == (("E-1", KeyId.A1), ("E-2", KeyId.B1))


@pytest.mark.usefixtures("asked")
def test_what_was_added_is_news_until_something_is_done(north: Desk, east: Desk) -> None:
    assert not east.check(ours=False).has_news
    add(north)
    north.deliver(NORTH, EAST, east)
    assert east.check(ours=False).has_news
    assert not north.check(ours=True).has_news
    assert became(east.check(ours=False)) == "They have said more of the child"
    east.calls.do(CHECK, Step.SEEN, "Dana", "")
    assert became(east.check(ours=False)) == "Seen by Dana"


@pytest.mark.usefixtures("asked")
def test_who_has_spoken_meanwhile_still_reads_what_was_added(north: Desk, east: Desk) -> None:
    add(north)
    east.calls.do(CHECK, Step.ANSWERED, "Dana", "")
    north.deliver(NORTH, EAST, east)
    assert len(east.compared) == 1


@pytest.mark.parametrize("step", [Step.IS_THE_CHILD, Step.IS_NOT_THE_CHILD])
@pytest.mark.usefixtures("asked")
def test_of_what_is_decided_no_detail_is_asked_for(
    north: Desk, east: Desk, clock: FakeClock, step: Step
) -> None:
    east.calls.do(CHECK, step, "Dana", "")
    with pytest.raises(CallBackError):
        east.calls.do(CHECK, Step.FIELD_ASKED, "Dana", "Postcode")
    east.deliver(EAST, NORTH, north)
    news = CallBackNews(CHECK, Step.FIELD_ASKED, clock() + 10_000, "Dana", "Postcode")
    north.calls.take_news(EAST, news.post().content)
    assert not north.check(ours=True).is_open


def test_nothing_is_added_where_nobody_asked_for_it(north: Desk) -> None:
    with pytest.raises(CallBackError):
        add(north)
    with pytest.raises(CallBackError):
        north.calls.add_tags(b"x" * 16, lambda *_: TAGS)
    assert north.outbox.next_for(EAST) is None


@pytest.mark.usefixtures("asked")
def test_nothing_is_added_to_what_is_decided(north: Desk, east: Desk) -> None:
    east.calls.do(CHECK, Step.IS_NOT_THE_CHILD, "Dana", "")
    add(north)
    north.deliver(NORTH, EAST, east)
    assert east.compared == []
    east.deliver(EAST, NORTH, north)
    with pytest.raises(CallBackError):
        add(north)


def test_tags_that_nobody_asked_for_are_compared_with_nothing(east: Desk, clock: FakeClock) -> None:
    content = AddedTags(CHECK, clock(), epoch_at(clock() / 1000), TAGS).post().content
    assert east.calls.take_tags(east.fitting, NORTH, content)
    assert east.compared == []


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("sender", "id"),
    [
        pytest.param(STRANGER, CHECK, id="of another council"),
        pytest.param(NORTH, b"x" * 16, id="of no check"),
    ],
)
def test_tags_are_compared_with_nothing(
    east: Desk, clock: FakeClock, sender: MemberId, id: bytes
) -> None:
    added = AddedTags(id, clock(), epoch_at(clock() / 1000), TAGS)
    assert east.calls.take_tags(east.fitting, sender, added.post().content)
    assert east.compared == []
    assert east.check(ours=False).added_ms == 0


@pytest.mark.usefixtures("asked")
def test_what_was_added_before_changes_nothing_any_more(
    north: Desk, east: Desk, clock: FakeClock
) -> None:
    add(north)
    north.deliver(NORTH, EAST, east)
    before = AddedTags(CHECK, clock() - 1, epoch_at(clock() / 1000), TAGS)
    east.calls.take_tags(east.fitting, NORTH, before.post().content)
    assert len(east.compared) == 1


@pytest.mark.usefixtures("asked")
def test_a_clock_that_was_set_back_leaves_what_is_added_later(
    north: Desk, east: Desk, clock: FakeClock
) -> None:
    add(north)
    clock.now_ms -= 60_000
    add(north)
    north.deliver(NORTH, EAST, east)
    assert len(east.compared) == 2


def test_what_is_no_message_of_tags_is_refused(east: Desk) -> None:
    with pytest.raises(MalformedError):
        east.calls.take_tags(east.fitting, NORTH, b"")


def test_a_request_is_asked_for_no_detail(east: Desk) -> None:
    check = east.check(ours=False)
    east.store.keep(replace(check, kind=CallBackKind.REQUEST))
    with pytest.raises(CallBackError):
        east.calls.do(CHECK, Step.FIELD_ASKED, "Dana", "Postcode")
