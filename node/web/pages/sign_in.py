"""Signing in with a username and a password, and out."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from node.errors import AccountError
from node.web.attempts import Attempts
from node.web.forms import read_form, text_of
from node.web.signing_in import NotAllowed, SignedIn, drop_cookie
from node.web.site import Site

TOO_MANY = "Too many wrong passwords came from where you are. Wait a minute, and try again"


def add_routes(app: FastAPI, site: Site) -> None:
    accounts, attempts = site.parts.accounts, Attempts(site.parts.clock)
    somebody = Annotated[SignedIn, Depends(site.doors.signed_in)]

    @app.get("/sign-in")
    async def form(request: Request) -> Response:
        return await site.page(request, "sign_in.html")

    @app.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        fields = await read_form(request, None)
        if site.parts.provider is not None:
            # A password is no evidence of a second factor, and the council's service asks for it.
            raise NotAllowed
        username, password = text_of(fields, "username").lower(), fields.get("password", "")
        address = request.client.host if request.client else ""
        if not attempts.may(address):
            return await site.page(request, "sign_in.html", status=429, problem=TOO_MANY)
        try:
            made = await run_in_threadpool(accounts.sign_in, username, str(password))
        except AccountError as error:
            return await site.page(
                request, "sign_in.html", status=422, problem=str(error), username=username
            )
        attempts.was_right(address)
        return await site.doors.let_in(request, made)

    @app.get("/declaration")
    async def declaration(request: Request, signed_in: somebody) -> Response:
        return await site.page(request, "declaration.html", signed_in)

    @app.post("/declaration")
    async def declare(request: Request, signed_in: somebody) -> Response:
        await read_form(request, signed_in)
        await run_in_threadpool(accounts.declare, signed_in.account.username)
        return RedirectResponse("/", 303)

    @app.post("/stay")
    async def stay(request: Request, signed_in: somebody) -> Response:
        """Keep a session that somebody says is still looked at."""
        await read_form(request, signed_in)
        return Response(status_code=204)

    @app.post("/sign-out")
    async def sign_out(request: Request, signed_in: somebody) -> Response:
        await read_form(request, signed_in)
        await run_in_threadpool(accounts.sign_out, signed_in.made)
        own = site.parts.provider is None
        response = RedirectResponse("/sign-in" if own else "/signed-out", 303)
        drop_cookie(response)
        return response
