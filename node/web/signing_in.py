"""Who looks at a page: the session of its cookie, and what the account may do."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from node.accounts.model import Account, AccountRole
from node.accounts.store import LONGEST_MS, SESSION_BYTES, AccountStore, form_token
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import MalformedError

COOKIE = "__Host-whoelse"
ATTEMPT_COOKIE = "__Host-whoelse-sign-in"


class SignInNeeded(Exception):
    """Nobody is signed in."""


class DeclarationNeeded(Exception):
    """Somebody is, who has not promised appropriate use for a year."""


class DetailsNeeded(Exception):
    """Somebody is, who asks but has not said where they can be rung, or their team."""


class NotAllowed(Exception):
    """Somebody is, who may not see this, or whose form is not of this session."""


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """Who looks at this page."""

    account: Account
    made: bytes
    """What the browser keeps of the session."""
    has_declared: bool
    ends_ms: int
    """When the session ends in any case, as Unix time."""

    @property
    def token(self) -> str:
        """What this session's forms carry."""
        return form_token(self.made)


WhoLooks = Callable[[Request], Coroutine[Any, Any, SignedIn]]


class Doors:
    """Lets people in."""

    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts

    async def signed_in(self, request: Request) -> SignedIn:
        """Return who looks at this page.

        Raises:
            SignInNeeded: no session, or one that has ended.
        """
        found = await self.perhaps_signed_in(request)
        if found is None:
            raise SignInNeeded
        return found

    async def perhaps_signed_in(self, request: Request) -> SignedIn | None:
        """Return who looks at a page that anybody may see, None if it is nobody we know."""
        made = cookie_of(request)
        session = await run_in_threadpool(self._accounts.session, made) if made else None
        if session is None:
            return None
        ends_ms = session.begun_ms + LONGEST_MS
        return SignedIn(session.account, made, session.has_declared, ends_ms)

    def for_roles(self, *roles: AccountRole) -> WhoLooks:
        """Return a dependency that lets these in alone."""

        async def allowed(request: Request) -> SignedIn:
            signed_in = await self.signed_in(request)
            if signed_in.account.roles.isdisjoint(roles):
                raise NotAllowed
            if not signed_in.has_declared:
                raise DeclarationNeeded
            if not signed_in.account.can_be_rung:
                raise DetailsNeeded
            return signed_in

        return allowed

    async def let_in(self, request: Request, made: bytes) -> Response:
        """Return the way to the first page, for who has just signed in; what session the browser
        had before is ended."""
        before = cookie_of(request)
        if before:
            await run_in_threadpool(self._accounts.sign_out, before)
        response = RedirectResponse("/", 303)
        set_cookie(response, made)
        return response


def cookie_of(request: Request) -> bytes:
    """Return what the browser keeps of a session, nothing if it is none of ours."""
    made = _cookie(request, COOKIE)
    return made if len(made) == SESSION_BYTES else b""


def attempt_of(request: Request) -> bytes:
    """Return what the browser keeps of somebody who is at the council's sign-in service."""
    return _cookie(request, ATTEMPT_COOKIE)


def set_cookie(response: Response, made: bytes) -> None:
    """Have the browser keep a session until it is closed."""
    _set(response, COOKIE, made)


def set_attempt(response: Response, attempt: bytes) -> None:
    """Have the browser keep what is needed when somebody comes back from the service."""
    _set(response, ATTEMPT_COOKIE, attempt)


def drop_cookie(response: Response) -> None:
    _drop(response, COOKIE)


def drop_attempt(response: Response) -> None:
    _drop(response, ATTEMPT_COOKIE)


def _cookie(request: Request, name: str) -> bytes:
    try:
        return decode_base64url(request.cookies.get(name, ""))
    except MalformedError:
        return b""


def _set(response: Response, name: str, content: bytes) -> None:
    response.set_cookie(
        name, encode_base64url(content), path="/", secure=True, httponly=True, samesite="lax"
    )


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
