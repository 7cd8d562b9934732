"""Case systems that ask for their users: each has a key here, and signs for every question who asks
it (JSON Web Token, RFC 7519). The key alone asks nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from node.clock import Clock
from node.database import Database
from node.errors import SystemKeyError, TokenError
from node.store_key import StoreKey
from protocol import labels, limits
from protocol.identifiers import MemberId
from protocol.messages.vocabulary import Role

ALGORITHMS = ("Ed25519", "EdDSA", "ES256")

MOST_SECONDS = 120
"""How long a token may be good for."""

LEEWAY_SECONDS = 30
"""How far the case system's clock may be from ours."""

MOST_TOKEN_BYTES = 4096
SUBJECT_BYTES = 64
MOST_ID_LETTERS = 128

ROLES = {role.name.lower(): role for role in Role}


@dataclass(frozen=True, slots=True, repr=False)
class SystemUser:
    """Somebody for whom a case system asks. Name, telephone and team go with the question."""

    username: str
    """The system's name and its own for them: no account has a slash."""
    name: str
    telephone: str
    team: str
    role: Role


class Systems:
    """The case systems of one node, in the file of its accounts."""

    def __init__(self, path: Path, key: StoreKey, member: MemberId, clock: Clock) -> None:
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._key = key
        self._audience = f"whoelse:{member}"
        self._clock = clock

    def close(self) -> None:
        self._database.close()

    def add(self, name: str, pem: bytes) -> None:
        """Let a system ask for its users, from now on with this key alone.

        Raises:
            SystemKeyError: no public key in PEM, or of another kind than Ed25519 and P-256.
        """
        sealed = self._key.seal(labels.STORE_SYSTEM, _checked(pem), name.encode())
        self._database.write("INSERT OR REPLACE INTO case_system VALUES (?, ?)", name, sealed)

    def remove(self, name: str) -> None:
        """Let a system ask no more.

        Raises:
            SystemKeyError: there is none of that name.
        """
        if not self._database.write("DELETE FROM case_system WHERE name = ?", name):
            raise SystemKeyError(f"there is no case system {name}")

    def names(self) -> Sequence[str]:
        return [name for (name,) in self._database.rows("SELECT name FROM case_system ORDER BY 1")]

    def user_of(self, token: str) -> SystemUser:
        """Return for whom a question is asked. Nobody asks with the same token again.

        Raises:
            TokenError: not signed by a system of ours, not of now or not for us, used before, or
                not saying who asks.
        """
        system, claims = self._signed(token)
        self._check_time_and_place(claims)
        if claims["iss"] != system:
            raise TokenError("iss: is not the case system whose key signed it")
        user = _user(claims)
        self._use(claims)
        return user

    def forget_old(self) -> None:
        """Forget tokens that are good for nothing any more."""
        self._database.write("DELETE FROM used_token WHERE until_ms < ?", self._clock())

    def _signed(self, token: str) -> tuple[str, Mapping[str, Any]]:
        """Return the system whose key signed a token, and what the token says."""
        if len(token) > MOST_TOKEN_BYTES:
            raise TokenError("the token is too long")
        try:
            name = jws.extract_compact(token.encode()).headers().get("kid")
            key = self._key_of(name) if isinstance(name, str) else None
            if isinstance(name, str) and key is not None:
                return name, jwt.decode(token, key, ALGORITHMS).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            pass
        raise TokenError("the token is signed by no case system of this council")

    def _key_of(self, name: str) -> OKPKey | ECKey | None:
        found = self._database.rows("SELECT sealed FROM case_system WHERE name = ?", name)
        if not found:
            return None
        pem = self._key.open(labels.STORE_SYSTEM, found[0][0], name.encode())
        if isinstance(load_pem_public_key(pem), Ed25519PublicKey):
            return OKPKey.import_key(pem)
        return ECKey.import_key(pem)

    def _check_time_and_place(self, claims: Mapping[str, Any]) -> None:
        registry = jwt.JWTClaimsRegistry(
            self._clock() // 1000,
            LEEWAY_SECONDS,
            iss={"essential": True},
            sub={"essential": True},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            raise TokenError(_reason(error)) from None
        if claims["exp"] - claims["iat"] > MOST_SECONDS:
            raise TokenError(f"exp: more than {MOST_SECONDS} seconds after iat")

    def _use(self, claims: Mapping[str, Any]) -> None:
        jti = claims["jti"]
        if not _is_drawn(jti):
            raise TokenError(f"jti: expected 16 to {MOST_ID_LETTERS} letters, drawn for each token")
        digest = sha256(f"{claims['iss']}\n{jti}".encode()).digest()
        until_ms = int((claims["exp"] + LEEWAY_SECONDS + 1) * 1000)
        if not self._database.write(_USE, digest, until_ms):
            raise TokenError("the token was used before")


def _user(claims: Mapping[str, Any]) -> SystemUser:
    role = claims.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise TokenError(f"role: expected one of {', '.join(ROLES)}")
    return SystemUser(
        f"{claims['iss']}/{_text(claims, 'sub', SUBJECT_BYTES)}",
        _text(claims, "name", limits.PERSON_BYTES),
        _text(claims, "telephone", limits.TELEPHONE_BYTES),
        _text(claims, "team", limits.TEAM_BYTES),
        ROLES[role],
    )


def _is_drawn(jti: object) -> bool:
    return isinstance(jti, str) and jti.isascii() and 16 <= len(jti) <= MOST_ID_LETTERS


def _text(claims: Mapping[str, Any], claim: str, most_bytes: int) -> str:
    text = claims.get(claim)
    if not isinstance(text, str) or not text.strip() or not text.isprintable():
        raise TokenError(f"{claim}: expected text")
    if len(text.encode()) > most_bytes:
        raise TokenError(f"{claim}: at most {most_bytes} bytes")
    return text


def _checked(pem: bytes) -> bytes:
    """Return a public key in the form in which it is kept."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise SystemKeyError("the key is no public key in PEM") from None
    is_p256 = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    if not is_p256 and not isinstance(key, Ed25519PublicKey):
        raise SystemKeyError("the key is neither of Ed25519 nor of P-256")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _reason(error: JoseError) -> str:
    claim = getattr(error, "claim", "")
    words = _WORDS.get(error.error, "is not as it should be")
    return f"{claim}: {words}" if claim else words


_WORDS = {
    "missing_claim": "is missing",
    "expired_token": "the token is not good any more",
}
"""joserfc's kinds of error in the words of whoever sends tokens."""

_USE = "INSERT OR IGNORE INTO used_token (digest, until_ms) VALUES (?, ?)"
