from dataclasses import replace
from pathlib import Path

import pytest

from node.records.importing.content import LeftOut, fingerprints, source_key
from node.records.importing.load import read_file
from node.records.importing.rows import ParsedRow
from node.store_key import StoreKey
from protocol.matching.keys import record_keys
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.files import TODAY, csv_text, row, write

KEY = StoreKey(bytes(range(32)))
SOURCE = "case-system"


def _fingerprints(row: ParsedRow, key: StoreKey, source: str) -> tuple[bytes, bytes]:
    return fingerprints(row, record_keys(row.identity), key, source)


def only_row(folder: Path, **cells: str) -> ParsedRow:
    [parsed] = read_file(write(folder, csv_text([row(**cells)])), TODAY).rows
    return parsed


def test_a_case_whose_involvement_cannot_be_read_stands_for_every_kind() -> None:
    keys = LeftOut(cases=frozenset({"C-2"})).source_keys(KEY, SOURCE)
    assert keys == {source_key("C-2", kind, KEY, SOURCE) for kind in InvolvementKind}


def test_fingerprints_are_stable(tmp_path: Path) -> None:
    first = _fingerprints(only_row(tmp_path), KEY, SOURCE)
    again = _fingerprints(only_row(tmp_path, surname=" SMITH "), KEY, SOURCE)
    assert first == again
    assert [len(fingerprint) for fingerprint in first] == [32, 32]


def test_fingerprints_do_not_depend_on_the_line(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert _fingerprints(replace(parsed, line=99), KEY, SOURCE) == _fingerprints(
        parsed, KEY, SOURCE
    )


@pytest.mark.parametrize(
    "cells",
    [{"case_reference": "C-2"}, {"involvement": "looked after"}],
)
def test_another_case_or_involvement_is_another_row(tmp_path: Path, cells: dict[str, str]) -> None:
    before = _fingerprints(only_row(tmp_path), KEY, SOURCE)
    after = _fingerprints(only_row(tmp_path, **cells), KEY, SOURCE)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_another_source_is_another_row(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert _fingerprints(parsed, KEY, SOURCE)[0] != _fingerprints(parsed, KEY, "other")[0]


@pytest.mark.parametrize(
    "cells",
    [
        {"surname": "Jones"},
        {"other_forenames": "Molly"},
        {"date_of_birth": "05/03/2015"},
        {"postcode": "SW1A 1AA"},
        {"nhs_number": "9990000018"},
        {"upn": "H801200001001"},
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
    ],
)
def test_any_change_is_another_content_of_the_same_row(
    tmp_path: Path, cells: dict[str, str]
) -> None:
    before = _fingerprints(only_row(tmp_path), KEY, SOURCE)
    after = _fingerprints(only_row(tmp_path, **cells), KEY, SOURCE)
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_another_store_key_gives_other_fingerprints(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    own, other = (
        _fingerprints(parsed, KEY, SOURCE),
        _fingerprints(parsed, StoreKey(bytes(32)), SOURCE),
    )
    assert not set(own) & set(other)
