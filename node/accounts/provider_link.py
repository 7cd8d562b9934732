"""What the council's sign-in service says over the network: of itself, its keys, ID tokens."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from node.clock import Clock
from node.errors import SettingsError, SignInError
from node.settings import SignInSettings

log = structlog.get_logger()

METADATA_MS = 3_600_000
KEYS_MS = 60_000
"""How long the service's description is used, and how long its keys are where one is missed."""

MOST_BYTES = 256 * 1024
SECONDS = 10.0

KEY_TYPES = ("RSA", "EC", "OKP")
"""Keys that the service alone has: a shared secret signs nothing here."""

UNREACHABLE = (
    "Your council's sign-in service does not answer. Try again in a minute, or ring your IT desk"
)
NOT_LET_IN = "Your council's sign-in service did not let you in. Try again"


class Metadata(BaseModel):
    """OpenID Connect Discovery 1.0 §3: what we use of it."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    end_session_endpoint: str | None = None
    """OpenID Connect RP-Initiated Logout 1.0 §2.1."""


_OBJECT = TypeAdapter(dict[str, Any])


class ProviderLink:
    """Asks the service."""

    def __init__(
        self,
        settings: SignInSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Goes over the network unless it is given another way.

        Raises:
            SettingsError: the client secret cannot be read.
        """
        self._settings = settings
        self._secret = _read_secret(settings)
        self._clock = clock
        self._transport = transport
        self._metadata: Metadata | None = None
        self._metadata_ms = 0
        self._keys: KeySet | None = None
        self._keys_ms = 0

    async def metadata(self) -> Metadata:
        """Return how the service describes itself.

        Raises:
            SignInError: it does not answer, or describes another.
        """
        now_ms = self._clock()
        if self._metadata is None or now_ms - self._metadata_ms > METADATA_MS:
            address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            self._metadata = self._checked(await self._fetch("GET", address))
            self._metadata_ms = now_ms
        return self._metadata

    async def id_token(self, form: Mapping[str, str]) -> str:
        """Return the ID token for a code (Core §3.1.3).

        Raises:
            SignInError: the service gives none.
        """
        metadata = await self.metadata()
        client_id, auth = self._settings.client_id, None
        sent = {"grant_type": "authorization_code", **form}
        if self._secret is None:
            sent["client_id"] = client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
            auth = httpx.BasicAuth(quote(client_id, safe=""), quote(self._secret, safe=""))
        else:
            sent |= {"client_id": client_id, "client_secret": self._secret}
        answer = await self._fetch("POST", metadata.token_endpoint, sent, auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise distrust("no ID token")
        return token

    async def keys(self) -> KeySet:
        """Return the keys that the service signs with.

        Raises:
            SignInError: it does not answer, or has none.
        """
        if self._keys is None:
            self._keys = await self._fetched_keys()
        return self._keys

    async def newer_keys(self) -> KeySet:
        """Return keys that are at most a minute old: the service may have changed them.

        Raises:
            SignInError: it does not answer, or has none.
        """
        if self._clock() - self._keys_ms > KEYS_MS:
            self._keys = await self._fetched_keys()
        return await self.keys()

    async def _fetched_keys(self) -> KeySet:
        metadata = await self.metadata()
        self._keys_ms = self._clock()
        listed = (await self._fetch("GET", metadata.jwks_uri)).get("keys")
        try:
            usable = [key for key in listed or () if key.get("kty") in KEY_TYPES]
            return KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise distrust("keys") from None

    def _checked(self, content: Mapping[str, Any]) -> Metadata:
        try:
            found = Metadata.model_validate(content)
        except ValidationError:
            raise distrust("description") from None
        if found.issuer != self._settings.issuer:
            raise distrust("another issuer describes itself")
        scheme = urlsplit(found.issuer).scheme
        for address in (
            found.authorization_endpoint,
            found.token_endpoint,
            found.jwks_uri,
            found.end_session_endpoint,
        ):
            if address is not None and not address.startswith(f"{scheme}://"):
                raise distrust("an endpoint without TLS")
        return found

    async def _fetch(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object that the service answers with.

        Raises:
            SignInError: none, in time and within bounds.
        """
        try:
            async with (
                httpx.AsyncClient(timeout=SECONDS, transport=self._transport) as client,
                client.stream(
                    method, address, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT
                ) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    log.warning("sign-in service refused", code=response.status_code)
                    raise SignInError(UNREACHABLE if form is None else NOT_LET_IN)
                return _OBJECT.validate_json(await _bounded(response))
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            log.warning("sign-in service not usable", reason=type(error).__name__)
            raise SignInError(UNREACHABLE) from None


def distrust(reason: str) -> SignInError:
    """Return the one text for whatever the service should not have said; log which it was."""
    log.warning("sign-in not relied on", reason=reason)
    return SignInError(NOT_LET_IN)


async def _bounded(response: httpx.Response) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) > MOST_BYTES:
            raise httpx.DecodingError("too long", request=response.request)
    return bytes(read)


def _read_secret(settings: SignInSettings) -> str | None:
    if settings.client_secret is None:
        return None
    try:
        secret = settings.client_secret.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"sign_in.client_secret: {error.strerror}: mount the file") from None
    except ValueError:
        raise SettingsError("sign_in.client_secret: the file is not text") from None
    if not secret:
        raise SettingsError("sign_in.client_secret: the file is empty")
    return secret
