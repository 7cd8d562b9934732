"""What t keyholders could do together: the tests' own, since nothing of the system does it."""

import hashlib
from collections.abc import Mapping

from protocol.directory.members import OprfKey
from protocol.identifiers import OPRF_KEY_ID_BYTES
from protocol.oprf import group
from protocol.oprf.group import Scalar
from protocol.oprf.threshold import lagrange_coefficient


def recombined(shares: Mapping[int, Scalar]) -> Scalar:
    """Return the value at zero of the polynomial through these shares."""
    total = group.scalar_from_int(0)
    for index, share in shares.items():
        weight = lagrange_coefficient(index, list(shares))
        total = group.scalar_add(total, group.scalar_multiply(weight, share))
    return total


def is_key(secret: Scalar, key: OprfKey) -> bool:
    """Whether a scalar is the key whose public side the directory names."""
    public = group.multiply_base(secret)
    return hashlib.sha256(public).digest()[:OPRF_KEY_ID_BYTES] == key.key_id
