from dataclasses import replace
from pathlib import Path

import pytest

from node.records.importing.fingerprints import ContentKey
from node.records.importing.load import read_file
from node.records.importing.rows import ParsedRow
from node.records.source_keys import source_key
from node.store_key import StoreKey
from tests.node.records.importing.files import TODAY, csv_text, row, write

KEY = StoreKey(bytes(range(32)))
SOURCE = "case-system"


def only_row(folder: Path, **cells: str) -> ParsedRow:
    [parsed] = read_file(write(folder, csv_text([row(**cells)])), TODAY).rows
    return parsed


def source_key_of(parsed: ParsedRow, key: StoreKey = KEY, source: str = SOURCE) -> bytes:
    return source_key(parsed.case_reference, parsed.involvement.kind, key, source)


def content_key_of(parsed: ParsedRow, key: StoreKey = KEY) -> ContentKey:
    return ContentKey.of(parsed, (), key)


def test_fingerprints_are_stable(tmp_path: Path) -> None:
    first, again = only_row(tmp_path), only_row(tmp_path, surname=" SMITH ")
    assert source_key_of(first) == source_key_of(again)
    assert content_key_of(first) == content_key_of(again)
    assert len(source_key_of(first)) == 32
    assert len(content_key_of(first).encode()) == 64


def test_fingerprints_do_not_depend_on_the_line(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert content_key_of(replace(parsed, line=99)) == content_key_of(parsed)


@pytest.mark.parametrize(
    "cells",
    [{"case_reference": "C-2"}, {"involvement": "looked after"}],
)
def test_another_case_or_involvement_is_another_row(tmp_path: Path, cells: dict[str, str]) -> None:
    before, after = only_row(tmp_path), only_row(tmp_path, **cells)
    assert source_key_of(before) != source_key_of(after)
    assert content_key_of(before) != content_key_of(after)


def test_another_source_is_another_row(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert source_key_of(parsed) != source_key_of(parsed, source="other")


OF_CHILD = (
    {"surname": "Jones"},
    {"forename": "Molly"},
    {"other_forenames": "Molly"},
    {"other_surnames": "Jones"},
    {"date_of_birth": "05/03/2015"},
    {"postcode": "SW1A 1AA"},
    {"other_postcodes": "SW1A 1AA"},
    {"nhs_number": "9990000018"},
    {"upn": "H801200001001"},
    {"house": "12"},
    {"uprn": "100012345"},
    {"carer_forename": "Anna"},
    {"carer_surname": "Jones"},
    {"carer_date_of_birth": "1990-01-02"},
    {"carer_2_surname": "Jones"},
)
OF_REST = (
    {"last_updated": "2025-06-02"},
    {"team": "South"},
    {"telephone": "999"},
    {"status": "closed", "closed_on": "2025-06-02"},
    {"lead_practitioner": "yes"},
    {"covers": "x"},
    {"organisation": "x"},
    {"role": "x"},
    {"worker_name": "x"},
    {"out_of_hours_telephone": "999"},
    {"email": "a@b"},
)


@pytest.mark.parametrize("cells", OF_CHILD)
def test_what_match_keys_are_made_of_is_the_child(tmp_path: Path, cells: dict[str, str]) -> None:
    before, after = only_row(tmp_path), only_row(tmp_path, **cells)
    assert source_key_of(before) == source_key_of(after)
    assert content_key_of(before).of_child != content_key_of(after).of_child
    assert content_key_of(before).of_rest == content_key_of(after).of_rest


@pytest.mark.parametrize("cells", OF_REST)
def test_all_else_that_is_stored_is_the_rest(tmp_path: Path, cells: dict[str, str]) -> None:
    before, after = only_row(tmp_path), only_row(tmp_path, **cells)
    assert source_key_of(before) == source_key_of(after)
    assert content_key_of(before).of_child == content_key_of(after).of_child
    assert content_key_of(before).of_rest != content_key_of(after).of_rest


def test_an_address_found_to_be_shared_is_another_child(tmp_path: Path) -> None:
    """Its match keys are others."""
    parsed = only_row(tmp_path)
    shared = ContentKey.of(parsed, {"SW1A1AA"}, KEY)
    assert shared.of_child != content_key_of(parsed).of_child


def test_another_store_key_gives_other_fingerprints(tmp_path: Path) -> None:
    parsed, other = only_row(tmp_path), StoreKey(bytes(32))
    assert source_key_of(parsed) != source_key_of(parsed, other)
    ours, theirs = content_key_of(parsed), content_key_of(parsed, other)
    assert {ours.of_child, ours.of_rest}.isdisjoint({theirs.of_child, theirs.of_rest})
