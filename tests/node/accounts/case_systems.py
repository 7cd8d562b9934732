"""A case system that signs tokens for its users."""

import json
import os
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from tests.node.small_federation import council

NAME = "mosaic"
AUDIENCE = f"whoelse:{council(1).id}"


class CaseSystem:
    """One with a key of its own."""

    def __init__(self, name: str = NAME, key: OKPKey | ECKey | None = None) -> None:
        self.name = name
        self.key = key or OKPKey.generate_key("Ed25519")
        self.algorithm = "Ed25519" if isinstance(self.key, OKPKey) else "ES256"

    @property
    def pem(self) -> bytes:
        return self.key.as_pem(private=False)

    def claims(self, now_ms: int, **changed: Any) -> dict[str, Any]:
        """Return what a token says; a claim that is changed to None is left out."""
        now = now_ms // 1000
        claims = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": "u-1007",
            "iat": now,
            "exp": now + 60,
            "jti": os.urandom(16).hex(),
            "name": "Noor Systemuser",
            "telephone": "020 7946 0555",
            "team": "Assessment",
            "role": "practitioner",
        } | changed
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, now_ms: int, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """Return a token for a user."""
        said = {"alg": self.algorithm, "kid": self.name} | (header or {})
        content = json.dumps(self.claims(now_ms, **changed))
        return jws.serialize_compact(said, content, self.key, [said["alg"]])
