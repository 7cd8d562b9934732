"""A small valid directory as JSON, to be spoilt one rule at a time."""

import json
from copy import deepcopy
from typing import Any

from protocol.encoding import encode_base64url
from protocol.oprf import group
from protocol.oprf.sharing import commit
from tests.protocol.samples import make_party

PLACES = (
    ("E08000035", "Leeds City Council"),
    ("E08000032", "Bradford Council"),
    ("E08000034", "Kirklees Council"),
    ("E08000033", "Calderdale Council"),
    ("E08000036", "Wakefield Council"),
)
COEFFICIENTS = tuple(group.scalar_from_int(number) for number in (11, 12, 13))
COMMITMENTS = commit(COEFFICIENTS)
SESSION = "5a" * 32


def _member(number: int, member_id: str, name: str) -> dict[str, Any]:
    party = make_party(member_id, number)
    return {
        "id": member_id,
        "name": name,
        "kind": 1,
        "duty_line": "0113 496 0001",
        "out_of_hours_line": "0113 496 0199",
        "supplier": f"Supplier {number}",
        "host": f"Host {number}",
        "declared_records": 1000,
        "signing_key": party.signing_key_text,
        "sealing_key": party.sealing_key_text,
        "ceremony_key": encode_base64url(group.multiply_base(group.scalar_from_int(number))),
        "keyholder_index": number,
        "questions_per_day": 2000,
    }


_DOCUMENT: dict[str, Any] = {
    "format": "whoelse-directory/1",
    "federation": "west-yorkshire",
    "practice": False,
    "version": 4,
    "previous": "ab" * 32,
    "matching_version": 1,
    "tick_ms": 100,
    "post_interval_seconds": 300,
    "purposes": [
        {
            "code": 1,
            "name": "Section 47 enquiry",
            "legislation": "Children Act 1989",
            "household": True,
        },
        {
            "code": 2,
            "name": "Child in need",
            "legislation": "Children Act 1989",
            "household": False,
        },
    ],
    "hubs": [
        {"id": "hub-1", "url": "https://hub-1.invalid"},
        {"id": "hub-2", "url": "https://hub-2.invalid"},
    ],
    "members": [_member(number, *place) for number, place in enumerate(PLACES, start=1)],
    "oprf": {
        "threshold": 3,
        "ceremony_session": SESSION,
        "key": {
            "generation": 1,
            "commitments": [encode_base64url(point) for point in COMMITMENTS],
        },
    },
}

Path = tuple[str | int, ...]


def document() -> dict[str, Any]:
    """Return a valid document with five members, all keyholders, and a key."""
    return deepcopy(_DOCUMENT)


def changed(path: Path, value: object) -> bytes:
    """Return the document's bytes with one value set."""
    content = document()
    _parent(content, path)[path[-1]] = value
    return encoded(content)


def without(path: Path) -> bytes:
    """Return the document's bytes with one entry left out."""
    content = document()
    del _parent(content, path)[path[-1]]
    return encoded(content)


def encoded(content: object) -> bytes:
    return json.dumps(content).encode()


def _parent(content: Any, path: Path) -> Any:
    for step in path[:-1]:
        content = content[step]
    return content
