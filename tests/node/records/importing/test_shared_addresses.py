from pathlib import Path

import pytest

from node.errors import SettingsError
from node.records.importing.rows import ParsedRow
from node.records.importing.shared_addresses import (
    FEWEST_CHILDREN,
    FEWEST_SURNAMES,
    NONE_SHARED,
    SharedAddresses,
    find_shared,
    read_list,
)
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import record_keys
from tests.node.small_federation import child, involvement

HOUSE = {"postcode": "SW1A 1AA", "house": "Refuge House"}
SURNAMES = ["Smith", "Jones", "Khan", "Okafor", "Nowak", "Evans"]


def residents(number: int, surnames: int, **address: str) -> list[ParsedRow]:
    """Return so many children of so many surnames at one address."""
    return [
        ParsedRow(2, child(surname=SURNAMES[n % surnames], **address), f"CASE-{n}", involvement())
        for n in range(number)
    ]


def key_ids(shared: SharedAddresses, **entries: str) -> set[KeyId]:
    identity = child(**entries)
    return {key.id for key in record_keys(identity, shared.postcodes_of(identity))}


OF_AN_ADDRESS = {KeyId.D7, KeyId.H1, KeyId.H2, KeyId.H3, KeyId.H4}
CARER = {"carer_forename": "Ann", "carer_surname": "Smith", "carer_date_of_birth": "01/02/1985"}


@pytest.mark.parametrize(
    ("number", "surnames", "is_shared"),
    [
        pytest.param(FEWEST_CHILDREN - 1, 1, False, id="a large family"),
        pytest.param(FEWEST_CHILDREN, 1, True, id="as many children as an institution has"),
        pytest.param(FEWEST_SURNAMES - 1, FEWEST_SURNAMES - 1, False, id="a blended family"),
        pytest.param(FEWEST_SURNAMES, FEWEST_SURNAMES, True, id="as many surnames"),
    ],
)
@pytest.mark.parametrize("address", [HOUSE, {"uprn": "100012345678"}], ids=["house", "UPRN"])
def test_crowded_address_is_no_key(
    number: int, surnames: int, is_shared: bool, address: dict[str, str]
) -> None:
    shared = find_shared(residents(number, surnames, **address), frozenset())
    ids = key_ids(shared, **address, **CARER)
    expected = {KeyId.D7, KeyId.H2, KeyId.H4, KeyId.H1 if "uprn" in address else KeyId.H3}
    assert ids & OF_AN_ADDRESS == (set() if is_shared else expected)
    assert {KeyId.A3, KeyId.C4, KeyId.D5, KeyId.H5} <= ids


def test_several_involvements_of_a_child_count_once() -> None:
    rows = [ParsedRow(2, child(**HOUSE), "CASE-1", involvement()) for _ in range(10)]
    assert KeyId.H3 in key_ids(find_shared(rows, frozenset()), **HOUSE)


def test_neighbours_of_a_crowded_house_are_matched_as_ever() -> None:
    shared = find_shared(residents(6, 6, **HOUSE), frozenset())
    assert {KeyId.H2, KeyId.H3, KeyId.D7} <= key_ids(shared, postcode="SW1A 1AA", house="2")


def test_postcode_alone_is_no_address() -> None:
    shared = find_shared(residents(6, 6, postcode="SW1A 1AA"), frozenset())
    assert KeyId.H2 in key_ids(shared, postcode="SW1A 1AA")


def test_child_that_has_moved_on_is_matched_by_its_new_address() -> None:
    """The old house is known by its postcode only: the steward's list can name that."""
    shared = SharedAddresses(frozenset({("SW1A1AA", "")}))
    identity = child(postcode="LS1 4AP", other_postcodes="SW1A 1AA", house="7")
    left = {(key.id, key.oprf_input) for key in record_keys(identity)} - {
        (key.id, key.oprf_input) for key in record_keys(identity, shared.postcodes_of(identity))
    }
    assert {key_id for key_id, _ in left} == {KeyId.H2}
    assert all(b"SW1A1AA" in oprf_input for _, oprf_input in left)


def test_listed_address_without_a_postcode_on_record() -> None:
    shared = SharedAddresses(frozenset({("", "12345")}))
    assert KeyId.H1 not in key_ids(shared, postcode="", uprn="12345")
    assert KeyId.H1 in key_ids(shared, postcode="", uprn="12346")


def test_nothing_is_shared_where_nobody_lives_together() -> None:
    everything = {key.id for key in record_keys(child(**HOUSE))}
    assert key_ids(find_shared([], frozenset()), **HOUSE) == everything
    assert key_ids(NONE_SHARED, **HOUSE) == everything


def test_reads_postcodes_and_property_numbers(tmp_path: Path) -> None:
    path = tmp_path / "shared.txt"
    path.write_text("# Refuges\n\nsw1a 1aa  # the refuge\n000123456\n\n")
    assert read_list(path) == {("SW1A1AA", ""), ("", "123456")}


def test_list_that_is_not_there_lists_nothing(tmp_path: Path) -> None:
    assert read_list(tmp_path / "shared.txt") == frozenset()


@pytest.mark.parametrize(
    "line", ["12 High Street", "SW1A", "0000000000000", "unknown", "SW1A 1AA, LS1 4AP"]
)
def test_names_the_line_that_is_wrong_and_not_what_it_says(tmp_path: Path, line: str) -> None:
    path = tmp_path / "shared.txt"
    path.write_text(f"LS1 4AP\n{line}\n")
    with pytest.raises(SettingsError, match="line 2") as refused:
        read_list(path)
    assert line not in str(refused.value)
