"""Signing in at the council's own service: OpenID Connect Core 1.0 §3.1, the code flow, with PKCE
(RFC 7636)."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict

from node.accounts.claims import Person, Profile
from node.accounts.provider_link import NOT_LET_IN, ProviderLink, distrust
from node.clock import Clock
from node.errors import SignInError, StoreError
from node.settings import SignInSettings
from node.store_key import StoreKey
from protocol import labels
from protocol.encoding import encode_base64url

log = structlog.get_logger()

RETURN_PATH = "/sign-in/return"

ATTEMPT_MS = 15 * 60_000
"""How long somebody may take at the service."""

LEEWAY_SECONDS = 60

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")

TOO_LATE = "This took too long, or was begun in another browser. Try again"


class _Attempt(BaseModel):
    """What is remembered of somebody who is at the service: by their browser, sealed."""

    model_config = ConfigDict(frozen=True)

    state: str
    nonce: str
    verifier: str
    begun_ms: int


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """Where somebody goes to sign in, and what their browser keeps until they are back."""

    address: str
    attempt: bytes


class Provider:
    """The council's own sign-in service."""

    def __init__(
        self,
        settings: SignInSettings,
        key: StoreKey,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Goes over the network unless it is given another way.

        Raises:
            SettingsError: a role is none of ours, or the client secret cannot be read.
        """
        self._settings = settings
        self._profile = Profile(settings)
        self._link = ProviderLink(settings, clock, transport)
        self._key = key
        self._clock = clock

    async def begin(self) -> Begun:
        """Send somebody to the service.

        Raises:
            SignInError: it does not answer.
        """
        metadata = await self._link.metadata()
        attempt = _Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            begun_ms=self._clock(),
        )
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._return_address,
            "scope": self._settings.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": encode_base64url(digest),
            "code_challenge_method": "S256",
        } | self._evidence_wanted()
        address = _with_query(metadata.authorization_endpoint, query)
        content = attempt.model_dump_json().encode()
        return Begun(address, self._key.seal(labels.STORE_SIGN_IN, content))

    async def sign_out_address(self) -> str | None:
        """Return where somebody signs out of the service too, None where it has no such place.

        It asks them there, and sends them back (OpenID Connect RP-Initiated Logout 1.0 §2).

        Raises:
            SignInError: it does not answer.
        """
        endpoint = (await self._link.metadata()).end_session_endpoint
        back = f"{self._settings.address}/sign-in"
        query = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return _with_query(endpoint, query) if endpoint is not None else None

    async def finish(self, sealed: bytes, query: Mapping[str, str]) -> Person:
        """Return who came back from the service.

        Args:
            sealed: what the browser kept.
            query: what the service sent back with them.

        Raises:
            SignInError: it let nobody in, or what it says cannot be relied on.
        """
        attempt = self._opened(sealed)
        if attempt is None or not _is_same(query.get("state", ""), attempt.state):
            raise SignInError(TOO_LATE)
        # RFC 9207 §2.4: an answer of another service that somebody was led to in between.
        if query.get("iss", self._settings.issuer) != self._settings.issuer:
            raise distrust("another issuer answers")
        if "code" not in query:
            log.warning("not let in by the sign-in service")
            raise SignInError(NOT_LET_IN)
        token = await self._link.id_token(
            {
                "code": query["code"],
                "redirect_uri": self._return_address,
                "code_verifier": attempt.verifier,
            }
        )
        return self._profile.person(self._judged(await self._decoded(token), attempt.nonce))

    @property
    def _return_address(self) -> str:
        return self._settings.address + RETURN_PATH

    def _evidence_wanted(self) -> dict[str, str]:
        """Ask the service for the evidence that is looked for afterwards (Core §3.1.2.1, §5.5)."""
        values = self._settings.multi_factor_values
        if self._settings.multi_factor_claim == "acr":
            return {"acr_values": " ".join(values)}
        if self._settings.multi_factor_claim == "acrs":
            wanted = {"id_token": {"acrs": {"essential": True, "values": [*values]}}}
            return {"claims": json.dumps(wanted)}
        return {}

    def _opened(self, sealed: bytes) -> _Attempt | None:
        try:
            content = self._key.open(labels.STORE_SIGN_IN, sealed)
        except StoreError:
            return None
        attempt = _Attempt.model_validate_json(content)
        return attempt if 0 <= self._clock() - attempt.begun_ms <= ATTEMPT_MS else None

    async def _decoded(self, token: str) -> dict[str, Any]:
        """Return what the service signed."""
        claims = _signed(token, await self._link.keys())
        if claims is None:
            claims = _signed(token, await self._link.newer_keys())
        if claims is None:
            raise distrust("signature")
        return claims

    def _judged(self, claims: dict[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return claims that are of now, and for this attempt (Core §3.1.3.7)."""
        client_id = self._settings.client_id
        registry = jwt.JWTClaimsRegistry(
            self._clock() // 1000,
            LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except JoseError:
            raise distrust("claims") from None
        is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if is_for_several else client_id) != client_id:
            raise distrust("for another client")
        return claims


def _with_query(address: str, query: Mapping[str, str]) -> str:
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode(query)}"


def _signed(token: str, keys: KeySet) -> dict[str, Any] | None:
    try:
        return jwt.decode(token, keys, ALGORITHMS).claims
    except (JoseError, ValueError):
        return None


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())
