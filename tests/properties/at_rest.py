"""What must be on no disk: the children's identifiers, as they are and in what is made of them."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain

from protocol.matching.keys import question_keys, record_keys
from tests.properties.planted import EVERYTHING, KNOWN, OF_CHILDREN, RECORD, UNKNOWN, identity

PUPIL: Mapping[str, str] = {
    "surname": "Wobblethwaite",
    "forename": "Hildebrand",
    "date_of_birth": "2014-03-27",
    "upn": "H801200001001",
}
"""Whom a school knows by a number of its own. Its letter is right; there is no such authority."""

PUPIL_CASE = f"{RECORD['case_reference']}-1"
"""The second row of the file that Northmoor loads."""

OF_THE_PUPIL = (
    b"Wobblethwaite", b"Hildebrand", b"2014-03-27", b"20140327", b"27/03/2014", b"H801200001001",
)  # fmt: skip
HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256)


def forms(secret: bytes) -> tuple[bytes, ...]:
    """Return bytes as they are and as they are written out; letters count in either case."""
    written = base64.b64encode(secret).rstrip(b"=")
    return secret, secret.hex().encode(), written, written.translate(_URL_SAFE)


def hashed(text: bytes) -> Iterator[bytes]:
    """Give what anybody can make of an identifier, and find again by trying them all."""
    for same in {text, text.lower(), text.upper()}:
        for make in HASHES:
            yield from forms(make(same).digest())


def identifying() -> set[bytes]:
    """Return all that tells of the planted children without any key."""
    inputs = [
        key.oprf_input
        for child in (KNOWN, UNKNOWN, PUPIL)
        for keys in (question_keys(identity(child), household=True), record_keys(identity(child)))
        for key in keys
    ]
    texts = (*OF_CHILDREN, *OF_THE_PUPIL, *inputs)
    return {*EVERYTHING, *texts, *chain.from_iterable(map(hashed, texts))}


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
