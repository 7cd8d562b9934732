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


def test_vectors_are_of_this_version() -> None:
    assert VECTORS["matching_version"] == MATCHING_VERSION


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["comment"]))
def test_match_keys_of(case: dict[str, Any]) -> None:
    identity = parse_identity(case["fields"], date.fromisoformat(case["today"]))
    expected = [(key["id"], key["oprf_input"]) for key in case["record_keys"]]
    assert [(key.id.name, key.oprf_input.hex()) for key in record_keys(identity)] == expected
    asked = [(key.id.name, key.oprf_input.hex()) for key in question_keys(identity)]
    assert asked == expected[:QUESTION_CUT]


def test_folding_of_every_character_is_pinned() -> None:
    """Unicode 3.2's characters, so that the sum is the same under every Python."""
    assigned = unicodedata.ucd_3_2_0
    folded = "\n".join(
        fold(character)
        for character in map(chr, range(sys.maxunicode + 1))
        if assigned.category(character) not in {"Cn", "Cs", "Co"}
    )
    assert hashlib.sha256(folded.encode("ascii")).hexdigest() == VECTORS["folding_sha256"]
