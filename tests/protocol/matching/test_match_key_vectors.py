"""Any change in these outputs breaks every index: raise `MATCHING_VERSION` with it (spec 10 §8)."""

import hashlib
import json
import sys
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from protocol.matching.identity import parse_identity
from protocol.matching.keys import MATCHING_VERSION, QUESTION_CUT, question_keys, record_keys
from protocol.matching.normalise import fold

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "match_keys.json").read_text("utf-8")
)

IDS = {
    **{f"A{number}": 0x10 + number for number in (1, 2, 3)},
    **{f"B{number}": 0x20 + number for number in (0, 1, 2)},
    **{f"C{number}": 0x30 + number for number in range(1, 9)},
    **{f"C{number}_COMMON": 0x38 + number for number in (1, 2, 3)},
    **{f"D{number}": 0x40 + number for number in range(1, 10)},
    "D8N": 0x4A,
    **{f"H{number}": 0x50 + number for number in range(1, 6)},
    "U1": 0x61,
}
"""Key ids as spec 10 §5 has them."""


def test_vectors_are_of_this_version() -> None:
    assert VECTORS["matching_version"] == MATCHING_VERSION


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["comment"]))
def test_match_keys_of(case: dict[str, Any]) -> None:
    identity = parse_identity(case["fields"], date.fromisoformat(case["today"]))
    asked, allowed = (question_keys(identity, household) for household in (False, True))
    assert [key.oprf_input for key in record_keys(identity)] == _inputs(case["record_keys"])
    assert [key.oprf_input for key in allowed] == _inputs(case["question_keys"])
    if len(allowed) < QUESTION_CUT:
        of_child = [line for line in case["question_keys"] if not line.startswith("H")]
        assert [key.oprf_input for key in asked] == _inputs(of_child)


def _inputs(lines: list[str]) -> list[bytes]:
    """Return what enters the OPRF for each line, by the layout of spec 10 §5."""
    return [_input(IDS[name], parts) for name, *parts in map(str.split, lines)]


def _input(key_id: int, parts: list[str]) -> bytes:
    label = b"whoelse/v1/match-key"
    head = len(label).to_bytes(2, "big") + label + bytes([VECTORS["matching_version"], key_id])
    return head + b"".join(len(part).to_bytes(2, "big") + part.encode() for part in parts)


def test_folding_of_every_character_is_pinned() -> None:
    """Unicode 3.2's characters, so that the sum is the same under every Python."""
    assigned = unicodedata.ucd_3_2_0
    folded = "\n".join(
        fold(character)
        for character in map(chr, range(sys.maxunicode + 1))
        if assigned.category(character) not in {"Cn", "Cs", "Co"}
    )
    assert hashlib.sha256(folded.encode("ascii")).hexdigest() == VECTORS["folding_sha256"]
