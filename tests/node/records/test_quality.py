from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from node.records.importing.content import FileContent
from node.records.importing.report import ReportBuilder
from node.records.importing.rows import ParsedRow
from node.records.quality import NAMED_FROM, STALE_AFTER, Quality, measure
from node.records.quality_table import format_quality
from tests.node.small_federation import TODAY, child, involvement


def row(
    case_reference: str = "CASE-1",
    updated_on: date = TODAY,
    closed_on: date | None = None,
    telephone: str = "020 7946 0999",
    **entries: str,
) -> ParsedRow:
    involved = involvement(updated_on=updated_on, closed_on=closed_on, telephone=telephone)
    return ParsedRow(2, child(**entries), case_reference, involved)


def of(*rows: ParsedRow, placeholders: Mapping[str, int] | None = None) -> Quality:
    report = replace(ReportBuilder().build(), placeholders=placeholders or {})
    return measure(FileContent(rows, report), TODAY)


def test_counts_the_rows_that_hold_each_identifier() -> None:
    held = of(row(), row(nhs_number="", postcode=""), row(other_postcodes="LS1 4AP")).held
    assert held["NHS number"] == 2
    assert held["UPN"] == 0
    assert held["surname"] == 3
    assert held["postcode"] == 2
    assert held["an earlier postcode"] == 1


def test_counts_the_rows_with_a_key_of_each_tier() -> None:
    """Without number and postcode a name and a date are all there is."""
    found = of(row(), row(nhs_number="", postcode="")).found
    assert found == {"certain": 1, "strong": 1, "probable": 2, "possible": 2, "household": 1}


@pytest.mark.parametrize(
    ("references", "entries", "repeated"),
    [
        pytest.param(("CASE-1", "CASE-1"), {}, 0, id="two involvements of one case"),
        pytest.param(("CASE-1", "CASE-2"), {}, 1, id="two cases"),
        pytest.param(("CASE-1", "CASE-2", "CASE-3"), {}, 2, id="three cases"),
        pytest.param(("CASE-1", "CASE-2"), {"surname": "Jones"}, 1, id="the number is the same"),
        pytest.param(
            ("CASE-1", "CASE-2"),
            {"surname": "Jones", "nhs_number": ""},
            0,
            id="another child at the address",
        ),
    ],
)
def test_counts_a_child_with_several_case_references(
    references: tuple[str, ...], entries: dict[str, str], repeated: int
) -> None:
    first, *others = references
    rows = [
        row(case_reference=first),
        *(ParsedRow(3, child(**entries), n, involvement()) for n in others),
    ]
    assert of(*rows).repeated == repeated


@pytest.mark.parametrize(
    ("age", "is_closed", "stale"),
    [
        pytest.param(STALE_AFTER, False, 0, id="just within"),
        pytest.param(STALE_AFTER + timedelta(days=1), False, 1, id="longer ago"),
        pytest.param(STALE_AFTER + timedelta(days=1), True, 0, id="closed"),
    ],
)
def test_counts_what_nobody_has_updated(age: timedelta, is_closed: bool, stale: int) -> None:
    closed_on = TODAY if is_closed else None
    assert of(row(updated_on=TODAY - age, closed_on=closed_on)).stale_contacts == stale


def test_counts_teams_once_and_those_without_a_number_at_night() -> None:
    quality = of(row(), row(case_reference="CASE-2"))
    assert (quality.teams, quality.teams_without_out_of_hours_line) == (1, 1)


@pytest.mark.parametrize(
    ("telephones", "named"),
    [
        pytest.param(["0113 496 0001"], [], id="one of its own"),
        pytest.param(["0113 496 0000"], ["Family Support North"], id="the council's"),
        pytest.param(
            ["+44 113 4960000"], ["Family Support North"], id="the council's, written otherwise"
        ),
        pytest.param(["0113 496 0000 ext 12"], [], id="an extension of its own"),
        pytest.param(
            ["0113 496 0009"], ["Family Support North"], id="the directory's line for every team"
        ),
        pytest.param(["0113 496 0000", "0113 496 0001"], [], id="in one row one of its own"),
    ],
)
def test_names_the_teams_without_a_duty_line_of_their_own(
    telephones: list[str], named: list[str]
) -> None:
    rows = [
        row(case_reference=f"CASE-{number}", telephone=each)
        for each in telephones
        for number in range(NAMED_FROM)
    ]
    content = FileContent(rows, ReportBuilder().build(), general_line="0113 496 0009")
    quality = measure(content, TODAY, ("0113 496 0000",))
    assert (quality.teams, list(quality.teams_without_duty_line)) == (1, named)
    assert all(f"      {team}\n" in format_quality(quality, None) for team in named)


@pytest.mark.parametrize(
    "references",
    [
        pytest.param(["CASE-1"], id="one child"),
        pytest.param(["CASE-1", "CASE-2"], id="two children"),
        pytest.param(["CASE-1"] * NAMED_FROM, id="one child of several involvements"),
    ],
)
def test_a_team_of_few_children_is_counted_and_not_named(references: list[str]) -> None:
    """A column map may have a child's surname for the team."""
    content = FileContent([row(each) for each in references], ReportBuilder().build())
    quality = measure(content, TODAY, ("020 7946 0999",))
    assert (quality.teams_without_duty_line, quality.count_without_duty_line) == ((), 1)
    table = format_quality(quality, None)
    assert "      1 team of fewer than 3 children, which are not named\n" in table
    assert "Family Support North" not in table + quality.model_dump_json()


def test_empty_file_is_measured() -> None:
    assert of().rows == 0
    assert "0" in format_quality(of(), None)


def test_data_say_nothing_of_a_row() -> None:
    text = of(row()).model_dump_json()
    assert Quality.model_validate_json(text) == of(row())
    for planted in ("Mary", "MARY", "Smith", "CASE-1", "943", "2015", "SW1A", "Family Support"):
        assert planted not in text


def test_table_shows_counts_shares_and_what_changed() -> None:
    before = of(row(), placeholders={"surname": 3})
    now = of(row(), row(nhs_number="", case_reference="CASE-2"), placeholders={"surname": 1})
    lines = [line.split() for line in format_quality(now, before).splitlines()]
    assert ["that", "can", "be", "loaded", "2", "100%", "+1"] in lines
    assert ["NHS", "number", "1", "50%"] in lines
    assert ["surname", "1", "50%", "-2"] in lines
    assert ["contact", "not", "updated", "for", "365", "days", "0", "0%"] in lines


def test_first_table_has_no_changes_and_fits_a_terminal() -> None:
    table = format_quality(of(row(), placeholders={"out_of_hours_telephone": 12_345_678}), None)
    assert "+" not in table
    assert max(map(len, table.splitlines())) <= 80
