from pathlib import Path

import pytest

from node.records.importing.content import FileContent
from node.records.importing.load import read_file
from tests.node.records.importing.files import ROW, TODAY, write

HEADER = ",".join([*ROW, "postcode", "covers", "status", "closed_on"])


def line(number: int, *more: str) -> str:
    return ",".join([f"C-{number}", *list(ROW.values())[1:], *more])


def read(folder: Path, *lines: str, end: str = "\n") -> FileContent:
    return read_file(write(folder, "\n".join([HEADER, *lines]) + end), TODAY)


def taken(content: FileContent) -> list[str]:
    return [row.case_reference for row in content.rows]


WHOLE = line(1, "SW1A 1AA", "", "open", "")


@pytest.mark.parametrize(
    "lines",
    [
        (WHOLE, line(2)),
        (line(2), WHOLE),
        (line(2), line(3), line(4)),
        (line(2, "SW1A 1AA"), line(3, "", "all")),
        (line(2, "SW1A 1AA", "", "open"), "", WHOLE),
        (line(2), "(7 rows affected)"),
    ],
)
def test_empty_cells_that_lack_their_separators_are_filled_in(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    content = read(tmp_path, *lines)
    assert content.report.problem_count == 0
    assert len(content.rows) == sum(text.startswith("C-") for text in lines)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(
            (line(2, "SW1A 1AA", "since"), "2015,closed,01/05/2025"), id="an optional cell"
        ),
        pytest.param((line(2, "SW1A 1AA", "since"), "", "2015,closed,01/05/2025"), id="two breaks"),
        pytest.param((line(2).replace(" North", "\nNorth"),), id="a required cell"),
        pytest.param((line(2, "SW1A 1AA", "since"), '"20"15,closed,01/05/2025'), id="quotation"),
    ],
)
def test_a_row_that_a_line_break_made_two_of_stays_a_problem(
    tmp_path: Path, parts: tuple[str, ...]
) -> None:
    """Taken with what stands before the break, a closed case would be open."""
    content = read(tmp_path, WHOLE, *parts, line(3, "", "", "", ""))
    assert taken(content) == ["C-1", "C-3"]
    assert (content.report.rows_left_out, content.left_out.unknown) == (2, 2)


def test_two_halves_that_both_look_whole_stay_a_problem(tmp_path: Path) -> None:
    """Together they have the cells of one row, and the one that is broken."""
    header = f"{HEADER},role,email,organisation,house,uprn"
    assert len(header.split(",")) + 1 == 2 * (len(ROW) + 1)
    text = "\n".join([header, line(1, "since"), line(2, "x"), line(3, *[""] * 9), ""])
    content = read_file(write(tmp_path, text), TODAY)
    assert taken(content) == ["C-3"]


@pytest.mark.parametrize("cut", [line(2)[:-3], line(2, "SW1A 1AA", "", "clo")])
def test_a_file_that_is_cut_off_within_a_row_has_a_problem_there(tmp_path: Path, cut: str) -> None:
    content = read(tmp_path, WHOLE, cut, end="")
    assert taken(content) == ["C-1"]
    assert content.left_out.unknown == 1


def test_a_short_row_without_what_a_row_needs_stays_a_problem(tmp_path: Path) -> None:
    content = read(tmp_path, line(2).replace("Family Support North", ""), WHOLE)
    assert taken(content) == ["C-1"]
    assert "fewer cells" in content.report.problems[0].reason


def test_more_cells_are_no_problem_where_they_are_empty(tmp_path: Path) -> None:
    content = read(tmp_path, f"{WHOLE},,,", f"{line(2, '', '', '', '')},more")
    assert taken(content) == ["C-1"]
    assert "more cells" in content.report.problems[0].reason
