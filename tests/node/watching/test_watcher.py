"""Cases that are watched: asked about in their time, and what is new of them."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from node.asking.asker import Enquiry
from node.asking.keeping import AskedCase, AskedLookup, KeptLookup, KeptLookups, LookupId
from node.errors import StoreError, WatchError
from node.post.callback_store import CallBackKind, CallBackStore, open_post_database
from node.post.callbacks import CallBacks, Matched
from node.post.outbox import StoredOutbox
from node.records.cases import HeldCase
from node.watching.store import NEVER_MS, Ending, Watch, WatchStore
from node.watching.watcher import AGAIN_MS, MISSING_MS, Watcher, WhoWatches
from node.watching.watches import DAY_MS, ENDED_MS, WATCHED_MS, Pace, Watches, pace_of
from node.web.checking import expecting
from protocol import limits
from protocol.directory.members import Directory
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import DirectoryError
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.identity import Identity
from protocol.messages.callback import CallBackNews, Step, Urgency, check_id
from protocol.messages.vocabulary import InvolvementKind, Outcome, Role
from tests.node.asking.scripted import (
    ROUND,
    ScriptedLookups,
    being_checked,
    known,
    of,
    of_the_household,
)
from tests.node.records.test_cases import load
from tests.node.small_federation import (
    DIRECTORY,
    STORE_KEY,
    FakeClock,
    child,
    council,
    involvement,
    new_store,
    record,
)

WEEK_MS = 7 * DAY_MS
SHORT_OF_HARM = next(id for id, purpose in DIRECTORY.purposes.items() if not purpose.household)
PAT = WhoWatches(Role.PRACTITIONER, "Pat Worker", "020 7946 0001", "Front door")


class Town:
    """One council that holds a case, and watches it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "watches.db"
        self.open = ExitStack()
        self.clock = FakeClock()
        self.pace = Pace(WEEK_MS, 100)
        self.who: WhoWatches | None = PAT
        self.directory: Directory | None = DIRECTORY
        self.lookups = ScriptedLookups([of(1, Outcome.NOT_KNOWN), of(2, Outcome.NOT_KNOWN)])
        self.store = self.open.enter_context(closing(WatchStore(self.path, STORE_KEY)))
        self.kept = self.open.enter_context(
            closing(KeptLookups(folder / "lookups.db", STORE_KEY, WEEK_MS, self.clock))
        )
        self.records = self.open.enter_context(closing(new_store(folder / "records.db")))
        self.hold_case("1234")
        post = self.open.enter_context(closing(open_post_database(folder / "post.db")))
        self.call_backs = CallBacks(
            CallBackStore(post, STORE_KEY),
            StoredOutbox(post, STORE_KEY),
            self.clock,
            lambda *_: Matched(()),
            self.records.is_shielded,
        )
        self.watches = Watches(self.store, lambda: self.pace, self.clock)
        self.watcher = Watcher(
            self.store,
            STORE_KEY,
            self.lookups,
            self.kept,
            self.records.find_cases,
            lambda username: self.who if username == "pat" else None,
            expecting(self.call_backs),
            self.current,
            lambda: self.pace,
            self.clock,
        )

    def current(self) -> Directory:
        if self.directory is None:
            raise DirectoryError("expired")
        return self.directory

    def hold_case(
        self,
        reference: str,
        identity: Identity | None = None,
        kind: InvolvementKind = InvolvementKind.CHILD_IN_NEED,
    ) -> None:
        """Hold one case, and no other."""
        key = DIRECTORY.oprf_key
        assert key is not None
        held = record(identity or child(), reference, involvement(kind=kind))
        load(self.records, "social care", held, key=key.key_id)

    def case(self, reference: str = "1234") -> HeldCase:
        key = DIRECTORY.oprf_key
        assert key is not None
        today = datetime.fromtimestamp(self.clock.now_ms / 1000, UTC).date()
        (found,) = self.records.find_cases(reference, key.key_id, DIRECTORY.matching_version, today)
        return found

    def turn(self, after_ms: int = 0) -> list[Enquiry]:
        """Let time pass, and return what was asked in the turn that comes then."""
        self.clock.now_ms += after_ms
        before = len(self.lookups.asked)
        asyncio.run(self.watcher.turn())
        return self.lookups.asked[before:]

    def watch(self) -> Watch:
        (found,) = self.watches.all_of("pat")
        return found.watch


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    with made.open:
        yield made


def begin(
    town: Town,
    *,
    protected: bool = False,
    username: str = "pat",
    purpose: int = 1,
    reference: str = "1234",
) -> None:
    """Have somebody watch the case, of which nobody knew anything."""
    case = AskedCase(
        reference=reference,
        id=encode_base64url(town.case(reference).id),
        purpose=purpose,
        protected_location=protected,
    )
    town.watches.begin(username, lookup_of(town, case))


def lookup_of(town: Town, case: AskedCase | None) -> KeptLookup:
    asked = AskedLookup(
        asked_ms=town.clock.now_ms, purpose="Safeguarding", reference="R", members=6, case=case
    )
    return KeptLookup(asked=asked, answers=())


def test_a_case_is_asked_about_once_in_an_interval(town: Town) -> None:
    begin(town)
    assert town.turn(WEEK_MS - 1) == []
    for _ in range(3):
        (asked,) = town.turn(1)
        assert town.turn() == []
        assert town.turn(WEEK_MS - 1) == []
    assert isinstance(asked.child, HeldCase)
    assert (asked.who.name, asked.who.telephone, asked.who.team) == (
        PAT.name,
        PAT.telephone,
        PAT.team,
    )
    assert (asked.who.reference, asked.purpose, asked.role) == ("1234", 1, Role.PRACTITIONER)
    assert (asked.username, asked.is_watch) == ("pat", True)


@pytest.mark.parametrize(
    ("reference", "sent"), [("é" * 20, "é" * 20), ("é" * 20 + "x", ""), ("x" * 64, "")]
)
def test_a_case_is_asked_about_however_long_its_reference_is(
    town: Town, reference: str, sent: str
) -> None:
    """A question has room for less of it than a case."""
    town.hold_case(reference)
    begin(town, reference=reference)
    town.lookups.results = [known(2)]
    (asked,) = town.turn(WEEK_MS)
    assert len(asked.who.seal(bytes(32))) == limits.WHO_BYTES + 16
    (new,) = town.watch().news
    kept = town.kept.find(LookupId(decode_base64url(new.lookup)), "pat")
    assert kept is not None
    # With a call-back that is asked for there, it goes out as well.
    assert (asked.who.reference, kept.asked.reference) == (sent, sent)
    assert town.watch().case.reference == reference


def test_it_is_asked_with_the_keys_alone_on_which_something_is_known(town: Town) -> None:
    """What fits in part would be looked at by a duty officer there, week for week."""
    assert Tier.POSSIBLE in {tier_of(key_id) for key_id, _ in town.case().tokens}
    begin(town)
    (asked,) = town.turn(WEEK_MS)
    assert isinstance(asked.child, HeldCase)
    tiers = {tier_of(key_id) for key_id, _ in asked.child.tokens}
    assert tiers >= {Tier.CERTAIN, Tier.STRONG}
    assert Tier.POSSIBLE not in tiers


@pytest.mark.parametrize("protected", [True, False])
def test_a_protected_location_stays_protected(town: Town, protected: bool) -> None:
    begin(town, protected=protected)
    (asked,) = town.turn(WEEK_MS)
    assert asked.who.protected_location == protected


def test_what_is_new_is_shown_with_its_answers_until_it_was_seen(town: Town) -> None:
    begin(town)
    town.turn(WEEK_MS)
    assert (town.watch().news, town.watch().heard, town.watch().members) == ((), 2, 6)
    assert town.watches.news_number("pat") == 0
    assert town.kept.all_of("pat") == []
    town.lookups.results = [of(1, Outcome.NOT_KNOWN), known(2)]
    town.turn(WEEK_MS)
    (new,) = town.watch().news
    assert (new.names, new.asked_ms) == (("Council 2",), town.clock.now_ms)
    assert town.watches.news_number("pat") == 1
    kept = town.kept.find(LookupId(decode_base64url(new.lookup)), "pat")
    assert kept is not None
    assert [answer.outcome for answer in kept.answers] == ["not_known", "known"]
    town.turn(WEEK_MS)
    assert town.watch().news == (new,)
    (found,) = town.watches.all_of("pat")
    town.watches.saw(found.id, "sam", town.clock.now_ms)
    town.watches.saw(found.id, "pat", new.asked_ms - 1)
    assert town.watches.news_number("pat") == 1
    town.watches.saw(found.id, "pat", new.asked_ms)
    assert town.watches.news_number("pat") == 0
    town.turn(WEEK_MS)
    assert town.watch().news == ()


def test_who_looks_first_at_whatever_fits_is_heard(town: Town) -> None:
    """A council's policy may say no more than *being checked* of what fits surely."""
    begin(town, purpose=SHORT_OF_HARM)
    town.lookups.results = [being_checked(2), of_the_household(3)]
    town.turn(WEEK_MS)
    (expected,) = town.call_backs.all(ours=True)
    due_ms = town.clock.now_ms + Urgency.WITHIN_A_DAY.within_ms
    assert (expected.kind, expected.username) == (CallBackKind.CHECK, "pat")
    assert (expected.member, expected.due_ms) == (council(2).id, due_ms)
    (new,) = town.watch().news
    kept = town.kept.find(LookupId(decode_base64url(new.lookup)), "pat")
    assert kept is not None
    assert kept.asked.checked_by_ms == due_ms
    id, now_ms = check_id(ROUND, council(2).id), town.clock.now_ms
    news = CallBackNews(id, Step.IS_THE_CHILD, now_ms, "Dana Okoro", "Ring Jo")
    town.call_backs.take_news(council(2).id, news.post().content)
    (expected,) = town.call_backs.all(ours=True)
    assert [done.step for done in expected.steps] == [Step.IS_THE_CHILD]


def test_a_purpose_that_was_withdrawn_is_asked_for_no_more(town: Town) -> None:
    begin(town, purpose=99)
    town.lookups.problem = "the purpose is not on the directory's list"
    town.turn(WEEK_MS)
    assert town.watch().problem == town.lookups.problem


def test_rounds_are_the_same_whatever_was_found(town: Town) -> None:
    """No round may be there, or earlier, because something matched."""
    begin(town)
    rounds: list[list[int]] = []
    for results in ([of(2, Outcome.NOT_KNOWN)], [known(2)], []):
        town.lookups.results = results
        town.lookups.asked.clear()
        start_ms, asked_ms = town.clock.now_ms, []
        for _ in range(8):
            asked_ms += [town.clock.now_ms - start_ms for _ in town.turn(DAY_MS)]
        rounds.append(asked_ms)
        town.clock.now_ms = start_ms + 2 * WEEK_MS - DAY_MS
        town.turn(DAY_MS)
    assert rounds[0] == rounds[1] == rounds[2]


def test_where_nobody_could_be_asked_it_is_tried_again_in_an_hour(town: Town) -> None:
    begin(town)
    town.lookups.problem = "no key"
    town.turn(WEEK_MS)
    assert (town.watch().asked_ms, town.watch().problem) == (0, "no key")
    assert town.turn(AGAIN_MS - 1) == []
    town.lookups.problem = ""
    assert len(town.turn(1)) == 1
    assert (town.watch().asked_ms, town.watch().problem) == (town.clock.now_ms, "")


def test_without_a_directory_it_waits(town: Town) -> None:
    begin(town)
    town.directory = None
    with pytest.raises(DirectoryError):
        town.turn(WEEK_MS)
    town.directory = DIRECTORY
    assert len(town.turn()) == 1
    town.directory = None
    assert town.turn(DAY_MS) == []


def test_it_ends_where_nobody_says_that_it_is_still_needed(town: Town) -> None:
    begin(town)
    begun_ms = town.clock.now_ms
    while town.clock.now_ms + WEEK_MS < begun_ms + WATCHED_MS:
        assert len(town.turn(WEEK_MS)) == 1
    for _ in range(5):
        assert town.turn(WEEK_MS) == []
    assert town.watch().ending is Ending.TIME
    (found,) = town.watches.all_of("pat")
    town.watches.go_on(found.id, "sam")
    assert town.watch().ending is Ending.TIME
    town.watches.go_on(found.id, "pat")
    assert town.watch().ending is None
    assert len(town.turn(WEEK_MS)) == 1


def test_it_ends_with_the_case(town: Town) -> None:
    begin(town)
    town.hold_case("another")
    assert town.turn(WEEK_MS) == []
    for _ in range(MISSING_MS // DAY_MS):
        assert town.watch().ending is None
        assert town.turn(DAY_MS) == []
    assert town.watch().ending is Ending.NOT_HELD
    assert town.turn(WEEK_MS) == []
    assert town.store.due(NEVER_MS - 1) is None


def test_it_goes_on_where_the_case_is_loaded_again(town: Town) -> None:
    """A new key or matching version: no case is found until its file is loaded once more."""
    begin(town)
    town.hold_case("another")
    assert town.turn(WEEK_MS) == []
    assert town.turn(MISSING_MS - DAY_MS) == []
    town.hold_case("1234")
    assert len(town.turn(DAY_MS)) == 1
    assert (town.watch().ending, town.watch().missing_ms) == (None, 0)


def test_it_waits_for_who_may_not_ask_for_a_while(town: Town) -> None:
    begin(town)
    town.who = None
    assert town.turn(WEEK_MS) == []
    town.who = PAT
    assert len(town.turn(DAY_MS)) == 1


def test_it_is_gone_with_who_had_it_watched_and_a_while_after_its_end(town: Town) -> None:
    begin(town)
    begin(town, username="sam")
    town.watches.forget_old({"pat"})
    assert town.watches.all_of("sam") == []
    town.turn(WATCHED_MS)
    assert town.watch().ending is Ending.TIME
    town.clock.now_ms += ENDED_MS
    town.watches.forget_old({"pat"})
    assert town.watches.all_of("pat")
    town.clock.now_ms += 1
    town.watches.forget_old({"pat"})
    assert town.watches.all_of("pat") == []


def test_what_cannot_be_kept_is_not_asked_again_at_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: what a hit writes does not fit, and no round may tell that."""
    begin(town)
    town.lookups.results = [known(2)]

    def full(*_: object) -> None:
        raise StoreError("database or disk is full")

    monkeypatch.setattr(town.kept, "keep", full)
    with pytest.raises(StoreError):
        town.turn(WEEK_MS)
    assert [len(town.turn(AGAIN_MS)) for _ in range(24)] == [0] * 24


def test_saying_that_it_is_needed_puts_no_question_off(town: Town) -> None:
    begin(town)
    (found,) = town.watches.all_of("pat")
    asked = 0
    for _ in range(28):
        asked += len(town.turn(DAY_MS))
        town.watches.go_on(found.id, "pat")
    assert asked == 4


def test_a_watch_that_has_ended_begins_anew_if_there_is_room(town: Town) -> None:
    begin(town)
    town.turn(WATCHED_MS)
    (found,) = town.watches.all_of("pat")
    town.pace = Pace(WEEK_MS, 0)
    with pytest.raises(WatchError, match="as many cases as it can"):
        town.watches.go_on(found.id, "pat")
    town.pace = Pace(WEEK_MS, 100)
    begin(town)
    assert town.watch().ending is None
    assert len(town.watches.all_of("pat")) == 1


def test_another_child_under_the_same_reference_is_not_asked_about(town: Town) -> None:
    begin(town)
    assert len(town.turn(WEEK_MS)) == 1
    town.hold_case("1234", child(forename="John", surname="Other", nhs_number="", upn=""))
    assert town.turn(WEEK_MS) == []


UNBORN = {
    "forename": "", "surname": "", "date_of_birth": "", "postcode": "", "nhs_number": "", "upn": "",
    "due_date": "2025-08-01", "carer_forename": "Ann", "carer_surname": "Smith",
    "carer_date_of_birth": "1990-01-02",
}  # fmt: skip


@pytest.mark.parametrize("purpose", [1, SHORT_OF_HARM])
def test_an_unborn_child_is_watched_as_long_as_there_is_something_to_ask_with(
    town: Town, purpose: int
) -> None:
    """Of the mother alone a person would have to look each time; without the household nothing is
    left, and all councils would truthfully say *not known* to nothing."""
    town.hold_case("1234", child(**UNBORN))
    begin(town, purpose=purpose)
    asked = town.turn(WEEK_MS) + town.turn(WEEK_MS)
    if DIRECTORY.purposes[purpose].household:
        assert len(asked) == 2
        assert town.watch().ending is None
    else:
        assert asked == []
        assert town.watch().ending is Ending.TOO_LITTLE


def test_a_child_that_moves_is_still_the_child(town: Town) -> None:
    """Without a number, a new postcode changes all that is certain."""
    town.hold_case("1234", child(nhs_number=""))
    begin(town)
    assert len(town.turn(WEEK_MS)) == 1
    town.hold_case("1234", child(nhs_number="", postcode="EH1 1AA"))
    assert len(town.turn(WEEK_MS)) == 1


def test_the_same_child_with_another_involvement_is(town: Town) -> None:
    begin(town)
    assert len(town.turn(WEEK_MS)) == 1
    town.hold_case("1234", kind=InvolvementKind.CHILD_PROTECTION_PLAN)
    assert len(town.turn(WEEK_MS)) == 1


def test_nobody_stops_what_is_another_persons(town: Town) -> None:
    begin(town)
    (found,) = town.watches.all_of("pat")
    town.watches.stop(found.id, "sam")
    assert town.watches.all_of("pat")
    town.watches.stop(found.id, "pat")
    assert town.watches.all_of("pat") == []
    assert town.watches.news_number("pat") is None
    assert town.turn(WEEK_MS) == []


def test_what_was_stopped_while_it_was_asked_stays_stopped(town: Town) -> None:
    begin(town)
    (found,) = town.watches.all_of("pat")
    town.clock.now_ms += WEEK_MS
    town.lookups.hold()

    async def stop_meanwhile() -> None:
        turn = asyncio.create_task(town.watcher.turn())
        while not town.lookups.sent_to:  # noqa: ASYNC110
            await asyncio.sleep(0)
        town.watches.stop(found.id, "pat")
        for _ in range(3):
            town.lookups.go_on()
        await turn

    asyncio.run(stop_meanwhile())
    assert town.watches.all_of("pat") == []


def test_one_case_is_watched_once_by_one_person(town: Town) -> None:
    begin(town)
    begin(town)
    assert len(town.watches.all_of("pat")) == 1


def test_what_is_no_case_of_ours_is_not_watched(town: Town) -> None:
    with pytest.raises(WatchError, match="of your own council"):
        town.watches.begin("pat", lookup_of(town, None))


def test_no_more_are_watched_than_can_be_asked(town: Town) -> None:
    town.pace = Pace(WEEK_MS, 1)
    assert town.pace.most == 7
    for number in range(7):
        begin(town, username=f"pat{number}")
    with pytest.raises(WatchError, match="as many cases as it can"):
        begin(town)


def test_a_day_has_its_limit_after_a_long_pause_too(town: Town) -> None:
    town.who = PAT
    for _ in range(3):
        case = AskedCase(
            reference="1234",
            id=encode_base64url(town.case().id),
            purpose=1,
            protected_location=False,
        )
        watch = Watch(
            case=case, purpose="S", begun_ms=0, ends_ms=town.clock.now_ms + WATCHED_MS, told={}
        )
        town.store.add("pat", watch, town.clock.now_ms)
    town.pace = Pace(WEEK_MS, 2)
    town.clock.now_ms += DAY_MS - town.clock.now_ms % DAY_MS
    asked = [len(town.turn(AGAIN_MS)) for _ in range(23)]
    assert asked == [1, 1, *[0] * 21]
    assert len(town.turn(AGAIN_MS)) == 1


def test_people_ask_first() -> None:
    """A council's watches have a quarter of the questions that it may ask a day."""
    entry = DIRECTORY.member(council(1).id).entry
    pace = pace_of(DIRECTORY, council(1).id, WEEK_MS)
    assert pace.most_a_day == entry.questions_per_day // 4 > 0
    assert pace_of(DIRECTORY, council(99).id, WEEK_MS).most_a_day == 0


def test_disk_has_neither_the_case_nor_who_said_what(town: Town) -> None:
    begin(town)
    town.lookups.results = [known(2)]
    town.turn(WEEK_MS)
    on_disk = b"".join(path.read_bytes() for path in town.path.parent.glob("watches.db*"))
    assert b"pat" in on_disk
    for needle in (b"1234", b"Safeguarding", b"Council 2", council(2).id.encode()):
        assert needle not in on_disk
