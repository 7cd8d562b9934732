from collections.abc import Mapping

import pytest

from protocol import limits
from protocol.allowance import BEATS_PER_DAY, import_allowance, import_shares, lookup_allowance

TODAY = 20_000
RECORDS = 4000
BASE = 120_000
DAILY = 2_400
CAP = 24_000


@pytest.mark.parametrize(
    ("used_by_day", "left"),
    [
        pytest.param({}, BASE, id="nothing used: the base"),
        pytest.param({TODAY: 0}, BASE, id="nothing used today"),
        pytest.param({TODAY: 1024}, BASE - 1024, id="used today"),
        pytest.param({TODAY: BASE}, 0, id="the base is used"),
        pytest.param({TODAY - 1: BASE}, DAILY, id="a day later: 2 %"),
        pytest.param(
            {TODAY - 1: 1024}, BASE - 1024 + DAILY, id="2 % is of the base, not of the rest"
        ),
        pytest.param({TODAY - 2: BASE}, 2 * DAILY, id="two days: not compounding"),
        pytest.param({TODAY - 9: BASE}, 9 * DAILY, id="nine days"),
        pytest.param({TODAY - 10: BASE}, CAP, id="ten days: the cap of 20 %"),
        pytest.param({TODAY - 365: BASE}, CAP, id="a year: the cap still"),
        pytest.param({TODAY - 365: 0}, BASE + CAP, id="base and cap"),
        pytest.param(
            {TODAY - 11: BASE, TODAY - 1: CAP}, DAILY, id="what gathered is used and gathers again"
        ),
        pytest.param(
            {TODAY - 20: BASE, TODAY - 1: 5000},
            CAP - 5000 + DAILY,
            id="the cap fills up again day by day",
        ),
        pytest.param(
            {TODAY - 2: 20_000, TODAY - 1: 100_000},
            2 * DAILY,
            id="the base is used before the rest",
        ),
        pytest.param(
            {TODAY - 2: 20_000, TODAY - 1: 100_300}, 2 * DAILY - 300, id="some of the rest too"
        ),
        pytest.param({TODAY - 1: BASE, TODAY: DAILY}, 0, id="a day's share is used"),
    ],
)
def test_import_allowance(used_by_day: Mapping[int, int], left: int) -> None:
    assert import_allowance(RECORDS, used_by_day, TODAY) == left


def test_more_than_allowed_leaves_nothing_and_never_a_debt_below_zero() -> None:
    """The declaration was lowered after the use."""
    assert import_allowance(10, {TODAY: BASE}, TODAY) == 0


def test_member_without_records_imports_nothing() -> None:
    assert import_allowance(0, {}, TODAY) == 0


def test_member_with_few_records_can_import_them() -> None:
    """Its 30 strings a record are less than a batch, and a batch is what is counted. The second is
    for the same file mended."""
    least = 2 * limits.IMPORT_BATCH
    assert import_shares(1) == (least, least)
    assert import_allowance(1, {}, TODAY) == least
    assert import_allowance(1, {TODAY: least}, TODAY) == 0
    assert import_allowance(1, {TODAY: least}, TODAY + 1) == least


def test_a_year_of_daily_use_gets_no_more_than_the_base_and_two_percent_a_day() -> None:
    used: dict[int, int] = {}
    for day in range(TODAY, TODAY + 365):
        used[day] = import_allowance(RECORDS, used, day)
    assert sum(used.values()) == BASE + 364 * DAILY


def test_used_and_left_add_up_within_a_day() -> None:
    """The ledger is told the day's limit as what is used and what is left."""
    used = {TODAY - 3: BASE - 1_000}
    sums = {
        spent + import_allowance(RECORDS, {**used, TODAY: spent}, TODAY)
        for spent in range(0, 8_200, 100)
    }
    assert sums == {1_000 + 3 * DAILY}


def test_lookups_are_allowed_by_the_day_padding_included() -> None:
    assert lookup_allowance(100) == (100 + BEATS_PER_DAY) * limits.LOOKUP_BATCH


def test_whoever_may_ask_nothing_has_nothing_evaluated() -> None:
    assert lookup_allowance(0) == 0


def test_a_beat_is_allowed_for_every_quarter_of_an_hour() -> None:
    assert BEATS_PER_DAY == 24 * 4
