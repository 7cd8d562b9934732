import pytest

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, OPTIONAL, REQUIRED
from node.records.importing.header import read_header

HEADER = ",".join(REQUIRED)


def refusal(line: str) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        read_header(line)
    return str(caught.value)


def test_every_column_is_read() -> None:
    assert read_header(";".join(COLUMNS)).columns == COLUMNS
    assert read_header(HEADER + "\r\n").columns == REQUIRED


def test_names_all_missing_unknown_and_duplicate_columns_at_once() -> None:
    reason = refusal(HEADER.replace("team", "Shoe-Size").replace("telephone", "surname"))
    assert "remove or rename these columns: shoe_size" in reason
    assert "add these columns: team, telephone" in reason
    assert "keep only one of each of these columns: surname" in reason


def test_two_spellings_of_one_column_are_duplicates() -> None:
    assert "only one of each of these columns: postcode" in refusal(
        HEADER + ",postcode,Post_Code,POSTCODE"
    )


@pytest.mark.parametrize(
    "name",
    ["Wilhelmina's", "9990000018", "04/03/2015", "Ünal", "a" * 41, '"Jo, Jo"', "x.y", "020 7946"],
)
def test_what_does_not_look_like_a_column_name_is_not_repeated(name: str) -> None:
    reason = refusal(f"{HEADER},{name}")
    assert reason.endswith("remove or rename these columns: number 9 from the left")


def test_a_row_joined_to_the_header_is_not_repeated() -> None:
    reason = refusal(f"{HEADER},Wilhelmina,9990000018")
    assert reason.endswith("columns: number 9 from the left, number 10 from the left")


def test_an_empty_name_between_others_is_unknown() -> None:
    assert "number 9 from the left" in refusal(f"{HEADER},,postcode")


def test_shows_the_first_unknown_names_only() -> None:
    reason = refusal(",".join([HEADER, *(f"x{number}" for number in range(30))]))
    assert reason.endswith("x8, x9 and 20 more")


@pytest.mark.parametrize(
    "line",
    [
        "Wilhelmina,Quux,04/03/2015,Homefield,9990000018",
        "C1;Wilhelmina;Quux",
        "Wilhelmina",
        '"Wilhelmina,Quux',
        "case_reference|surname|forename|Wilhelmina|Quux",
        "team,Wilhelmina,role",
    ],
)
def test_a_file_without_a_header_line_is_told_so_and_nothing_of_it_repeated(line: str) -> None:
    reason = refusal(line)
    assert "the first line holds no column names" in reason
    assert all(name in reason for name in (*REQUIRED, *OPTIONAL))
    for planted in ("Wilhelmina", "Quux", "Homefield", "9990000018"):
        assert planted.lower() not in reason.lower()
