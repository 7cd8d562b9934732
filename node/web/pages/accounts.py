"""Who may sign in here, for administrators: all of them, each, and ending their sessions."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from node.accounts.entries import entries_of
from node.accounts.model import Account, AccountRole
from node.web.addresses import username
from node.web.forms import read_form
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.encoding import encode_base64url


def add_routes(app: FastAPI, site: Site) -> None:
    administers = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.ADMINISTRATOR))]
    accounts = site.parts.accounts

    @app.get("/accounts")
    async def everybody(request: Request, signed_in: administers) -> Response:
        people = await run_in_threadpool(accounts.all)
        return await site.page(
            request,
            "accounts.html",
            signed_in,
            people=sorted(people, key=lambda each: (each.name.casefold(), each.username)),
            last_seen=await run_in_threadpool(accounts.last_seen),
        )

    @app.get("/accounts/{account}")
    async def one(request: Request, signed_in: administers, account: str) -> Response:
        found = await find_account(site, account)
        sessions = await run_in_threadpool(accounts.sessions, found.username, signed_in.made)
        return await site.form(
            request, "account.html", signed_in, _form_of(found), person=found, sessions=sessions
        )

    @app.post("/accounts/{account}/sign-out")
    async def sign_out(request: Request, signed_in: administers, account: str) -> Response:
        await read_form(request, signed_in)
        found = await find_account(site, account)
        # Of whoever presses it on their own account, this session goes on.
        await run_in_threadpool(accounts.sign_out_elsewhere, found.username, signed_in.made)
        return RedirectResponse(path_of(found), 303)


async def find_account(site: Site, account: str) -> Account:
    """Return the account of an address.

    Raises:
        HTTPException: there is none.
    """
    found = await run_in_threadpool(site.parts.accounts.find, username(account))
    if found is None:
        raise HTTPException(404)
    return found


def path_of(account: Account) -> str:
    """Return where an account's page is."""
    return f"/accounts/{encode_base64url(account.username.encode())}"


def _form_of(account: Account) -> FormData:
    entries = entries_of(account)
    return FormData(
        [
            ("name", entries.name),
            ("telephone", entries.telephone),
            ("team", entries.team),
            *(("role", role) for role in entries.role),
        ]
    )
