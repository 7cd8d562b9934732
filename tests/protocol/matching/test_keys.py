from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings

from protocol.encoding import Reader
from protocol.labels import MATCH_KEY
from protocol.matching.identity import Identity, parse_identity
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import (
    MATCHING_VERSION,
    QUESTION_CUT,
    RECORD_CUT,
    MatchKey,
    question_keys,
    record_keys,
)
from tests.protocol.matching.children import MARY, TODAY, child, identities

PARTS = {
    **dict.fromkeys(("B0",), 1),
    **dict.fromkeys(("A1", "A2", "D7", "H1", "H2"), 2),
    **dict.fromkeys(("C1", "C2", "C3", "C4", "D1", "D2", "D3", "D4", "D5", "D8", "D8N", "D9"), 3),
    **dict.fromkeys(("H3", "H4", "H5", "U1"), 3),
    **dict.fromkeys(("A3", "B1", "B2", "C5", "C6", "C7", "C8", "D6"), 4),
}
OF_COMMON = {"C1_COMMON", "C2_COMMON", "C3_COMMON"}


def parts_of(key: MatchKey) -> tuple[str, ...]:
    """Read a key's string back: that this works for every key is what makes it injective."""
    reader = Reader(key.oprf_input, "match key")
    assert reader.prefixed(100) == MATCH_KEY
    assert reader.integer(1) == MATCHING_VERSION
    assert reader.integer(1) == key.id
    number = PARTS[key.id.name[:2] if key.id.name in OF_COMMON else key.id.name]
    parts = tuple(reader.prefixed(2000).decode("ascii") for _ in range(number))
    reader.finish()
    return parts


def read(identity: Identity, household: bool = False) -> list[str]:
    keys = question_keys(identity, household)
    return [" ".join((key.id.name, *parts_of(key))) for key in keys]


def meet(question: Identity, record: Identity, household: bool = False) -> set[str]:
    """Return the names of the keys on which a question meets a record."""
    inputs = {key.oprf_input for key in record_keys(record)}
    keys = question_keys(question, household)
    return {key.id.name for key in keys if key.oprf_input in inputs}


def test_key_string_byte_by_byte() -> None:
    key = question_keys(child(), household=False)[0]
    assert key.oprf_input.hex(" ") == " ".join(
        (
            "00 14",  # length of the label
            b"whoelse/v1/match-key".hex(" "),
            "03",  # matching version
            "13",  # key id A3
            "00 04 4d 41 52 59",  # MARY
            "00 05 53 4d 49 54 48",  # SMITH
            "00 08 32 30 31 35 30 33 30 34",  # 20150304
            "00 07 53 57 31 41 31 41 41",  # SW1A1AA
        )
    )


FULL = {
    "nhs_number": "9990000018",
    "upn": "H801200001001",
    "other_forenames": "Molly",
    "other_surnames": "Jones",
    "other_postcodes": "M1 1AE",
    "house": "12",
    "uprn": "100",
    "carer_forename": "Ann",
    "carer_surname": "Kelly",
    "carer_date_of_birth": "1990-01-02",
}


def test_every_key_in_its_order() -> None:
    """The whole of spec 10 §5 and §6 on one child; D is written as "D"."""
    found = [line.replace("20150304", "D") for line in read(child(**FULL), household=True)]
    assert found == [
        "A1 9990000018 D", "A2 H801200001001 D",
        "A3 MARY SMITH D SW1A1AA", "B1 MARY SMITH D SW1A1", "B2 MR SMT D SW1A",
        "C1 MARY SMITH D", "C3 MARY SMITH D",
        "C2_COMMON MARY SMITH D", "C4 MARY D SW1A1AA",
        "D1 MR SMT D", "D2 MAR SMI D",
        "D5 SMITH D SW1A1AA", "D7 D SW1A1AA", "D4 MARY D SW1A", "D6 M SMI D SW1A",
        "D9 SMITH D SW1A", "B0 9990000018", "B0 H801200001001", "D3 MARY SMITH SW1A1AA",
        "D8N MARY SMITH SW1A1",
        "C1 MARY JONES D", "C1_COMMON MOLLY SMITH D", "C1_COMMON MOLLY JONES D",
        "D1 JNS MR D", "D2 MAR JON D", "A3 MARY JONES D SW1A1AA", "A3 MOLLY SMITH D SW1A1AA",
        "B2 MR JNS D SW1A",
        "H5 ANN KELLY 19900102", "H1 100 SMITH", "H1 100 KELLY", "H2 SMITH SW1A1AA",
        "H2 JONES SW1A1AA", "H4 ANN KELLY SW1A1AA", "H3 SW1A1AA 12 SMITH",
        "A3 MARY SMITH D M11AE", "C4 MARY D M11AE", "D5 SMITH D M11AE",
        "B2 MR SMT D M1",
        "B1 MARY SMITH D M11", "H2 SMITH M11AE", "D6 M SMI D M1",
        "C8 MARY D ANN KELLY", "C5 MARY SMITH Y2015M03 SW1A1", "C6 MARY SMITH Y2015D04 SW1A1",
        "C7 MARY SMITH M03D04 SW1A1", "D3 MARY SMITH M11AE",
        "A3 MOLLY JONES D SW1A1AA", "A3 MARY JONES D M11AE", "A3 MOLLY SMITH D M11AE",
        "A3 MOLLY JONES D M11AE", "B1 MARY JONES D SW1A1", "B1 MOLLY SMITH D SW1A1",
        "B1 MOLLY JONES D SW1A1", "B1 MARY JONES D M11", "B1 MOLLY SMITH D M11",
        "B1 MOLLY JONES D M11",
    ]  # fmt: skip


def test_household_keys_are_asked_where_the_purpose_allows_only() -> None:
    asked = {key.id.name[0] for key in question_keys(child(**FULL), household=False)}
    assert asked == {"A", "B", "C", "D"}


def test_two_places_in_one_sector_give_one_sector_key() -> None:
    identity = child(other_postcodes="SW1A 1AB")
    assert Counter(key.id for key in record_keys(identity))[KeyId.B1] == 1


def test_a_moved_child_with_the_old_postcode_known_meets_in_a3() -> None:
    assert "A3" in meet(child(), child(postcode="M1 1AE", other_postcodes="SW1A 1AA"))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"forename": "Smith", "surname": "Mary", "date_of_birth": "2015-04-03"}, "C3"),
        ({"surname": "Jones"}, "C4"),
        ({"surname": "Smyth"}, "B2"),
        ({"forename": "Molly"}, "D5"),
        ({"forename": "Molly", "surname": "Jones"}, "D7"),
        ({"surname": "Jones", "postcode": "SW1A 2AA"}, "D4"),
        ({"forename": "Molly", "postcode": "SW1A 2AA"}, "D9"),
        ({"forename": "Maggie", "surname": "Smithers", "postcode": "SW1A 2AA"}, "D6"),
        ({"date_of_birth": "2015-03-05"}, "C5"),
        ({"date_of_birth": "2015-04-04"}, "C6"),
        ({"date_of_birth": "2016-03-04"}, "C7"),
        ({"date_of_birth": "2011-09-30"}, "D3"),
        ({"date_of_birth": ""}, "D8N"),
        ({"forename": "Marie", "postcode": "M1 1AE"}, "D1"),
        ({"forename": "Maruska", "postcode": "M1 1AE"}, "D2"),
        ({"postcode": "M1 1AE"}, "C1"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_record_that_differs_is_met(record: dict[str, str], expected: str) -> None:
    assert expected in meet(child(), child(**record))


def test_a_question_without_the_date_meets_records_with_and_without_it() -> None:
    undated = child(date_of_birth="")
    assert "D8" in meet(undated, child())
    assert "D8N" in meet(undated, undated)
    assert "D8" not in meet(child(), child())


def test_a_number_meets_whatever_else_is_known() -> None:
    numbered = child(nhs_number="9990000018")
    other = child(forename="Zoe", surname="Quill", date_of_birth="2011-09-30", postcode="M1 1AE")
    assert meet(numbered, parse_identity({"nhs_number": "9990000018"}, TODAY)) == {"B0"}
    assert not meet(numbered, other)


@pytest.mark.parametrize(
    ("short", "name"),
    [
        *(("Kasia", "Katarzyna"), ("Bob", "Robert"), ("Alfie", "Alfred"), ("Paddy", "Padraig")),
        *(("Mo", "Muhammed"), ("Abdi", "Abdirahman"), ("Zak", "Zakariya"), ("Jas", "Jaspreet")),
        *(("Harry", "Henry"), ("Harry", "Harpreet"), ("Ade", "Adewale"), ("Chris", "Krzysztof")),
    ],
)
def test_a_short_form_meets_the_names_behind_it(short: str, name: str) -> None:
    one, other = (child(forename=forename, surname="Quill") for forename in (short, name))
    moved = child(forename=name, surname="Quill", postcode="M1 1AE")
    renamed = child(forename=name, surname="Jones")
    assert "C2" in meet(one, moved)
    assert "C2" in meet(moved, one)
    assert "C4" in meet(one, renamed)
    assert {"C2", "C4"} <= meet(other, one)


def test_common_names_have_ids_of_their_own() -> None:
    for forename, surname in (("Jack", "Smith"), ("Mohammed", "Khan")):
        one, other = (
            child(forename=forename, surname=surname, postcode=place)
            for place in ("SW1A 1AA", "M1 1AE")
        )
        assert meet(one, other) >= {"C1_COMMON", "C3_COMMON"}
        assert not meet(one, other) & {"C1", "C2", "C3"}
    assert "C1" in meet(child(surname="Quill"), child(surname="Quill"))


def test_a_swapped_common_name_is_a_common_one() -> None:
    one, other = child(forename="Jack"), child(forename="Smith", surname="Jack")
    assert "C3_COMMON" in meet(one, other)


def test_an_unborn_child_meets_through_its_mother() -> None:
    mother = {
        "carer_forename": "Ann",
        "carer_surname": "Kelly",
        "carer_date_of_birth": "1990-01-02",
    }
    unborn = parse_identity(mother | {"due_date": "2025-08-01"}, TODAY)
    baby = child(date_of_birth="2025-06-01", **mother)
    older = child(**mother)
    assert meet(unborn, unborn) == meet(baby, unborn) == meet(unborn, baby) == {"U1"}
    assert meet(unborn, older) == set()
    assert meet(unborn, older, household=True) == {"H5"}


def test_siblings_meet_in_the_household_only() -> None:
    home = {"house": "12", "uprn": "100", "carer_forename": "Ann", "carer_surname": "Smith"}
    one = child(**home)
    other = child(forename="Zachary", date_of_birth="2011-09-30", **home)
    assert meet(one, other) == set()
    assert meet(one, other, household=True) == {"H1", "H2", "H3", "H4"}


def test_the_house_belongs_to_the_first_place() -> None:
    moved = child(postcode="M1 1AE", other_postcodes="SW1A 1AA", house="12")
    places = [parts_of(key)[0] for key in record_keys(moved) if key.id is KeyId.H3]
    assert places == ["M11AE"]


def test_a_double_barrelled_surname_meets_each_of_its_parts() -> None:
    joined = child(surname="Smith-Jones")
    assert "C1" in meet(joined, child(surname="Jones"))
    assert "C1" in meet(child(surname="Smith"), joined)


def test_a_double_forename_meets_however_it_is_written() -> None:
    for one in ("Mary Jane", "Mary-Jane", "Maryjane"):
        for other in ("Mary Jane", "Mary-Jane", "Maryjane"):
            assert "A3" in meet(child(forename=one), child(forename=other))


def test_strangers_do_not_meet() -> None:
    stranger = {"forename": "Zachary", "surname": "Quill", "date_of_birth": "2011-09-30"}
    assert not meet(child(**FULL), child(**stranger, postcode="M2 1AE"), household=True)


def test_parts_do_not_run_together() -> None:
    met = meet(child(forename="Ann", surname="Ebel"), child(forename="Anne", surname="Bel"))
    assert not met & {"A3", "B1", "C1", "C2", "C3"}


def test_parts_of_a_date_are_told_apart() -> None:
    """2003 with the month 12 is not 2012 with the month 03."""
    one, other = child(date_of_birth="2003-12-07"), child(date_of_birth="2012-03-07")
    assert meet(one, other) == {"D3"}


def test_a_temporary_upn_meets_only_itself() -> None:
    fields = {"upn": "F99900000000D", "date_of_birth": MARY["date_of_birth"]}
    one = parse_identity(fields, TODAY)
    assert meet(one, one) == {"A2", "B0"}
    assert not meet(one, parse_identity(fields | {"upn": "X00180001701A"}, TODAY))


def test_repr_of_a_key_reveals_only_its_id() -> None:
    assert repr(question_keys(child(), household=False)[0]) == "MatchKey(A3, ...)"


def test_key_ids_fit_one_wire_byte_with_group_and_number() -> None:
    for key_id in KeyId:
        group, number = divmod(key_id, 16)
        assert key_id.name[0] == "0ABCDHU"[group]
        if number < 9 or key_id is KeyId.D9:
            assert key_id.name[1:] == str(number)


@given(identities)
@settings(deadline=None)
def test_cut_and_no_key_twice(identity: Identity) -> None:
    for keys, cut in (
        (question_keys(identity, household=True), QUESTION_CUT),
        (question_keys(identity, household=False), QUESTION_CUT),
        (record_keys(identity), RECORD_CUT),
    ):
        assert len(keys) <= cut
        assert len({key.oprf_input for key in keys}) == len(keys)


@given(identities)
@settings(deadline=None)
def test_a_question_is_a_records_front_but_for_who_lacks_the_date(identity: Identity) -> None:
    without_date = {KeyId.D8, KeyId.D8N}
    asked, held = (
        [key for key in keys if key.id not in without_date]
        for keys in (question_keys(identity, household=True), record_keys(identity))
    )
    assert asked == held[: len(asked)]


@given(identities, identities)
@settings(deadline=None)
def test_equal_strings_have_equal_ids_and_parts(one: Identity, other: Identity) -> None:
    keys = record_keys(one) + record_keys(other)
    meanings = {(key.id, parts_of(key)) for key in keys}
    assert len({key.oprf_input for key in keys}) == len(meanings)


@given(identities)
@settings(deadline=None)
def test_without_a_date_of_birth_only_these_keys_remain(identity: Identity) -> None:
    if identity.date_of_birth is None:
        remain = {"B0", "D3", "D8N", "H1", "H2", "H3", "H4", "H5", "U1"}
        assert {key.id.name for key in record_keys(identity)} <= remain


def test_the_longest_names_fit() -> None:
    names = dict.fromkeys(("forename", "surname"), "W" * 100)
    assert child(**names).date_of_birth == date(2015, 3, 4)
    assert record_keys(child(**names))
