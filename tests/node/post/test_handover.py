"""What other councils wait for is minded by day and at night."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from node.post.callback_store import (
    CallBack,
    CallBackKind,
    CallBackStore,
    DoneStep,
    open_post_database,
)
from node.post.callbacks import CallBacks, Matched
from node.post.handover import (
    DUTY_TEAM,
    LATE_MS,
    OUT_OF_HOURS_TEAM,
    Handover,
    OfficeHours,
    is_handed_over,
)
from node.post.outbox import StoredOutbox
from protocol.messages.callback import HOUR_MS, CallBackNews, CallBackRequest, Step, Urgency
from protocol.messages.post import PostType
from tests.node.post.shielded import nobody_is
from tests.node.small_federation import STORE_KEY, FakeClock, council, fresh_round

NORTH = council(2).id
HOURS = OfficeHours(time(9), time(17))


def at(day: int, hour: int, minute: int = 0) -> int:
    """Return a Unix time of a week that begins on Monday 16 November 2026, where this node is."""
    moment = datetime(2026, 11, 16) + timedelta(days=day, hours=hour, minutes=minute)  # noqa: DTZ001
    return round(moment.astimezone().timestamp() * 1000)


MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY, NEXT_MONDAY = 0, 1, 3, 4, 5, 7


@pytest.mark.parametrize(
    ("now_ms", "begins_ms", "ends_ms", "team"),
    [
        (at(MONDAY, 9), at(MONDAY, 9), at(MONDAY, 17), DUTY_TEAM),
        (at(MONDAY, 16, 59), at(MONDAY, 9), at(MONDAY, 17), DUTY_TEAM),
        (at(MONDAY, 17), at(MONDAY, 17), at(TUESDAY, 9), OUT_OF_HOURS_TEAM),
        (at(TUESDAY, 3), at(MONDAY, 17), at(TUESDAY, 9), OUT_OF_HOURS_TEAM),
        (at(FRIDAY, 17), at(FRIDAY, 17), at(NEXT_MONDAY, 9), OUT_OF_HOURS_TEAM),
        (at(SATURDAY, 12), at(FRIDAY, 17), at(NEXT_MONDAY, 9), OUT_OF_HOURS_TEAM),
        (at(NEXT_MONDAY, 8, 59), at(FRIDAY, 17), at(NEXT_MONDAY, 9), OUT_OF_HOURS_TEAM),
    ],
)
def test_a_shift_ends_where_the_next_begins(
    now_ms: int, begins_ms: int, ends_ms: int, team: str
) -> None:
    shift = HOURS.shift_at(now_ms)
    assert (shift.begins_ms, shift.ends_ms, shift.team) == (begins_ms, ends_ms, team)


class Inbox:
    """One council's inbox, and what it has told the other council."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.database = open_post_database(path)
        self.outbox = StoredOutbox(self.database, STORE_KEY)
        store = CallBackStore(self.database, STORE_KEY)
        self.calls = CallBacks(
            store, self.outbox, self.clock, lambda *_: Matched(("E-1",)), nobody_is
        )
        self.handover = Handover(self.calls, HOURS, self.clock)

    def asked(self, asked_ms: int, urgency: Urgency, take: str = "take_request") -> bytes:
        """Have the other council ask something."""
        self.clock.now_ms = asked_ms
        id = fresh_round()
        request = CallBackRequest(id, fresh_round(), urgency, asked_ms, "Kim", "1234", "T", "", "")
        kind = PostType.CORRECTION if take == "take_correction" else PostType.CALL_BACK_REQUEST
        getattr(self.calls, take)(NORTH, request.post(kind).content)
        return id

    def work(self, now_ms: int) -> list[str]:
        """Let it be this time; return to whom things were passed on then, as it is told."""
        self.clock.now_ms = now_ms
        self.handover.work()
        owners = []
        while message := self.outbox.next_for(NORTH):
            owners.append(CallBackNews.decode(message.content).owner)
            self.outbox.receipted(NORTH, message.message_id)
        return owners


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    made = Inbox(tmp_path / "post.db")
    with closing(made.database):
        yield made


def test_what_is_due_at_night_is_the_out_of_hours_teams_and_they_are_told(inbox: Inbox) -> None:
    id = inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR)
    assert inbox.work(at(MONDAY, 16, 59)) == []
    assert inbox.work(at(MONDAY, 17)) == [OUT_OF_HOURS_TEAM]
    assert inbox.work(at(MONDAY, 17, 5)) == []
    found = inbox.calls.find(id, ours=False)
    assert found is not None
    assert found.last == DoneStep(
        step=Step.PASSED_ON, at_ms=at(MONDAY, 17), owner=OUT_OF_HOURS_TEAM, note=""
    )


def test_whose_owner_has_gone_home_it_is_too(inbox: Inbox) -> None:
    id = inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR)
    inbox.calls.do(id, Step.SEEN, "Dana Okoro", "")
    assert inbox.work(at(MONDAY, 16, 40)) == ["Dana Okoro"]
    assert inbox.work(at(MONDAY, 18)) == [OUT_OF_HOURS_TEAM]
    inbox.calls.do(id, Step.SEEN, "Omar Night", "")
    assert inbox.work(at(MONDAY, 23)) == ["Omar Night"]
    assert inbox.work(at(TUESDAY, 9)) == [DUTY_TEAM]


def test_what_can_wait_until_the_office_opens_waits(inbox: Inbox) -> None:
    inbox.asked(at(MONDAY, 16), Urgency.WITHIN_A_DAY)
    inbox.asked(at(MONDAY, 16), Urgency.WITHIN_A_WEEK)
    assert inbox.work(at(MONDAY, 20)) == []
    assert inbox.work(at(TUESDAY, 9)) == [DUTY_TEAM]


def test_over_a_weekend_a_day_is_not_long_enough(inbox: Inbox) -> None:
    inbox.asked(at(FRIDAY, 16), Urgency.WITHIN_A_DAY)
    assert inbox.work(at(FRIDAY, 17)) == [OUT_OF_HOURS_TEAM]


def test_what_fell_due_early_in_a_weekend_comes_back_on_monday(inbox: Inbox) -> None:
    inbox.asked(at(FRIDAY, 16, 45), Urgency.WITHIN_AN_HOUR)
    assert inbox.work(at(FRIDAY, 17)) == [OUT_OF_HOURS_TEAM]
    inbox.asked(at(FRIDAY, 20), Urgency.WITHIN_AN_HOUR)
    assert inbox.work(at(SATURDAY, 12)) == []
    assert inbox.work(at(NEXT_MONDAY, 9)) == [DUTY_TEAM, DUTY_TEAM]
    assert inbox.work(at(NEXT_MONDAY, 17)) == []


def test_so_it_does_after_a_bank_holiday(inbox: Inbox) -> None:
    closed_days = frozenset({date(2026, 11, 20), date(2026, 11, 23)})
    inbox.handover = Handover(inbox.calls, replace(HOURS, closed_days=closed_days), inbox.clock)
    inbox.asked(at(THURSDAY, 16, 45), Urgency.WITHIN_AN_HOUR)
    assert inbox.work(at(THURSDAY, 17)) == [OUT_OF_HOURS_TEAM]
    inbox.asked(at(FRIDAY, 12), Urgency.WITHIN_AN_HOUR)
    assert inbox.work(at(NEXT_MONDAY, 12)) == []
    assert inbox.work(at(NEXT_MONDAY + 1, 9)) == [DUTY_TEAM, DUTY_TEAM]


def test_what_came_in_their_own_shift_is_theirs_already(inbox: Inbox) -> None:
    inbox.asked(at(MONDAY, 18), Urgency.WITHIN_AN_HOUR)
    assert inbox.work(at(MONDAY, 23)) == []
    assert inbox.work(at(TUESDAY, 9)) == [DUTY_TEAM]


def test_what_is_done_or_a_correction_is_handed_to_nobody(inbox: Inbox) -> None:
    id = inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR)
    inbox.calls.do(id, Step.ANSWERED, "Dana Okoro", "")
    inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR, "take_correction")
    assert inbox.work(at(MONDAY, 16, 40)) == ["Dana Okoro"]
    assert inbox.work(at(MONDAY, 17)) == []


@pytest.mark.parametrize("step", [Step.SEEN, Step.ANSWERED, Step.CLOSED])
def test_who_sees_to_it_while_it_is_handed_over_has_it(
    inbox: Inbox, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR)
    inbox.asked(at(MONDAY, 16, 40), Urgency.WITHIN_AN_HOUR)
    read = inbox.calls.open_of_others

    def read_before_somebody_does_it() -> Sequence[CallBack]:
        listed = read()
        inbox.calls.do(first, step, "Dana Okoro", "Spoken")
        return listed

    monkeypatch.setattr(inbox.calls, "open_of_others", read_before_somebody_does_it)
    assert inbox.work(at(MONDAY, 17)) == ["Dana Okoro", OUT_OF_HOURS_TEAM]
    found = inbox.calls.find(first, ours=False)
    assert found is not None
    assert [done.step for done in found.steps] == [step]


def test_what_is_overdue_for_long_goes_to_and_fro_no_more(inbox: Inbox) -> None:
    """Each handing over is a step, of which the other council keeps so many."""
    inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR)
    handed = [
        owner for hours in range(14 * 24) for owner in inbox.work(at(MONDAY, 17) + hours * HOUR_MS)
    ]
    assert handed == [OUT_OF_HOURS_TEAM, DUTY_TEAM, OUT_OF_HOURS_TEAM]


def test_a_check_is_handed_over_like_a_request(inbox: Inbox) -> None:
    id = inbox.asked(at(MONDAY, 16, 30), Urgency.WITHIN_AN_HOUR)
    found = inbox.calls.find(id, ours=False)
    assert found is not None
    shift = HOURS.shift_at(at(MONDAY, 17))
    for kind, is_handed in (
        (CallBackKind.REQUEST, True),
        (CallBackKind.CHECK, True),
        (CallBackKind.CORRECTION, False),
    ):
        assert is_handed_over(replace(found, kind=kind), shift) == is_handed
    assert LATE_MS == 24 * HOUR_MS


def test_on_a_closed_day_nobody_is_there() -> None:
    closed = replace(HOURS, closed_days=frozenset({date(2026, 11, 17), date(2026, 11, 18)}))
    shift = closed.shift_at(at(TUESDAY, 12))
    assert (shift.begins_ms, shift.ends_ms, shift.team) == (
        at(MONDAY, 17),
        at(TUESDAY + 2, 9),
        OUT_OF_HOURS_TEAM,
    )
