"""Checks: questions that possibly are about a child of ours, found by a look over the ledger."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from node.errors import CallBackError
from node.ledger.entries import AnsweredEntry, Asker, seal_entry
from node.post.callback_store import CallBack, CallBackStore, open_post_database
from node.post.callbacks import Asking, CallBacks, Matched
from node.post.checks import LATE_MS, Checks
from node.post.looking import LedgerLook
from node.post.outbox import StoredOutbox
from protocol import labels
from protocol.directory.members import Directory
from protocol.errors import DirectoryError
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId
from protocol.messages.callback import (
    HOUR_MS,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
    check_id,
)
from protocol.sealing.envelope import Header, Kind, SealedRequest
from tests.node.small_federation import DIRECTORY, STORE_KEY, FakeClock, council, new_ledger

US, NORTH = council(1).id, council(2).id
ROUND = RoundId(b"r" * ROUND_ID_BYTES)
ASKER = Asker(
    name="Kim Planted", telephone="01632 960777", team="MASH", reference="N-5",
    protected_location=False,
)  # fmt: skip
POSSIBLE = AnsweredEntry(
    outcome="being_checked", cause="none", role="practitioner", purpose=1, policy_version=1,
    clusters=0, asker=ASKER, key="B0", case_references=("OUR-9",),
)  # fmt: skip
REQUEST = CallBackRequest(
    b"q" * 16, ROUND, Urgency.WITHIN_A_DAY, 1, "Other Planted", "1234", "T", "", ""
)
MISS = POSSIBLE.model_copy(
    update={"outcome": "not_known", "asker": None, "key": "", "case_references": ()}
)
OF_THE_HOUSEHOLD = POSSIBLE.model_copy(update={"key": "H2"})
KNOWN = POSSIBLE.model_copy(update={"outcome": "known", "key": "A1"})


class Council:
    """One council's ledger, store and checks."""

    def __init__(self, folder: Path) -> None:
        self.open = ExitStack()
        self.clock = FakeClock()
        self.directory: Directory | None = DIRECTORY
        self.ledger = self.open.enter_context(closing(new_ledger(folder / "ledger.db")))
        self.database = self.open.enter_context(closing(open_post_database(folder / "post.db")))
        self.store = CallBackStore(self.database, STORE_KEY)
        self.outbox = StoredOutbox(self.database, STORE_KEY)
        self.matched: Matched | None = None
        """What a question met which somebody asks to be rung about."""
        self.shielded: set[str] = set()
        """Cases of children who are shielded now."""
        self.calls = CallBacks(
            self.store,
            self.outbox,
            self.clock,
            lambda *_: self.matched,
            lambda reference: reference in self.shielded,
        )
        self.look = self._make_look()

    def begin_anew(self, path: Path) -> None:
        """Lose the ledger."""
        self.ledger = self.open.enter_context(closing(new_ledger(path)))
        self.look = self._make_look()

    def _make_look(self) -> LedgerLook:
        is_shielded = self.shielded.__contains__
        see = Checks(US, self.store, self.clock, is_shielded).see
        return LedgerLook(self.ledger, STORE_KEY, self.database, self._directory, see)

    def _directory(self) -> Directory:
        if self.directory is None:
            raise DirectoryError("expired")
        return self.directory

    def answered(self, entry: AnsweredEntry, sender: MemberId = NORTH) -> RoundId:
        """Have a question come and be answered; return its round."""
        round_id = RoundId(os.urandom(ROUND_ID_BYTES))
        header = Header(Kind.LOOKUP, round_id, sender, US, self.clock())
        request = SealedRequest(header, b"", b"", b"", os.urandom(32))
        self.ledger.record(request, b"", seal_entry(STORE_KEY, entry, round_id), self.clock())
        return round_id

    def listed(self) -> list[CallBack]:
        return [*self.calls.all(ours=False)]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Council]:
    made = Council(tmp_path)
    with made.open:
        yield made


def test_a_possible_match_waits_for_somebody_who_looks(ours: Council) -> None:
    round_id = ours.answered(POSSIBLE)
    ours.look.look()
    (check,) = ours.listed()
    assert check.is_check
    assert check.is_open
    assert check.request.id == check_id(round_id, US)
    assert (check.member, check.case_references) == (NORTH, ("OUR-9",))
    assert (check.request.name, check.request.telephone) == ("Kim Planted", "01632 960777")
    assert check.due_ms == ours.clock.now_ms + HOUR_MS
    assert ours.calls.open_number() == 1


def test_a_child_that_was_shielded_since_it_was_asked_about_is_not_checked(ours: Council) -> None:
    ours.answered(POSSIBLE)
    ours.shielded.add("OUR-9")
    ours.look.look()
    assert ours.listed() == []


def test_of_a_child_that_was_shielded_since_nobody_is_told_that_it_is_known(ours: Council) -> None:
    ours.answered(POSSIBLE)
    ours.look.look()
    (check,) = ours.listed()
    ours.shielded.add("OUR-9")
    for step in (Step.IS_THE_CHILD, Step.FIELD_ASKED):
        with pytest.raises(CallBackError, match="a shielding officer has hidden this child"):
            ours.calls.do(check.request.id, step, "Dana Okoro", "By telephone")
    assert ours.listed() == [check]
    ours.calls.do(check.request.id, Step.IS_NOT_THE_CHILD, "Dana Okoro", "By telephone")
    assert ours.listed()[0].decision is not None


@pytest.mark.parametrize("protected", [True, False])
def test_a_check_keeps_that_the_location_is_protected(ours: Council, protected: bool) -> None:
    asker = ASKER.model_copy(update={"protected_location": protected})
    ours.answered(POSSIBLE.model_copy(update={"asker": asker}))
    ours.look.look()
    (check,) = ours.listed()
    assert check.protected_location == protected
    ours.calls.do(check.request.id, Step.SEEN, "Dana Okoro", "")
    (check,) = ours.listed()
    assert check.protected_location == protected


def test_a_check_that_was_stored_without_that_mark_is_read(ours: Council) -> None:
    ours.answered(POSSIBLE)
    ours.look.look()
    ((id, sealed),) = ours.database.rows("SELECT id, sealed FROM call_back")
    place = id + bytes([False])
    content = json.loads(STORE_KEY.open(labels.STORE_POST, sealed, place))
    del content["protected_location"]
    before = STORE_KEY.seal(labels.STORE_POST, json.dumps(content).encode(), place)
    ours.database.write("UPDATE call_back SET sealed = ?", before)
    (check,) = ours.listed()
    assert not check.protected_location


@pytest.mark.parametrize("entry", [MISS, OF_THE_HOUSEHOLD, KNOWN], ids=lambda entry: entry.outcome)
def test_nothing_else_does(ours: Council, entry: AnsweredEntry) -> None:
    ours.answered(entry)
    ours.look.look()
    assert ours.listed() == []


def test_a_look_writes_the_same_whatever_it_finds(ours: Council) -> None:
    """How far it looked is written with every question, and by nothing that an asker can time."""
    ours.look.look()
    assert ours.look.looked()[0] == 0
    for number, entry in enumerate((MISS, POSSIBLE, MISS), start=1):
        ours.answered(entry)
        assert ours.look.looked()[0] == number - 1
        ours.look.look()
        assert ours.look.looked()[0] == number


def test_each_question_is_looked_at_once(ours: Council) -> None:
    ours.answered(POSSIBLE)
    ours.look.look()
    (check,) = ours.listed()
    ours.calls.do(check.request.id, Step.SEEN, "Dana", "")
    ours.database.write("UPDATE looked SET row = 0")
    ours.look.look()
    (again,) = ours.listed()
    assert again.steps


def test_a_request_that_another_council_names_like_it_does_not_take_its_place(
    ours: Council,
) -> None:
    """Every answerer of a round can work out what the others name their checks."""
    round_id = ours.answered(POSSIBLE)
    ours.matched = Matched(("OTHER-1",))
    other = replace(REQUEST, id=check_id(round_id, US))
    ours.calls.take_request(council(3).id, other.post().content)
    ours.look.look()
    (check,) = ours.listed()
    assert (check.is_check, check.member, check.case_references) == (True, NORTH, ("OUR-9",))
    ours.calls.take_request(council(3).id, other.post().content)
    assert ours.listed() == [check]


def test_a_ledger_that_began_anew_is_looked_at_from_its_beginning(
    ours: Council, tmp_path: Path
) -> None:
    """Its rows have numbers that were looked at in the one before."""
    for _ in range(3):
        ours.answered(MISS)
    ours.look.look()
    ours.begin_anew(tmp_path / "another.db")
    for _ in range(4):
        ours.answered(POSSIBLE)
    ours.look.look()
    assert len(ours.listed()) == 4


def test_more_questions_than_are_read_at_once_are_all_looked_at(
    ours: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.post.looking.MOST_AT_ONCE", 2)
    for _ in range(5):
        ours.answered(POSSIBLE)
    ours.look.look()
    assert len(ours.listed()) == 5


def test_what_was_asked_long_ago_is_looked_at_no_more(ours: Council) -> None:
    ours.answered(POSSIBLE)
    ours.clock.now_ms += LATE_MS + 1
    ours.answered(MISS)
    ours.look.look()
    assert ours.listed() == []
    assert ours.look.looked()[0] == 2


def test_without_a_directory_it_is_looked_at_the_next_time(ours: Council) -> None:
    ours.answered(POSSIBLE)
    ours.directory = None
    with pytest.raises(DirectoryError):
        ours.look.look()
    assert ours.look.looked()[0] == 0
    ours.directory = DIRECTORY
    ours.look.look()
    assert len(ours.listed()) == 1


def test_a_row_that_does_not_open_is_passed_over(ours: Council) -> None:
    header = Header(Kind.LOOKUP, ROUND, NORTH, US, ours.clock())
    request = SealedRequest(header, b"", b"", b"", b"d" * 32)
    ours.ledger.record(request, b"", b"not sealed at all" * 8, ours.clock())
    ours.answered(POSSIBLE)
    ours.look.look()
    assert len(ours.listed()) == 1


def asking(round_id: RoundId = ROUND) -> Asking:
    return Asking("pat", "Pat", "1234", "Front door", "R-1", round_id, Urgency.WITHIN_AN_HOUR, "")


def test_the_asker_waits_for_the_same_check_and_sends_nothing(ours: Council) -> None:
    ours.calls.expect_check(NORTH, asking(), ours.clock.now_ms)
    ours.calls.expect_check(NORTH, asking(), ours.clock.now_ms)
    (check,) = ours.calls.all(ours=True)
    assert check.request.id == check_id(ROUND, NORTH)
    assert check.is_check
    assert ours.outbox.next_for(NORTH) is None


@pytest.mark.parametrize("step", [Step.SEEN, Step.IS_THE_CHILD, Step.IS_NOT_THE_CHILD])
def test_what_was_found_is_told(ours: Council, step: Step) -> None:
    ours.calls.expect_check(NORTH, asking(), ours.clock.now_ms)
    news = CallBackNews(check_id(ROUND, NORTH), step, ours.clock.now_ms + 1, "Dana", "")
    ours.calls.take_news(council(3).id, news.post().content)
    ours.calls.take_news(NORTH, news.post().content)
    (check,) = ours.calls.all(ours=True)
    assert [done.step for done in check.steps] == [step]


def test_a_no_is_one_text_whatever_its_reason(ours: Council) -> None:
    """The note stays with whoever wrote it: a shield, a mistake and a stranger read the same."""
    messages = []
    for note in ("Another child", "Hidden from everybody"):
        ours.answered(POSSIBLE)
        ours.look.look()
        (check,) = [each for each in ours.listed() if each.is_open]
        ours.calls.do(check.request.id, Step.IS_NOT_THE_CHILD, "Dana", note)
        message = ours.outbox.next_for(NORTH)
        assert message is not None
        ours.outbox.receipted(NORTH, message.message_id)
        messages.append(replace(CallBackNews.decode(message.content), id=b""))
    assert messages[0] == messages[1]
    notes = {done.note for each in ours.listed() for done in each.steps}
    assert notes == {"Another child", "Hidden from everybody"}


def test_of_a_request_nobody_says_whether_it_is_the_child(ours: Council) -> None:
    made = ours.calls.ask(NORTH, asking())
    news = CallBackNews(made.request.id, Step.IS_THE_CHILD, ours.clock.now_ms + 1, "Dana", "")
    ours.calls.take_news(NORTH, news.post().content)
    (asked,) = ours.calls.all(ours=True)
    assert asked.steps == ()
