"""An authenticator in software: makes passkeys and shows them, as a browser would send them."""

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from protocol.encoding import encode_base64url

ORIGIN = "https://node.example"
SITE = "node.example"

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Authenticator:
    """One with one passkey; what it says can be made wrong."""

    site: str = SITE
    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED
    counts: int = 0
    """How often it says that it was used."""
    changed: dict[str, Any] = field(default_factory=dict)
    """What its client data says instead."""
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: dict[str, Any]) -> str:
        """Make a passkey."""
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options["challenge"])
        return self._credential(
            {"clientDataJSON": client, "attestationObject": attestation, "transports": ["internal"]}
        )

    def get(self, options: dict[str, Any]) -> str:
        """Show the passkey."""
        self.counts += bool(self.counts)
        data = self._data(self.flags)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        )

    def _data(self, flags: int) -> bytes:
        return sha256(self.site.encode()).digest() + bytes([flags]) + self.counts.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        } | self.changed
        return json.dumps(said).encode()

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _credential(self, response: dict[str, Any]) -> str:
        encoded = {
            name: encode_base64url(value) if isinstance(value, bytes) else value
            for name, value in response.items()
        }
        id = encode_base64url(self.id)
        return json.dumps({
            "id": id, "rawId": id, "type": "public-key", "response": encoded,
            "clientExtensionResults": {},
        })  # fmt: skip
