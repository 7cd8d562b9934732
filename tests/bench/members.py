"""A federation of any size for the benches: keys drawn from a member's number, in any process."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.identifiers import MemberId
from protocol.sealing.cell import sealing_key_from_seed
from tests.hub.federation import Council, Federation


def member(number: int) -> Council:
    """Return a member with its keys: of no use anywhere else, since anybody can make them."""
    member_id = MemberId(f"E{number:08}")
    seed = hashlib.shake_256(member_id.encode()).digest(128)
    signing = Ed25519PrivateKey.from_private_bytes(seed[:32])
    return Council(member_id, signing, *sealing_key_from_seed(seed[32:]))


def publish_federation(folder: Path, number: int) -> Federation:
    """Return a signed federation of so many members, the first of them the asker."""
    asker, *others = (member(at) for at in range(1, number + 1))
    federation = Federation(folder, asker, tuple(others))
    federation.create()
    return federation
