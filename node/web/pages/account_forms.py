"""Making and changing accounts, and new passwords, where accounts are of this node alone; and
removing them: the council's own sign-in service says nothing of who has left.

No password is typed or chosen here: a browser keeps what a form held.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, ParamSpec

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from node.accounts.entries import Entries, changed_account, new_account
from node.accounts.model import Account, AccountRole
from node.accounts.passwords import new_password
from node.accounts.store import NewAccount
from node.errors import AccountError, EntryProblems
from node.web.forms import Problem, read_form, text_of
from node.web.pages.accounts import find_account, path_of
from node.web.signing_in import SignedIn
from node.web.site import Site

OWN_ROLE = (
    "Role: you cannot stop being an administrator yourself. Another administrator does it, or "
    "whoever runs this service, at its command line"
)

_Given = ParamSpec("_Given")


def add_routes(app: FastAPI, site: Site) -> None:
    """Add them before the page of one account: `new` is none."""
    allowed, accounts = site.doors.for_roles(AccountRole.ADMINISTRATOR), site.parts.accounts

    async def administers_ours(request: Request) -> SignedIn:
        signed_in = await allowed(request)
        if site.parts.provider is not None:
            raise HTTPException(404)
        return signed_in

    administers = Annotated[SignedIn, Depends(allowed)]
    gives_accounts = Annotated[SignedIn, Depends(administers_ours)]

    @app.get("/accounts/new")
    async def new(request: Request, signed_in: gives_accounts) -> Response:
        return await site.form(request, "account_new.html", signed_in)

    @app.post("/accounts/new")
    async def make(request: Request, signed_in: gives_accounts) -> Response:
        fields = await read_form(request, signed_in)
        try:
            made = new_account(text_of(fields, "username"), _entries(fields))
            password = new_password(made.username)
            await run_in_threadpool(accounts.add, NewAccount(made, password))
        except EntryProblems as found:
            return site.mend(request.url.path, signed_in, fields, _problems(found))
        except AccountError as error:
            problem = Problem("username", f"Username: {error}")
            return site.mend(request.url.path, signed_in, fields, [problem])
        return site.show_once(signed_in, f"{path_of(made)}/password", password=password)

    @app.post("/accounts/{account}")
    async def change(request: Request, signed_in: gives_accounts, account: str) -> Response:
        fields = await read_form(request, signed_in)
        found = await find_account(site, account)
        try:
            changed = changed_account(found, _entries(fields))
        except EntryProblems as wrong:
            return site.mend(path_of(found), signed_in, fields, _problems(wrong))
        if _is_own(found, signed_in) and not changed.administers:
            problem = Problem("role", OWN_ROLE)
            return site.mend(path_of(found), signed_in, fields, [problem])
        await _if_there(accounts.change, found.username, lambda _: changed)
        return RedirectResponse("/accounts", 303)

    @app.get("/accounts/{account}/password")
    async def password_page(request: Request, signed_in: gives_accounts, account: str) -> Response:
        found = await find_account(site, account)
        return await site.form(request, "account_password.html", signed_in, person=found)

    @app.post("/accounts/{account}/password")
    async def give_password(request: Request, signed_in: gives_accounts, account: str) -> Response:
        await read_form(request, signed_in)
        found = await find_account(site, account)
        if _is_own(found, signed_in):
            return await site.page(
                request, "account_password.html", signed_in, 409, person=found, typed={}
            )
        password = new_password(found.username)
        await _if_there(accounts.change, found.username, lambda held: held, password)
        return site.show_once(signed_in, f"{path_of(found)}/password", password=password)

    @app.get("/accounts/{account}/remove")
    async def remove_page(request: Request, signed_in: administers, account: str) -> Response:
        found = await find_account(site, account)
        watched = await run_in_threadpool(site.parts.watches.number_of, found.username)
        return await site.page(
            request, "account_remove.html", signed_in, person=found, watched=watched
        )

    @app.post("/accounts/{account}/remove")
    async def remove(request: Request, signed_in: administers, account: str) -> Response:
        await read_form(request, signed_in)
        found = await find_account(site, account)
        if _is_own(found, signed_in):
            return await site.page(request, "account_remove.html", signed_in, 409, person=found)
        await _if_there(accounts.remove, found.username)
        return RedirectResponse("/accounts", 303)


def _is_own(account: Account, signed_in: SignedIn) -> bool:
    return account.username == signed_in.account.username


async def _if_there(
    work: Callable[_Given, None], *arguments: _Given.args, **words: _Given.kwargs
) -> None:
    """Do something to an account, which another administrator may have removed meanwhile."""
    try:
        await run_in_threadpool(work, *arguments, **words)
    except AccountError:
        raise HTTPException(404) from None


def _entries(fields: FormData) -> Entries:
    name, telephone, team = (text_of(fields, field) for field in ("name", "telephone", "team"))
    return Entries(name, telephone, team, [str(role) for role in fields.getlist("role")])


def _problems(found: EntryProblems) -> Sequence[Problem]:
    return [
        Problem(field, f"{field.capitalize()}: {reason}") for field, reason in found.reasons.items()
    ]
