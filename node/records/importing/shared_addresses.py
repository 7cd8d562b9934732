"""Addresses of many unrelated children are no key: refuges, hospitals, hotels (spec 10 §6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from node.errors import SettingsError
from node.records.importing.rows import ParsedRow
from protocol.errors import IdentityError
from protocol.matching.entries import parse_postcode, parse_uprn
from protocol.matching.identity import Identity

FEWEST_SURNAMES = 4
FEWEST_CHILDREN = 6
"""From this many on an address is taken for an institution."""

Address = tuple[str, str]
"""A postcode with a house; or with nothing, a listed one; or nothing with a UPRN."""


@dataclass(frozen=True, slots=True, repr=False)
class SharedAddresses:
    """Addresses that a file shows to be shared, and those that a steward lists."""

    addresses: frozenset[Address]

    def postcodes_of(self, identity: Identity) -> frozenset[str]:
        """Return a child's postcodes where its address is shared; "" where that has no postcode."""
        shared = {postcode for postcode in identity.postcodes if (postcode, "") in self.addresses}
        if not self.addresses.isdisjoint(_current(identity)):
            shared.add(_current_postcode(identity))
        return frozenset(shared)


NONE_SHARED = SharedAddresses(frozenset())


def find_shared(rows: Iterable[ParsedRow], listed: frozenset[Address]) -> SharedAddresses:
    """Return the addresses with `FEWEST_SURNAMES` surnames or `FEWEST_CHILDREN` children, and the
    listed ones.

    A postcode alone is no address: many households have it.
    """
    surnames: defaultdict[Address, set[str]] = defaultdict(set)
    children: defaultdict[Address, set[str]] = defaultdict(set)
    for row in rows:
        for address in _current(row.identity):
            surnames[address].update(row.identity.surnames[:1])
            children[address].add(row.case_reference)
    crowded = {
        address
        for address, references in children.items()
        if len(references) >= FEWEST_CHILDREN or len(surnames[address]) >= FEWEST_SURNAMES
    }
    return SharedAddresses(listed | crowded)


def read_list(path: Path) -> frozenset[Address]:
    """Return the addresses of a steward's list; none where there is no list.

    Raises:
        SettingsError: a line that is neither a postcode nor a UPRN, by its number.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path}: cannot be read: save it as UTF-8 text") from None
    entries = [(number, line.split("#")[0].strip()) for number, line in enumerate(lines, start=1)]
    return frozenset(_listed(path, number, text) for number, text in entries if text)


def _listed(path: Path, number: int, text: str) -> Address:
    try:
        uprn = parse_uprn("uprn", text) if text.isdigit() else None
        postcode = None if uprn else parse_postcode("postcode", text)
    except IdentityError:
        postcode = uprn = None
    if not uprn and not postcode:
        raise SettingsError(f"{path}: line {number}: write one postcode or one UPRN")
    return (postcode or "", uprn or "")


def _current(identity: Identity) -> Iterator[Address]:
    if identity.uprn:
        yield "", identity.uprn
    if identity.house and identity.postcodes:
        yield identity.postcodes[0], identity.house


def _current_postcode(identity: Identity) -> str:
    return identity.postcodes[0] if identity.postcodes else ""
