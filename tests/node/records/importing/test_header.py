from collections.abc import Callable

import pytest

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, OPTIONAL, REQUIRED
from node.records.importing.header import HEADER_LINES, Header, check_own_columns, find_header
from node.records.importing.places import on_line
from node.records.importing.problems import WHOLE_ROW, RowProblem
from node.records.importing.raw import RawRow

KNOWN: Callable[[str], bool] = COLUMNS.__contains__


def find(*lines: tuple[str, ...]) -> Header | None:
    return find_header([RawRow(n, cells) for n, cells in enumerate(lines, start=1)], KNOWN)


def refusal(*names: str) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        check_own_columns(names)
    return str(caught.value)


def test_every_column_is_found() -> None:
    header = find(COLUMNS)
    assert header is not None
    assert header.names == COLUMNS
    assert header.known == len(COLUMNS)


def test_titles_above_the_header_are_passed_over() -> None:
    header = find(("Children with open cases",), ("Team", "Role", "Email"), REQUIRED)
    assert header is not None
    assert (header.line, header.names) == (3, REQUIRED)


def test_the_first_of_several_headers_counts() -> None:
    header = find(REQUIRED, ("C-1",), REQUIRED)
    assert header is not None
    assert header.line == 1


def test_a_header_further_down_is_none() -> None:
    assert find(*[("title",)] * HEADER_LINES, REQUIRED) is None
    assert find(*[("title",)] * (HEADER_LINES - 1), REQUIRED) is not None


def test_a_line_that_does_not_split_is_passed_over() -> None:
    header = find_header([RowProblem(on_line(1), WHOLE_ROW, "x"), RawRow(2, REQUIRED)], KNOWN)
    assert header is not None
    assert header.line == 2


def test_names_of_cells_merged_downwards_are_taken_from_above() -> None:
    header = find(("Case reference", "The child", "", "Team"), ("", "Surname", "Forename", ""))
    assert header is not None
    assert header.names == ("case_reference", "surname", "forename", "team")


def test_names_of_three_merged_lines_are_taken_from_the_highest() -> None:
    header = find(
        ("Case reference", "The child", "", "", "Team"),
        ("", "Surname", "Forename", "Address", ""),
        ("", "", "", "Postcode", ""),
    )
    assert header is not None
    assert (header.line, header.names) == (
        3,
        ("case_reference", "surname", "forename", "postcode", "team"),
    )


def test_a_name_below_that_of_a_group_is_both_where_that_is_known() -> None:
    header = find(
        ("Case reference", "Child", "", "", "Carer", "", "", "Team"),
        ("", *["Surname", "Forename", "Date of birth"] * 2, ""),
    )
    assert header is not None
    assert header.names == (
        *("case_reference", "surname", "forename", "date_of_birth"),
        *("carer_surname", "carer_forename", "carer_date_of_birth", "team"),
    )
    assert header.headings[4] == "Carer Surname"


def test_a_map_may_name_headings_of_groups() -> None:
    named = {"child_surname", "child_dob", "parent_1_surname", "ref"}
    lines = (("", "Child", "", "Parent 1", ""), ("Ref", "Surname", "DOB", "Surname", "DOB"))
    header = find_header(
        [RawRow(number, cells) for number, cells in enumerate(lines, 1)], named.__contains__
    )
    assert header is not None
    assert header.names == ("ref", "child_surname", "child_dob", "parent_1_surname", "dob")


def test_a_title_above_an_empty_name_is_not_taken() -> None:
    header = find(("Children", "", ""), ("", "Surname", "Forename", "Team"))
    assert header is not None
    assert header.names == ("", "surname", "forename", "team")


def test_repr_of_a_header_has_no_name() -> None:
    said = repr(find(("Case Reference", "SURNAME", "Forename", "Quux"))).lower()
    assert not any(name in said for name in ("case", "surname", "forename", "quux"))


def test_names_all_missing_unknown_and_duplicate_columns_at_once() -> None:
    names = [{"team": "shoe_size", "telephone": "surname"}.get(name, name) for name in REQUIRED]
    reason = refusal(*names)
    assert "remove or rename these columns: shoe_size" in reason
    assert "add these columns: team, telephone, or give a contact directory as --contacts" in reason
    assert "keep only one of each of these columns: surname" in reason


@pytest.mark.parametrize(
    "name",
    ["wilhelmina's", "9990000018", "04/03/2015", "ünal", "a" * 41, "jo,_jo", "x.y", "020_7946"],
)
def test_what_does_not_look_like_a_column_name_is_not_repeated(name: str) -> None:
    reason = refusal(*REQUIRED, name)
    assert "remove or rename these columns: number 9 from the left. " in reason


def test_a_row_joined_to_the_header_is_not_repeated() -> None:
    reason = refusal(*REQUIRED, "wilhelmina", "9990000018")
    assert "columns: number 9 from the left, number 10 from the left. " in reason


def test_an_empty_name_between_others_is_unknown() -> None:
    assert "number 9 from the left" in refusal(*REQUIRED, "", "postcode")


def test_shows_the_first_unknown_names_only() -> None:
    reason = refusal(*REQUIRED, *(f"x{number}" for number in range(30)))
    assert "x8, x9 and 20 more. " in reason


def test_own_columns_in_order_are_accepted() -> None:
    check_own_columns(REQUIRED + OPTIONAL)
