import traceback
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import IdentityProblems
from protocol.matching.identity import FIELDS, Carer, Identity, parse_identity
from protocol.matching.keys import question_keys
from tests.protocol.matching.children import MARY, TODAY, child, typed_fields

UNBORN = {
    "forename": "Unborn",
    "due_date": "2025-08-01",
    "carer_forename": "Ann",
    "carer_surname": "Smith",
    "carer_date_of_birth": "02/01/1990",
}


def problems_of(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(IdentityProblems) as caught:
        parse_identity(fields, TODAY)
    return [(problem.field, problem.reason) for problem in caught.value.problems]


def refused_fields(**fields: str) -> list[str]:
    return [field for field, _ in problems_of(MARY | fields)]


def test_four_fields_make_an_identity() -> None:
    identity = child()
    assert identity.forenames == ("MARY",)
    assert identity.surnames == ("SMITH",)
    assert identity.date_of_birth == date(2015, 3, 4)
    assert identity.postcodes == ("SW1A1AA",)
    assert identity.nhs_number is None
    assert identity.upn is None


def test_an_alias_goes_before_a_middle_name() -> None:
    identity = child(forename="Mary Jane", other_forenames="Molly; Maria Ann")
    assert identity.forenames == ("MARY", "MOLLY", "MARIA", "MARYJANE", "JANE", "MARIAANN")


def test_a_former_surname_goes_before_the_parts_of_the_current_one() -> None:
    identity = child(surname="Smith-Jones", other_surnames="O'Neil;;  ")
    assert identity.surnames == ("SMITHJONES", "ONEIL", "SMITH", "JONES")


def test_keeps_the_first_names_and_postcodes_up_to_the_limit() -> None:
    many = ";".join("ABCDEFGH"[place] * 3 for place in range(8))
    assert len(child(other_surnames=many).surnames) == limits.IDENTITY_NAMES
    places = "M1 1AE; M2 1AE; sw1a1aa; M3 1AE; M4 1AE; M5 1AE"
    assert child(other_postcodes=places).postcodes == (
        *("SW1A1AA", "M11AE", "M21AE", "M31AE", "M41AE"),
    )


@pytest.mark.parametrize(
    "typed",
    ["2015-03-04", "2015-3-4", "04/03/2015", "4/3/2015", "04-03-2015", "04.03.2015", " 4/3/2015 "],
)
def test_reads_iso_dates_and_british_ones_day_first(typed: str) -> None:
    assert child(date_of_birth=typed).date_of_birth == date(2015, 3, 4)


@pytest.mark.parametrize(
    "typed",
    [
        *("31/02/2015", "13/13/2015", "2015-02-29", "0000-01-01"),
        *("4/3/15", "4 March 2015", "2015", "04/03-2015", "2015-03-04T00:00"),
        *("16/06/2025", "14/06/1999"),
    ],
)
def test_refuses_dates_that_are_none_or_not_a_childs(typed: str) -> None:
    assert refused_fields(date_of_birth=typed) == ["date_of_birth"]


@pytest.mark.parametrize("typed", ["15/06/2025", "15/06/1999", "29/02/2000"])
def test_accepts_dates_from_today_to_26_years_ago(typed: str) -> None:
    assert child(date_of_birth=typed).date_of_birth is not None


def test_the_age_limit_holds_on_29_february() -> None:
    assert parse_identity(MARY | {"date_of_birth": "01/03/1998"}, date(2024, 2, 29)).date_of_birth
    with pytest.raises(IdentityProblems):
        parse_identity(MARY | {"date_of_birth": "28/02/1998"}, date(2024, 2, 29))


@pytest.mark.parametrize("typed", ["01/01/1900", "1900-01-01", "00/00/0000", "unknown", "n/k", "-"])
def test_a_proxy_date_is_missing(typed: str) -> None:
    assert child(date_of_birth=typed).date_of_birth is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sw1a1aa", "SW1A1AA"),
        (" m1  1ae ", "M11AE"),
        ("gir 0aa", "GIR0AA"),
        ("BF1 3AA", "BF13AA"),
        ("JE2 3XP", "JE23XP"),
        ("EC1A 1BB", "EC1A1BB"),
    ],
)
def test_reads_postcodes(typed: str, expected: str) -> None:
    assert child(postcode=typed).postcodes == (expected,)


@pytest.mark.parametrize("typed", ["SW1A", "SW1A 1A", "SW1A 1CA", "1AA SW1A", "SW1AA 1AA", "12345"])
def test_refuses_what_is_no_full_postcode(typed: str) -> None:
    assert refused_fields(postcode=typed) == ["postcode"]


@pytest.mark.parametrize("typed", ["ZZ99 3VZ", "zz993wz", "BFPO 801", "BFPO", "NFA", "unknown"])
def test_no_fixed_abode_is_no_place(typed: str) -> None:
    assert child(postcode=typed).postcodes == ()


@pytest.mark.parametrize("typed", ["9990000018", "999 000 0018", "999-000-0018", "99 90 00 00 18"])
def test_reads_nhs_numbers(typed: str) -> None:
    assert child(nhs_number=typed).nhs_number == "9990000018"


@pytest.mark.parametrize("typed", ["9990000019", "999000001", "99900000181", "999000001X", "0"])
def test_refuses_wrong_nhs_numbers(typed: str) -> None:
    assert refused_fields(nhs_number=typed) == ["nhs_number"]


@pytest.mark.parametrize("typed", ["0000000000", "999 999 9999", "1111111111", "n/a"])
def test_placeholder_nhs_numbers_are_missing(typed: str) -> None:
    assert child(nhs_number=typed).nhs_number is None


def test_reads_upns() -> None:
    assert child(upn="h801 2000 01001").upn == "H801200001001"
    assert child(upn="X00180001701A").upn == "X00180001701A"


@pytest.mark.parametrize(
    "typed", ["A801200001001", "H8012000010", "H80120000100O", "O------------1"]
)
def test_refuses_wrong_upns(typed: str) -> None:
    assert refused_fields(upn=typed) == ["upn"]


@pytest.mark.parametrize("typed", ["UN1", "un5", "A000000000000", "not known"])
def test_codes_for_no_upn_are_missing(typed: str) -> None:
    assert child(upn=typed).upn is None


def test_placeholder_names_are_missing() -> None:
    fields = {"nhs_number": "9990000018", "forename": "Baby", "surname": "unknown"}
    identity = child(**fields, other_forenames="twin 1; Mo Baby; tbc")
    assert identity.forenames == ("MO", "MOBABY")
    assert identity.surnames == ()


def test_a_name_without_letters_is_refused() -> None:
    assert refused_fields(forename="123", other_surnames="Jones; 4") == [
        "forename",
        "other_surnames",
    ]


def test_reports_every_problem_at_once() -> None:
    fields = {
        "forename": "1",
        "surname": "2",
        "date_of_birth": "31/02/2015",
        "postcode": "SW1A",
        "nhs_number": "999",
        "upn": "A1",
        "other_forenames": "3",
        "other_surnames": "4",
        "other_postcodes": "M1; M1 1AE; M2",
        "uprn": "12a",
        "due_date": "2027-01-01",
        "carer_forename": "1",
        "carer_surname": "2",
        "carer_date_of_birth": "2020-01-01",
        "colour": "blue",
    }
    found = [field for field, _ in problems_of(fields)]
    others = {"house", *(field for field in FIELDS if "carer_" in field and field[6].isdigit())}
    assert set(found) == {"identity", *FIELDS} - others
    assert found.count("other_postcodes") == 2


def test_says_which_entry_of_a_list_is_wrong() -> None:
    [(field, reason)] = problems_of(MARY | {"other_postcodes": "M1 1AE; M2"})
    assert field == "other_postcodes"
    assert reason.startswith("entry 2: ")


@pytest.mark.parametrize("field", FIELDS)
def test_refuses_what_is_too_long(field: str) -> None:
    listed = field.startswith("other_")
    most = limits.IDENTITY_LIST_CHARACTERS if listed else limits.IDENTITY_FIELD_CHARACTERS
    assert refused_fields(**{field: "A" * (most + 1)}) == [field]


def test_a_list_entry_may_be_as_long_as_the_whole_list() -> None:
    assert child(other_surnames="A" * limits.IDENTITY_LIST_CHARACTERS).surnames[1:]


ENOUGH = (
    "give an NHS number or UPN, or three of forename, surname, date of birth and postcode, "
    "or for an unborn child its mother (as carer) and the due date"
)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"forename": "Mary", "surname": "Smith"},
        {"forename": "Mary", "date_of_birth": "04/03/2015"},
        {"nhs_number": "0000000000", "date_of_birth": "04/03/2015"},
        {"forename": "Baby", "surname": "Smith", "date_of_birth": "04/03/2015"},
        {"postcode": "SW1A 1AA", "date_of_birth": "04/03/2015"},
        {"due_date": "2025-08-01", "carer_forename": "Ann", "carer_surname": "Smith"},
        {
            "due_date": "2025-08-01",
            "carer_surname": "Smith",
            "carer_2_forename": "John",
            "carer_2_surname": "Smith",
            "carer_2_date_of_birth": "1990-01-02",
        },
        {
            "carer_forename": "Ann",
            "carer_surname": "Smith",
            "carer_date_of_birth": "1990-01-02",
        },
    ],
)
def test_refuses_what_gives_no_match_key(fields: dict[str, str]) -> None:
    assert problems_of(fields) == [("identity", ENOUGH)]


def test_a_mistake_that_put_right_would_be_enough_is_one_problem() -> None:
    assert refused_fields(date_of_birth="31/02/2015") == ["date_of_birth"]


def test_a_mistake_that_put_right_would_not_be_enough_is_two_problems() -> None:
    found = problems_of({"date_of_birth": "31/02/2015", "forename": "Mary"})
    assert [field for field, _ in found] == ["date_of_birth", "identity"]


def test_an_unknown_entry_is_refused_without_repeating_its_name() -> None:
    [(field, reason)] = problems_of(MARY | {"Wilhelmina": "x"})
    assert field == "identity"
    assert "Wilhelmina" not in reason


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "planted", ["Wilhelmina", "77/88/1999", "ZQ77 ZQ7", "1 2 3 4 5 6 7", "٧٧٧"]
)
def test_no_typed_value_is_in_any_error(field: str, planted: str) -> None:
    fields = {"upn": "wrong"} | {field: planted}
    with pytest.raises(IdentityProblems) as caught:
        parse_identity(fields, TODAY)
    errors = [caught.value, *caught.value.problems]
    said = "".join("".join(traceback.format_exception(error)) + repr(error) for error in errors)
    assert planted not in said


@pytest.mark.parametrize(
    "fields",
    [
        {"nhs_number": "9990000018"},
        {"upn": "H801200001001"},
        {"forename": "Mary", "surname": "Smith", "postcode": "SW1A 1AA"},
        {"forename": "Mary", "date_of_birth": "04/03/2015", "postcode": "SW1A 1AA"},
        {"surname": "Smith", "date_of_birth": "04/03/2015", "postcode": "SW1A 1AA"},
    ],
)
def test_a_number_or_three_facts_are_enough(fields: dict[str, str]) -> None:
    assert question_keys(parse_identity(fields, TODAY), household=False)


def test_an_unborn_child_is_its_mother_and_the_due_date() -> None:
    identity = parse_identity(UNBORN, TODAY)
    assert identity.due_date == date(2025, 8, 1)
    assert not identity.forenames
    assert identity.carers == (Carer("ANN", "SMITH", date(1990, 1, 2)),)


def test_a_child_in_its_first_year_is_found_through_its_mother_too() -> None:
    assert child(date_of_birth="2024-06-15").due_date == date(2024, 6, 15)
    assert child(date_of_birth="2024-06-13").due_date is None
    assert child(due_date="2024-06-13").due_date is None
    assert refused_fields(due_date="2026-05-01") == ["due_date"]


def test_carers_of_whom_nothing_is_known_are_none() -> None:
    identity = child(carer_2_surname="O'Neil", carer_4_date_of_birth="01/02/1980")
    assert identity.carers == (Carer("", "ONEIL", None), Carer("", "", date(1980, 2, 1)))
    assert child(carer_forename="unknown", carer_date_of_birth="01/01/1900").carers == ()


@pytest.mark.parametrize("typed", ["01/02/2020", "01/02/1914", "31/02/1980", "1980"])
def test_refuses_dates_that_are_no_carers(typed: str) -> None:
    assert refused_fields(carer_date_of_birth=typed) == ["carer_date_of_birth"]


def test_house_and_property_are_written_one_way() -> None:
    identity = child(house="Flat 2, 14b", uprn="00 1234 5678")
    assert (identity.house, identity.uprn) == ("FLAT214B", "12345678")
    assert (child(house="n/k").house, child(uprn="000").uprn) == ("", "")
    assert refused_fields(uprn="1234567890123") == ["uprn"]


def test_repr_of_an_identity_reveals_nothing() -> None:
    identity = child(nhs_number="9990000018", carer_surname="Smith")
    assert repr(identity) == str(child()) == "Identity(...)"
    assert repr(identity.carers[0]) == "Carer(...)"


names = st.text(
    st.characters(categories=["L", "M", "Pd", "Zs"], include_characters=";'"), min_size=1
)


def outcome(fields: Mapping[str, str]) -> tuple[Identity | None, set[str]]:
    """Return the identity or the fields refused; any other exception fails the test."""
    try:
        return parse_identity(fields, TODAY), set()
    except IdentityProblems as found:
        return None, {problem.field for problem in found.problems}


@given(typed_fields)
@settings(deadline=None, max_examples=400)
def test_any_text_gives_an_identity_with_a_key_or_problems(fields: dict[str, str]) -> None:
    identity, refused = outcome(fields)
    assert refused <= {"identity", *FIELDS}
    assert bool(refused) is not bool(identity and question_keys(identity, household=False))


@given(st.sampled_from(FIELDS), st.text())
@settings(deadline=None, max_examples=400)
def test_any_text_in_one_entry_raises_nothing_else(field: str, text: str) -> None:
    _, refused = outcome(MARY | {field: text})
    assert refused <= {"identity", field}


@given(
    st.fixed_dictionaries(
        dict.fromkeys(("forename", "surname", "other_forenames", "other_surnames"), names)
    )
)
@settings(deadline=None)
def test_what_was_normalised_normalises_to_itself(fields: dict[str, str]) -> None:
    first, _ = outcome(MARY | fields)
    assume(first)
    assert first
    again = {
        "other_forenames": ";".join(first.forenames),
        "other_surnames": ";".join(first.surnames),
        "date_of_birth": first.date_of_birth.isoformat() if first.date_of_birth else "",
        "other_postcodes": ";".join(first.postcodes),
        "nhs_number": first.nhs_number or "",
        "upn": first.upn or "",
    }
    assert parse_identity(again, TODAY) == first
