"""Domain separation holds only while no two uses of a key share a label, or the start of one."""

import re
from itertools import permutations
from pathlib import Path

import pytest

from protocol import labels

CONSTANTS = {
    name: value
    for name, value in vars(labels).items()
    if name.isupper() and not name.startswith("_") and isinstance(value, bytes)
}


def test_every_label_is_in_the_table() -> None:
    assert set(CONSTANTS.values()) == set(labels.ALL)


def test_no_two_labels_are_the_same() -> None:
    assert len(CONSTANTS) == len(labels.ALL) == len(set(labels.ALL))


def test_no_label_begins_with_another() -> None:
    pairs = [(a, b) for a, b in permutations(labels.ALL, 2) if b.startswith(a)]
    assert pairs == []


@pytest.mark.parametrize("label", labels.ALL)
def test_label_names_the_protocol_and_its_version(label: bytes) -> None:
    assert label.startswith(b"whoelse/v1/")


@pytest.mark.parametrize("label", labels.ALL)
def test_label_is_short_printable_ascii(label: bytes) -> None:
    assert label.isascii()
    assert label.decode().isprintable()
    assert len(label) < 64


def test_the_specification_has_the_same_table() -> None:
    spec = (Path(__file__).parent.parent / "protocol/spec/30-envelopes.md").read_text("utf-8")
    table = spec.partition("## §2 Labels")[2].partition("\n## ")[0]
    rows = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    named = [name for row in rows for name in re.findall(r"`([\w-]+)`", row)]
    assert sorted(f"whoelse/v1/{name}".encode() for name in named) == sorted(labels.ALL)
