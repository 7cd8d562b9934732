"""What stands between the network and every page: headers, other sites, bodies of any size."""

import secrets
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from node.logging import place_of

log = structlog.get_logger()

MOST_BODY_BYTES = 64 * 1024
TOO_MUCH = 413
NONCE_BYTES = 16

FOR_PROGRAMS = "/api/"
"""Below it no cookie counts: what another site has a browser send there is nobody's."""

_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With none at all, browsers say of a form that its origin is null: then those that say nothing
    # else of where it is from could not sign in.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


FAILED = "This did not work, and is recorded here. If it cannot wait, ring the council's duty line."


class PageError(Exception):
    """A page that broke off: the connection ends, so that nobody takes it for whole."""


class Guard:
    """Plain ASGI around the pages, so that answers stream through it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        scope.setdefault("state", {})["nonce"] = nonce

        has_begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _add_headers(message, nonce)
            await send(message)

        refusal = _refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        body = _BoundedBody(receive)
        try:
            await self._app(scope, body.receive, send_guarded)
        except Exception as error:
            # The server would log its text, which might be a child's.
            log.warning("page failed", type=type(error).__name__, place=place_of(error))
            if has_begun:
                raise PageError from None
            await PlainTextResponse(FAILED, 500)(scope, receive, send_guarded)


def nonce_of(state: MutableMapping[str, Any]) -> str:
    """Return what the scripts of this response are marked with."""
    nonce: str = state["nonce"]
    return nonce


class _BoundedBody:
    """A body that is refused where it is longer than any form, whatever was said before it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MOST_BODY_BYTES

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(TOO_MUCH)
        return message


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    if scope["method"] in {"GET", "HEAD"}:
        return None
    if not scope["path"].startswith(FOR_PROGRAMS) and not _is_from_here(headers):
        return PlainTextResponse("This form was sent from another site.", 403)
    if int(headers.get("content-length", "0") or 0) > MOST_BODY_BYTES:
        return PlainTextResponse("This is more than any form holds.", TOO_MUCH)
    return None


def _is_from_here(headers: Headers) -> bool:
    """Whether a form was sent by a page of ours, by what the browser says of it."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    _, _, host = headers.get("origin", "").partition("://")
    return bool(host) and host == headers.get("host")


def _add_headers(message: Message, nonce: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
    headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
