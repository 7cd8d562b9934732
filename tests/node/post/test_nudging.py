"""When it is said by mail that something waits, and to whom: not a second time, and never of
whom."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest

from node.errors import MailError
from node.mail.nudge import Nudge, SendNudge
from node.post.callback_store import CallBackKind, CallBackStore, open_post_database
from node.post.callbacks import Asking, CallBacks, Matched
from node.post.handover import Handover, OfficeHours
from node.post.nudging import Nudging, OutOfHours
from node.post.outbox import StoredOutbox
from protocol.messages.callback import HOUR_MS, CallBackRequest, Step, Urgency
from tests.node.post.shielded import nobody_is
from tests.node.small_federation import STORE_KEY, FakeClock, council, fresh_round

INBOX = "https://node.example/inbox"
HOURS = OfficeHours(time(9), time(17))
DAY, NIGHT = "duty@council.example", "nights@council.example"


def at(hour: int, minute: int = 0, day: int = 17) -> int:
    """Return a Unix time of Tuesday 17 November 2026, or the days around, where this node is."""
    moment = datetime(2026, 11, day, hour, minute)  # noqa: DTZ001
    return round(moment.astimezone().timestamp() * 1000)


class Duty:
    """Who minds an inbox by day and at night, and what they were told."""

    def __init__(self, path: Path, has_nights: bool = True) -> None:
        self.clock = FakeClock(at(10))
        self.database = open_post_database(path)
        store = CallBackStore(self.database, STORE_KEY)
        outbox = StoredOutbox(self.database, STORE_KEY)
        self.calls = CallBacks(store, outbox, self.clock, lambda *_: Matched(()), nobody_is)
        self.sent: list[Nudge] = []
        self.told_in: list[str] = []
        self.is_reached = True
        night = OutOfHours(HOURS, self._sending(NIGHT)) if has_nights else None
        self.nudging = Nudging(self.calls, self._sending(DAY), night, INBOX, self.clock)
        self.handover = Handover(self.calls, HOURS, self.clock)

    def _sending(self, mailbox: str) -> SendNudge:
        def send(nudge: Nudge) -> None:
            if not self.is_reached:
                raise MailError("ConnectionRefusedError")
            self.sent.append(nudge)
            self.told_in.append(mailbox)

        return send

    def asked(self, urgency: Urgency = Urgency.WITHIN_AN_HOUR) -> bytes:
        id, now_ms = fresh_round(), self.clock.now_ms
        request = CallBackRequest(
            id, fresh_round(), urgency, now_ms, "Kim Planted", "1234", "T", "R", "M"
        )
        self.calls.take_request(council(2).id, request.post().content)
        return id

    def told(self) -> list[tuple[int, int]]:
        """Return what is said now: how much is open, and overdue."""
        self.sent.clear()
        self.nudging.work()
        return [(nudge.open, nudge.overdue) for nudge in self.sent]

    def told_at(self, now_ms: int) -> list[str]:
        """Return the mailboxes that are told something by a beat then."""
        self.clock.now_ms = now_ms
        self.told_in.clear()
        self.handover.work()
        self.nudging.work()
        return self.told_in


@pytest.fixture
def duty(tmp_path: Path) -> Iterator[Duty]:
    made = Duty(tmp_path / "post.db")
    with closing(made.database):
        yield made


def test_something_new_is_said_once(duty: Duty) -> None:
    assert duty.told() == []
    duty.asked()
    assert duty.told() == [(1, 0)]
    assert duty.told() == []
    duty.asked()
    assert duty.told() == [(2, 0)]
    assert duty.told() == []


def test_whoever_is_given_it_is_told_at_night_too(duty: Duty) -> None:
    duty.clock.now_ms = at(16, 50)
    id = duty.asked()
    assert duty.told_at(at(16, 51)) == [DAY]
    duty.calls.do(id, Step.SEEN, "Dana Okoro", "")
    assert duty.told_at(at(16, 59)) == []
    assert duty.told_at(at(17)) == [NIGHT]
    assert duty.told_at(at(17, 1)) == []
    assert duty.told_at(at(17, 51)) == [NIGHT], "overdue"
    assert duty.told_at(at(9, day=18)) == [DAY]
    assert duty.told_at(at(10, day=18)) == []


def test_what_came_at_night_is_said_to_each_team_once(duty: Duty) -> None:
    """Nobody hands over what is not due on that day."""
    assert duty.told_at(at(20)) == []
    duty.asked(Urgency.WITHIN_A_WEEK)
    assert duty.told_at(at(20)) == [NIGHT]
    assert duty.told_at(at(21)) == []
    assert duty.told_at(at(9, day=18)) == [DAY]
    assert duty.told_at(at(10, day=18)) == []
    assert duty.told_at(at(20, day=18)) == [], "the same night team was told the night before"


def test_what_could_not_be_said_by_day_is_said_to_who_is_on_then(duty: Duty) -> None:
    duty.asked(Urgency.WITHIN_A_WEEK)
    duty.is_reached = False
    assert duty.told_at(at(16, 59)) == []
    duty.is_reached = True
    assert duty.told_at(at(17)) == [NIGHT]
    assert duty.told_at(at(9, day=18)) == [DAY]


def test_without_mailboxes_of_its_own_the_night_is_told_in_those_of_the_day(tmp_path: Path) -> None:
    duty = Duty(tmp_path / "post.db", has_nights=False)
    with closing(duty.database):
        assert duty.told_at(at(20)) == []
        duty.asked(Urgency.WITHIN_A_WEEK)
        assert duty.told_at(at(20)) == [DAY]
        assert duty.told_at(at(9, day=18)) == []


def test_what_was_added_to_a_check_is_said_once(duty: Duty) -> None:
    id = duty.asked()
    duty.told()
    found = duty.calls.find(id, ours=False)
    assert found is not None
    CallBackStore(duty.database, STORE_KEY).keep(replace(found, added_ms=1))
    assert duty.told() == [(1, 0)]
    assert duty.told() == []


def test_what_becomes_overdue_is_said_once(duty: Duty) -> None:
    duty.asked()
    duty.told()
    duty.clock.now_ms += HOUR_MS + 1
    assert duty.told() == [(1, 1)]
    assert duty.told() == []


def _sent(duty: Duty) -> list[Nudge]:
    duty.told()
    return duty.sent


def test_that_another_council_is_overdue_is_said_once(duty: Duty) -> None:
    asking = Asking(
        "pat", "Pat Planted", "1234", "T", "R", fresh_round(), Urgency.WITHIN_AN_HOUR, "M"
    )
    duty.calls.ask(council(2).id, asking)
    duty.calls.ask(council(3).id, asking, CallBackKind.CORRECTION)
    assert duty.told() == []
    duty.clock.now_ms += HOUR_MS + 1
    assert duty.told() == [(0, 0)]
    (nudge,) = duty.sent
    assert nudge.subject == "WhoElse: overdue"
    assert nudge.text.startswith("Your council waits for others: 1 overdue. Who asked")
    assert INBOX not in nudge.text
    assert "Planted" not in nudge.text
    assert duty.told() == []
    duty.asked()
    duty.clock.now_ms += 24 * HOUR_MS
    assert [nudge.unrung for nudge in _sent(duty)] == [0]


def test_what_is_done_is_nothing_to_say(duty: Duty) -> None:
    first, _ = duty.asked(), duty.asked()
    duty.told()
    duty.calls.do(first, Step.ANSWERED, "Dana", "")
    assert duty.told() == []


def test_what_could_not_be_said_is_said_the_next_time(duty: Duty) -> None:
    duty.asked()
    duty.is_reached = False
    assert duty.told() == []
    duty.is_reached = True
    assert duty.told() == [(1, 0)]


def test_nobody_and_no_council_is_in_it(duty: Duty) -> None:
    duty.asked()
    duty.told()
    (nudge,) = duty.sent
    said = nudge.subject + nudge.text
    assert INBOX in said
    for planted in ("Kim", "1234", council(2).id, "R", "M", "Council"):
        assert planted not in said.replace("WhoElse", "")
    assert Nudge(1, 0, 0, "").text.endswith("inbox.\n")
