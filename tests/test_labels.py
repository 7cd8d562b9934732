"""Domain separation holds only while no two uses of a key share a label, or the start of one."""

from itertools import permutations

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
