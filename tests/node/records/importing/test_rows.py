from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.records.importing.columns import COLUMNS, LEAVABLE
from node.records.importing.places import on_line
from node.records.importing.problems import WHOLE_ROW, Done
from node.records.importing.rows import FIELD_CHARACTERS, ParsedRow, RowReading, read_row
from node.records.importing.table_row import TableRow
from protocol.matching.identity import parse_identity
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.files import ROW, TODAY

LINE = 7


def reading_of(**cells: str) -> RowReading:
    return read_row(TableRow(on_line(LINE), ROW | cells), TODAY)


def parsed(**cells: str) -> ParsedRow:
    reading = reading_of(**cells)
    assert not reading.problems
    assert reading.parsed
    return reading.parsed


def refused(**cells: str) -> list[str]:
    """Return the columns with problems; each problem names this row's line."""
    problems = reading_of(**cells).problems
    assert all(problem.line == LINE for problem in problems)
    return [problem.column for problem in problems]


def reason_for(**cells: str) -> str:
    [problem] = reading_of(**cells).problems
    return problem.reason


def test_the_required_columns_make_a_row() -> None:
    row = parsed()
    assert row.line == LINE
    assert row.case_reference == "C-1"
    assert row.identity == parse_identity(
        {"surname": "Smith", "forename": "Mary", "date_of_birth": "2015-03-04"}, TODAY
    )
    assert row.involvement == Involvement(
        kind=InvolvementKind.CHILD_IN_NEED,
        closed_on=None,
        lead_practitioner=False,
        updated_on=date(2025, 6, 1),
        covers="",
        contact=ContactDetails("", "Family Support North", "", "", "020 7946 0000", "", ""),
    )


def test_every_optional_column_arrives() -> None:
    row = parsed(
        postcode="SW1A 1AA",
        nhs_number="999 000 0018",
        upn="H801200001001",
        other_surnames="Jones; Brown",
        other_forenames="Molly",
        other_postcodes="M1 1AE",
        status="Closed",
        closed_on="01/05/2025",
        lead_practitioner="YES",
        covers="since 2015, all services",
        organisation="Example Council",
        role="Social worker",
        worker_name="Pat Example",
        out_of_hours_telephone="+44 (0)20 7946 0001",
        email="duty@example.org",
    )
    identity, involvement = row.identity, row.involvement
    assert identity.forenames == ("MARY", "MOLLY")
    assert identity.surnames == ("SMITH", "JONES", "BROWN")
    assert identity.postcodes == ("SW1A1AA", "M11AE")
    assert (identity.nhs_number, identity.upn) == ("9990000018", "H801200001001")
    assert involvement.closed_on == date(2025, 5, 1)
    assert involvement.lead_practitioner
    assert involvement.covers == "since 2015, all services"
    assert involvement.contact == ContactDetails(
        organisation="Example Council",
        team="Family Support North",
        role="Social worker",
        name="Pat Example",
        telephone="020 7946 0000",
        out_of_hours_telephone="+44 20 7946 0001",
        email="duty@example.org",
    )


@pytest.mark.parametrize("kind", InvolvementKind)
@pytest.mark.parametrize("gap", ["_", " ", "-"])
def test_reads_every_kind_of_involvement(kind: InvolvementKind, gap: str) -> None:
    typed = kind.name.replace("_", gap)
    assert parsed(involvement=typed).involvement.kind is kind
    assert parsed(involvement=typed.title()).involvement.kind is kind


@pytest.mark.parametrize("typed", ["", "CIN", "s47", "child in needs", "2"])
def test_an_unknown_involvement_is_told_the_allowed_names(typed: str) -> None:
    reason = reason_for(involvement=typed)
    assert reason.startswith("write one of: early help, child in need, section 47 enquiry, ")
    assert reason.endswith("EHC plan, contact of case".lower())


@pytest.mark.parametrize("column", ["date_of_birth", "last_updated"])
@pytest.mark.parametrize(
    "typed",
    ["2015-03-04 00:00:00", "04/03/2015 00:00", "2015-03-04T00:00:00", "2015-03-04 00:00:00.000"],
)
def test_the_midnight_that_excel_adds_is_dropped(column: str, typed: str) -> None:
    row = parsed(**{column: typed})
    day = row.identity.date_of_birth if column == "date_of_birth" else row.involvement.updated_on
    assert day == date(2015, 3, 4)


@pytest.mark.parametrize("column", ["date_of_birth", "last_updated"])
@pytest.mark.parametrize(
    "typed", ["2015-03-04 12:30:00", "31/02/2015", "03/25/2015", "4 March", "16/06/2025"]
)
def test_refuses_what_is_no_past_day(column: str, typed: str) -> None:
    assert refused(**{column: typed}) == [column]


@pytest.mark.parametrize("typed", ["", "not known", "01/01/1900", "-"])
def test_last_updated_must_be_known(typed: str) -> None:
    assert reason_for(last_updated=typed).startswith("give the day")


@pytest.mark.parametrize("typed", ["15/06/2025", "2025-06-15"])
def test_today_is_not_the_future(typed: str) -> None:
    assert parsed(last_updated=typed).involvement.updated_on == TODAY
    assert parsed(status="closed", closed_on=typed).involvement.closed_on == TODAY


def test_a_closed_case_needs_its_day() -> None:
    assert refused(status="closed") == ["closed_on"]
    assert refused(status="closed", closed_on="9999-12-31") == ["closed_on"]


@pytest.mark.parametrize("status", ["", "open", "Open"])
def test_an_open_case_has_no_closing_day(status: str) -> None:
    assert refused(status=status, closed_on="2025-01-01") == ["closed_on"]
    assert parsed(status=status, closed_on="9999-12-31").involvement.closed_on is None


@pytest.mark.parametrize(
    ("typed", "closed_on"),
    [
        ("2025-05-01", date(2025, 5, 1)),
        ("", None),
        ("not known", None),
        ("9999-12-31", None),
    ],
)
def test_without_a_status_column_the_closing_day_says_it(
    typed: str, closed_on: date | None
) -> None:
    assert parsed(closed_on=typed).involvement.closed_on == closed_on


def test_a_status_that_cannot_be_read_is_not_made_up_by_the_closing_day() -> None:
    row = TableRow(on_line(LINE), ROW | {"closed_on": "2025-05-01"}, {"status": "mend it"})
    assert [each.column for each in read_row(row, TODAY).problems] == ["status"]


def test_a_wrong_closing_day_is_one_problem() -> None:
    assert refused(status="closed", closed_on="2025-06-16") == ["closed_on"]
    assert refused(status="closed", closed_on="soon") == ["closed_on"]
    assert refused(status="paused", closed_on="2025-06-01") == ["status"]


@pytest.mark.parametrize(("typed", "leads"), [("TRUE", True), ("false", False), ("No", False)])
def test_a_spreadsheets_true_is_yes(typed: str, leads: bool) -> None:
    assert parsed(lead_practitioner=typed).involvement.lead_practitioner is leads


@pytest.mark.parametrize("typed", ["1", "y", "perhaps"])
def test_lead_practitioner_is_yes_or_no(typed: str) -> None:
    assert reason_for(lead_practitioner=typed) == "write no or yes"


@pytest.mark.parametrize("column", ["surname", "forename"])
def test_a_row_with_a_damaged_name_is_left_out_and_known(column: str) -> None:
    reading = reading_of(**{column: "Wa??sa"})
    assert reading.parsed is None
    assert [(each.column, each.done) for each in reading.problems] == [(column, Done.LEFT_OUT)]
    assert (reading.case_reference, reading.kind) == ("C-1", InvolvementKind.CHILD_IN_NEED)


@pytest.mark.parametrize("column", ["other_surnames", "other_forenames", "carer_surname"])
def test_a_damaged_name_beside_it_is_left_empty(column: str) -> None:
    reading = reading_of(**{column: "Z\ufffde"})
    assert reading.parsed
    assert [(each.column, each.done) for each in reading.problems] == [(column, Done.LEFT_EMPTY)]


def test_an_apostrophe_of_a_web_page_parts_no_names() -> None:
    row = parsed(surname="O&apos;Neil", other_surnames="D&#39;Arcy; Smith &amp; Jones")
    assert row.identity.surnames[:3] == ("ONEIL", "DARCY", "SMITHJONES")


@pytest.mark.parametrize("typed", ["04-Mar-15", "20150304", "42067", "04/03/2015 0:00"])
def test_days_are_read_as_exports_write_them(typed: str) -> None:
    row = parsed(date_of_birth=typed, last_updated="Jun 1 2025 12:00AM", closed_on="31-DEC-99")
    assert row.identity.date_of_birth == date(2015, 3, 4)
    assert (row.involvement.updated_on, row.involvement.closed_on) == (date(2025, 6, 1), None)


@pytest.mark.parametrize("column", ["case_reference", "team", "telephone"])
@pytest.mark.parametrize("typed", ["", "-", "n/a", "unknown", "tbc"])
def test_what_must_be_filled_in(column: str, typed: str) -> None:
    assert refused(**{column: typed}) == [column]


@pytest.mark.parametrize("column", ["telephone", "out_of_hours_telephone"])
@pytest.mark.parametrize(
    "typed",
    [
        "ask",
        "ext 22",
        "020 7946 0000 or 1",
        "12",
        "+()",
        "4.42071E+11",
        "٠٢٠٧",
        "1" * 25,
        "1 ext 23",
    ],
)
def test_refuses_what_is_no_telephone_number(column: str, typed: str) -> None:
    assert refused(**{column: typed}) == [column]


def test_a_filler_is_no_telephone_number() -> None:
    assert refused(telephone="000 0000 0000") == ["telephone"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("999", "999"),
        ("+44 20 7946 0000", "+44 20 7946 0000"),
        ("+44 (0)20 7946 0000", "+44 20 7946 0000"),
        ("(+44) 20 7946 0000", "+44 20 7946 0000"),
        ("0044 (0) 20 7946 0000", "0044 20 7946 0000"),
        ("020-7946-0000", "020 7946 0000"),
        ("020 7946 \u2013 0000", "020 7946 0000"),
        ("020.7946.0000", "020 7946 0000"),
        ("(020) 7946 0000", "020 7946 0000"),
        ("(0)20 7946 0000", "020 7946 0000"),
        ("01234 567890 ext 12", "01234 567890 ext 12"),
        ("01234 567890 (Ext. 12).", "01234 567890 ext 12"),
        ("01234567890x3", "01234567890 ext 3"),
        ("+44 20 7946 0000 extension 1234", "+442079460000 ext 1234"),
        ("01234 567890 / 2", "01234 567890"),
        ("01234 567890/01234 567891", "01234 567890"),
        ("01234 567890.", "01234 567890"),
        ("\u202a01234\u00a0567890\u202c", "01234 567890"),
        ("01234\n567890", "01234 567890"),
    ],
)
def test_telephone_numbers_are_kept_in_one_form(typed: str, number: str) -> None:
    assert parsed(telephone=typed).involvement.contact.telephone == number
    assert parsed(telephone=number).involvement.contact.telephone == number


@pytest.mark.parametrize("typed", ["duty", "@x", "a@", "a@b@c", "a b@c.org", "a@b.org c@d.org"])
def test_refuses_what_is_no_email_address(typed: str) -> None:
    assert refused(email=typed) == ["email"]


TEXTS = {
    "case_reference": 64,
    "team": 80,
    "covers": 80,
    "organisation": 80,
    "role": 40,
    "worker_name": 60,
}


@pytest.mark.parametrize(("column", "most"), TEXTS.items())
def test_texts_are_limited_in_bytes(column: str, most: int) -> None:
    assert not refused(**{column: "é" * (most // 2)})
    assert refused(**{column: "é" * (most // 2) + "a"}) == [column]
    assert f"keep it to {most} characters" in reason_for(**{column: "a" * (most + 1)})


@pytest.mark.parametrize("hidden", ["\n", "\t", "\u200b", "\u202e", "\x1b", "\ufeff"])
def test_refuses_a_case_reference_that_does_not_print(hidden: str) -> None:
    assert refused(case_reference=f"A{hidden}B") == ["case_reference"]


@pytest.mark.parametrize("column", TEXTS)
def test_refuses_what_does_not_print(column: str) -> None:
    assert refused(**{column: "A\x1bB"}) == [column]


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", "  ", "\u00a0", " \u200e", "\u202e \u202c"])
def test_names_of_teams_and_people_are_tidied(space: str) -> None:
    contact = parsed(team=f"North{space}East", worker_name=f"Pat{space}Example").involvement.contact
    assert (contact.team, contact.name) == ("North East", "Pat Example")


NOTHING = ("NULL", "(null)", "None", "NA", "N/A", "nan", "NaT", "<NA>", "-", "Blank", "SSD_PH")


@pytest.mark.parametrize("word", NOTHING)
def test_words_for_nothing_are_empty_cells(word: str) -> None:
    optional = [column for column in COLUMNS if column not in ROW and "name" not in column]
    reading = reading_of(**dict.fromkeys([*optional, "worker_name"], word))
    assert not reading.problems
    assert reading.parsed == parsed()
    assert set(reading.says.filled) == {*ROW}
    assert set(reading.says.placeholders) == {*optional, "worker_name"}
    assert refused(team=word) == ["team"]


@pytest.mark.parametrize("name", ["Na", "NA", "Nan", "nan", "Blank", "Nat"])
def test_a_word_for_nothing_that_is_a_name_stays_one(name: str) -> None:
    assert parsed(surname=name).identity.surnames == (name.upper(),)


@pytest.mark.parametrize("word", ["NULL", "null", "(null)", "NaN", "NaT", "<NA>", "N/A", "-"])
def test_no_name_is_nothing_in_a_column_of_names(word: str) -> None:
    assert parsed(other_surnames=word).identity == parsed().identity


def test_the_longest_texts_of_all_columns_fit_an_answer() -> None:
    full = {column: "a" * most for column, most in TEXTS.items()}
    email = "a@" + "x" * 78
    row = parsed(**full, telephone="0" + "1" * 23, out_of_hours_telephone="1" * 24, email=email)
    assert Involvement.decode(row.involvement.encode()) == row.involvement


@pytest.mark.parametrize("column", COLUMNS)
def test_no_cell_is_longer_than_the_limit(column: str) -> None:
    assert column in refused(**{column: "x;" * FIELD_CHARACTERS})


def test_reports_every_problem_of_a_row() -> None:
    wrong = {
        "case_reference": "",
        "surname": "1",
        "forename": "2",
        "date_of_birth": "31/02/2015",
        "involvement": "?",
        "last_updated": "?",
        "team": "",
        "telephone": "x",
        "postcode": "x",
        "nhs_number": "1",
        "upn": "1",
        "other_surnames": "1",
        "other_forenames": "1",
        "other_postcodes": "1",
        "house": "x" * (FIELD_CHARACTERS + 1),
        "uprn": "x",
        "due_date": "31/02/2015",
        **{column: "1" for column in COLUMNS if column.startswith("carer")},
        "status": "x",
        "closed_on": "x",
        "lead_practitioner": "x",
        "covers": "x" * 81,
        "organisation": "x" * 81,
        "role": "x" * 81,
        "worker_name": "x" * 81,
        "out_of_hours_telephone": "x",
        "email": "x",
    }
    assert sorted(refused(**wrong)) == sorted(COLUMNS)


def test_a_child_who_could_never_match_is_a_problem_of_the_row() -> None:
    assert refused(surname="unknown") == [WHOLE_ROW]


def test_a_faulty_row_still_says_which_case_it_is() -> None:
    faulty = reading_of(telephone="")
    assert (faulty.case_reference, faulty.kind) == ("C-1", InvolvementKind.CHILD_IN_NEED)
    assert reading_of(case_reference="").case_reference is None
    assert reading_of(case_reference="").kind is InvolvementKind.CHILD_IN_NEED
    assert reading_of(involvement="").case_reference == "C-1"
    assert reading_of(involvement="").kind is None


@pytest.mark.parametrize("column", LEAVABLE)
def test_a_faulty_optional_cell_is_left_empty(column: str) -> None:
    reading = reading_of(**{column: "\u200b" * 2000})
    assert reading.parsed == replace(parsed(), line=LINE)
    [problem] = reading.problems
    assert (problem.column, problem.done) == (column, Done.LEFT_EMPTY)
    assert column not in reading.says.filled


@pytest.mark.parametrize("column", sorted({*COLUMNS} - {*LEAVABLE}))
def test_a_row_with_another_faulty_cell_is_left_out(column: str) -> None:
    reading = reading_of(**{column: "\u200b" * 2000, "email": "x"})
    assert reading.parsed is None
    assert {problem.done for problem in reading.problems} == {Done.LEFT_OUT}
    assert {column, "email"} <= {problem.column for problem in reading.problems}


def test_a_row_that_says_too_little_without_what_is_left_empty_is_left_out() -> None:
    reading = reading_of(surname="", forename="", postcode="x", nhs_number="9990000019")
    assert reading.parsed is None
    assert {problem.column for problem in reading.problems} == {
        "postcode",
        "nhs_number",
        WHOLE_ROW,
    }


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_that_held_no_usable_text_is_a_problem(column: str) -> None:
    cells = {name: text for name, text in ROW.items() if name != column}
    reading = read_row(TableRow(on_line(LINE), cells, {column: "mend it"}), TODAY)
    assert [(each.column, each.reason) for each in reading.problems] == [(column, "mend it")]
    assert (reading.parsed is not None) is (column in LEAVABLE)


def test_placeholders_do_not_count_as_filled() -> None:
    filled = reading_of(
        nhs_number="0000000000", upn="UN1", postcode="ZZ99 3VZ", organisation="X"
    ).says.filled
    assert set(filled) == {*ROW, "organisation"}


@pytest.mark.parametrize(
    ("cells", "proxy_dates", "placeholders"),
    [
        ({"closed_on": "31/12/9999"}, ["closed_on"], []),
        ({"due_date": "1900-01-01 00:00:00"}, ["due_date"], []),
        ({"closed_on": "not known"}, [], ["closed_on"]),
        ({"closed_on": "2025-05-01"}, [], []),
        ({"date_of_birth": "01/01/1900", "nhs_number": "999 000 0018"}, ["date_of_birth"], []),
        ({"date_of_birth": "N/K", "nhs_number": "999 000 0018"}, [], ["date_of_birth"]),
        ({"nhs_number": "0000000000", "upn": "UN1"}, [], ["nhs_number", "upn"]),
    ],
)
def test_dates_that_stand_for_none_are_told_from_words_for_not_known(
    cells: dict[str, str], proxy_dates: list[str], placeholders: list[str]
) -> None:
    reading = reading_of(**cells)
    assert reading.parsed
    assert (reading.says.proxy_dates, reading.says.placeholders) == (
        tuple(proxy_dates),
        tuple(placeholders),
    )


def test_repr_reveals_nothing() -> None:
    assert repr(parsed()) == "ParsedRow(line 7, ...)"
    assert "Smith" not in repr(reading_of())


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=90)))
@settings(deadline=None, max_examples=300)
def test_any_cells_give_a_row_that_can_be_sent_or_problems(cells: dict[str, str]) -> None:
    reading = reading_of(**{column: text.strip() for column, text in cells.items()})
    left_out = any(problem.done is Done.LEFT_OUT for problem in reading.problems)
    assert left_out is not bool(reading.parsed)
    if reading.parsed:
        assert reading.parsed.involvement.encode()
