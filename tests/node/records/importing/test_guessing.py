import pytest

from node.records.importing.columns import COLUMNS
from node.records.importing.guessing import guess_column, guess_places


@pytest.mark.parametrize("column", COLUMNS)
def test_guesses_our_own_names(column: str) -> None:
    assert guess_column(column) == column
    assert guess_column(column.replace("_", " ").title()) == column


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("D.O.B.", "date_of_birth"),
        ("Date of Birth", "date_of_birth"),
        ("NHS No", "nhs_number"),
        ("First Name", "forename"),
        ("Given name", "forename"),
        ("Family name", "surname"),
        ("Last-Name", "surname"),
        ("CP Category", "involvement"),
        ("Allocated Worker", "worker_name"),
        ("Post Code", "postcode"),
        ("Mother's DOB", "carer_date_of_birth"),
        ("EDD", "due_date"),
        ("Case Closed Date", "closed_on"),
        ("Date Last Updated", "last_updated"),
        ("Team Phone Number", "telephone"),
        ("Postcode (current)", "postcode"),
        ("Allocated Worker Name", "worker_name"),
        ("Allocated Team Name", "team"),
        ("Child's Surname", "surname"),
        ("Child First Name", "forename"),
        ("Unique Pupil Number (UPN)", None),
        ("Ethnicity", None),
        ("", None),
    ],
)
def test_guesses_the_headings_of_exports(heading: str, column: str | None) -> None:
    assert guess_column(heading) == column


def test_of_two_headings_for_a_column_the_first_is_guessed() -> None:
    assert guess_places(["Notes", "Surname", "First name", "Last name"]) == {
        "surname": 1,
        "forename": 2,
    }
