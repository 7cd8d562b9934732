"""Encryption of one share from sender to recipient: C2SP cocktail-dkg, H6 and Enc (spec 25 §4).

Key and nonce come from the ephemeral-static and the static-static product: bound to the session,
both participants and the sender's ephemeral key.
"""

import hashlib

from protocol.oprf import aead, group
from protocol.oprf.contribution import CeremonyPlan
from protocol.oprf.group import Element, Scalar

_H6_PREFIX = b"COCKTAIL-DKG-Ristretto255-SHA512-H6"


def encrypt_share(
    plan: CeremonyPlan,
    sender: int,
    recipient: int,
    static_secret: Scalar,
    ephemeral_secret: Scalar,
    plaintext: bytes,
) -> bytes:
    """Return c_sender,recipient, with the sender's secrets (C2SP, Round 1 step 5).

    All is derived, the nonce too: one plaintext for an ephemeral secret and recipient, ever.
    """
    recipient_key = plan.static_key(recipient)
    shared_secrets = group.multiply(ephemeral_secret, recipient_key) + group.multiply(
        static_secret, recipient_key
    )
    ephemeral_key = group.multiply_base(ephemeral_secret)
    key, nonce = _h6(plan, sender, recipient, ephemeral_key, shared_secrets)
    return aead.encrypt(key, nonce, plaintext)


def decrypt_share(
    plan: CeremonyPlan,
    sender: int,
    recipient: int,
    static_secret: Scalar,
    ephemeral_key: Element,
    ciphertext: bytes,
) -> bytes:
    """Return the plaintext, with the recipient's secret (C2SP, Round 2 steps 3.1 and 3.2).

    Raises:
        OpenError: made for another plan, sender or recipient, or altered.
    """
    shared_secrets = group.multiply(static_secret, ephemeral_key) + group.multiply(
        static_secret, plan.static_key(sender)
    )
    key, nonce = _h6(plan, sender, recipient, ephemeral_key, shared_secrets)
    return aead.decrypt(key, nonce, ciphertext)


def _h6(
    plan: CeremonyPlan,
    sender: int,
    recipient: int,
    ephemeral_key: Element,
    shared_secrets: bytes,
) -> tuple[bytes, bytes]:
    context = plan.context()
    digest = hashlib.sha512(
        _H6_PREFIX
        + shared_secrets
        + ephemeral_key
        + plan.static_key(sender)
        + plan.static_key(recipient)
        + len(context).to_bytes(8, "little")
        + context
    ).digest()
    return digest[: aead.KEY_BYTES], digest[aead.KEY_BYTES : aead.KEY_BYTES + aead.NONCE_BYTES]
