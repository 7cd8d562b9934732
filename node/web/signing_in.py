"""Who looks at a page: the session of its cookie, and what the account may do."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from node.accounts.model import Account, AccountRole
from node.accounts.store import SESSION_BYTES, AccountStore, form_token
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import MalformedError

COOKIE = "__Host-whoelse"


class SignInNeeded(Exception):
    """Nobody is signed in."""


class DeclarationNeeded(Exception):
    """Somebody is, who has not promised appropriate use for a year."""


class NotAllowed(Exception):
    """Somebody is, who may not see this, or whose form is not of this session."""


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """Who looks at this page."""

    account: Account
    made: bytes
    """What the browser keeps of the session."""
    has_declared: bool

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
        return SignedIn(session.account, made, session.has_declared)

    def for_roles(self, *roles: AccountRole) -> WhoLooks:
        """Return a dependency that lets these in alone."""

        async def allowed(request: Request) -> SignedIn:
            signed_in = await self.signed_in(request)
            if signed_in.account.roles.isdisjoint(roles):
                raise NotAllowed
            if not signed_in.has_declared:
                raise DeclarationNeeded
            return signed_in

        return allowed


def cookie_of(request: Request) -> bytes:
    """Return what the browser keeps of a session, nothing if it is none of ours."""
    try:
        made = decode_base64url(request.cookies.get(COOKIE, ""))
    except MalformedError:
        return b""
    return made if len(made) == SESSION_BYTES else b""


def set_cookie(response: Response, made: bytes) -> None:
    """Have the browser keep a session until it is closed."""
    response.set_cookie(
        COOKIE, encode_base64url(made), path="/", secure=True, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
