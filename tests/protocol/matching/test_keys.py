from collections import Counter

from hypothesis import given, settings

from protocol.encoding import Reader
from protocol.labels import MATCH_KEY
from protocol.matching.identity import Identity
from protocol.matching.keys import (
    MATCHING_VERSION,
    QUESTION_CUT,
    RECORD_CUT,
    KeyId,
    MatchKey,
    question_keys,
    record_keys,
)
from protocol.matching.normalise import exact_date, sector_of, unordered_date
from tests.protocol.matching.children import child, identities

PARTS = {KeyId.A1: 2, KeyId.A2: 2, KeyId.A3: 4, KeyId.B1: 4, KeyId.C1: 3, KeyId.C3: 3}


def parts_of(key: MatchKey) -> tuple[str, ...]:
    """Read a key's string back: that this works for every key is what makes it injective."""
    reader = Reader(key.oprf_input, "match key")
    assert reader.prefixed(100) == MATCH_KEY
    assert reader.integer(1) == MATCHING_VERSION
    assert reader.integer(1) == key.id
    parts = tuple(reader.prefixed(2000).decode("ascii") for _ in range(PARTS[key.id]))
    reader.finish()
    return parts


def read(identity: Identity) -> list[tuple[str, ...]]:
    return [(key.id.name, *parts_of(key)) for key in question_keys(identity)]


def tokens_shared(one: Identity, other: Identity) -> set[str]:
    inputs = {key.oprf_input for key in record_keys(other)}
    return {key.id.name for key in question_keys(one) if key.oprf_input in inputs}


def test_key_string_byte_by_byte() -> None:
    key = question_keys(child())[0]
    assert key.oprf_input.hex(" ") == " ".join(
        (
            "00 14",  # length of the label
            b"whoelse/v1/match-key".hex(" "),
            "01",  # matching version
            "13",  # key id A3
            "00 04 4d 41 52 59",  # MARY
            "00 05 53 4d 49 54 48",  # SMITH
            "00 08 32 30 31 35 30 33 30 34",  # 20150304
            "00 07 53 57 31 41 31 41 41",  # SW1A1AA
        )
    )


def test_all_six_keys_of_one_name_and_place() -> None:
    identity = child(nhs_number="9990000018", upn="H801200001001")
    assert read(identity) == [
        ("A1", "9990000018", "20150304"),
        ("A2", "H801200001001", "20150304"),
        ("A3", "MARY", "SMITH", "20150304", "SW1A1AA"),
        ("B1", "MARY", "SMITH", "20150304", "SW1A1"),
        ("C1", "MARY", "SMITH", "20150304"),
        ("C3", "MARY", "SMITH", "20150304"),
    ]


def test_order_of_other_names_and_places() -> None:
    identity = child(other_forenames="Molly", other_surnames="Jones", other_postcodes="M1 1AE")
    assert [" ".join(key).replace(" 20150304", "") for key in read(identity)] == [
        "A3 MARY SMITH SW1A1AA",
        "B1 MARY SMITH SW1A1",
        "C1 MARY SMITH",
        "C3 MARY SMITH",
        "C1 MARY JONES",
        "C1 MOLLY SMITH",
        "C1 MOLLY JONES",
        "A3 MARY JONES SW1A1AA",
        "A3 MOLLY SMITH SW1A1AA",
        "A3 MARY SMITH M11AE",
        "B1 MARY SMITH M11",
        "A3 MOLLY JONES SW1A1AA",
        "A3 MARY JONES M11AE",
        "A3 MOLLY SMITH M11AE",
        "A3 MOLLY JONES M11AE",
        "B1 MARY JONES SW1A1",
        "B1 MOLLY SMITH SW1A1",
        "B1 MOLLY JONES SW1A1",
        "B1 MARY JONES M11",
        "B1 MOLLY SMITH M11",
        "B1 MOLLY JONES M11",
    ]


def test_only_the_first_pair_of_names_may_be_swapped() -> None:
    identity = child(other_forenames="Molly; Maria", other_surnames="Jones")
    assert Counter(key.id for key in record_keys(identity))[KeyId.C3] == 1


def test_two_places_in_one_sector_give_one_sector_key() -> None:
    identity = child(other_postcodes="SW1A 1AB")
    assert Counter(key.id for key in record_keys(identity))[KeyId.B1] == 1


def test_a_moved_child_with_the_old_postcode_known_meets_in_a3() -> None:
    moved = child(postcode="M1 1AE", other_postcodes="SW1A 1AA")
    assert "A3" in tokens_shared(child(), moved)


def test_swapped_names_and_a_swapped_date_meet_in_c3_only() -> None:
    swapped = child(forename="Smith", surname="Mary", date_of_birth="2015-04-03")
    assert tokens_shared(child(), swapped) == {"C3"}


def test_a_double_barrelled_surname_meets_each_of_its_parts() -> None:
    joined = child(surname="Smith-Jones")
    assert "C1" in tokens_shared(joined, child(surname="Jones"))
    assert "C1" in tokens_shared(child(surname="Smith"), joined)


def test_a_double_forename_meets_however_it_is_written() -> None:
    for one in ("Mary Jane", "Mary-Jane", "Maryjane"):
        for other in ("Mary Jane", "Mary-Jane", "Maryjane"):
            assert "A3" in tokens_shared(child(forename=one), child(forename=other))


def test_one_name_in_common_does_not_meet() -> None:
    assert not tokens_shared(child(), child(forename="Anne"))


def test_parts_do_not_run_together() -> None:
    assert not tokens_shared(
        child(forename="Ann", surname="Ebel"), child(forename="Anne", surname="Bel")
    )


def test_a_temporary_upn_meets_only_itself() -> None:
    one = child(forename="", upn="F99900000000D")
    assert tokens_shared(one, one) == {"A2"}
    assert not tokens_shared(one, child(forename="", upn="X00180001701A"))


def test_repr_of_a_key_reveals_only_its_id() -> None:
    assert repr(question_keys(child())[0]) == "MatchKey(A3, ...)"


def test_key_ids_fit_one_wire_byte_with_group_and_number() -> None:
    for key_id in KeyId:
        group, number = divmod(key_id, 16)
        assert key_id.name == f"{'0ABCDH'[group]}{number}"


@given(identities)
@settings(deadline=None)
def test_cut_and_no_key_twice(identity: Identity) -> None:
    for keys, cut in (
        (question_keys(identity), QUESTION_CUT),
        (record_keys(identity), RECORD_CUT),
    ):
        assert len(keys) <= cut
        assert len({key.oprf_input for key in keys}) == len(keys)


@given(identities)
@settings(deadline=None)
def test_a_question_is_the_front_of_a_record(identity: Identity) -> None:
    assert question_keys(identity) == record_keys(identity)[:QUESTION_CUT]


@given(identities)
@settings(deadline=None)
def test_every_key_reads_back_to_what_is_known(identity: Identity) -> None:
    day = identity.date_of_birth
    known = {*identity.forenames, *identity.surnames, *identity.postcodes}
    known |= {sector_of(postcode) for postcode in identity.postcodes}
    known |= {number for number in (identity.nhs_number, identity.upn) if number}
    known |= {exact_date(day), unordered_date(day)} if day else set()
    assert all(set(parts_of(key)) <= known for key in record_keys(identity))


@given(identities, identities)
@settings(deadline=None)
def test_equal_strings_have_equal_ids_and_parts(one: Identity, other: Identity) -> None:
    keys = record_keys(one) + record_keys(other)
    meanings = {(key.id, parts_of(key)) for key in keys}
    assert len({key.oprf_input for key in keys}) == len(meanings)


@given(identities)
@settings(deadline=None)
def test_without_a_date_of_birth_there_is_no_key(identity: Identity) -> None:
    if identity.date_of_birth is None:
        assert not record_keys(identity)
