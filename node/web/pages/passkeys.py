"""Passkeys: adding and removing one's own, and signing in with one."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.passkeys import Passkeys
from node.errors import AccountError
from node.web.addresses import passkey_id
from node.web.forms import FormProblems, Problem, bounded_text_of, read_form
from node.web.signing_in import SignedIn
from node.web.site import Site

NAME_BYTES = 40


def add_routes(app: FastAPI, site: Site) -> None:
    somebody = Annotated[SignedIn, Depends(site.doors.signed_in)]

    def here() -> Passkeys:
        """Return those of this node; there are none where people sign in elsewhere."""
        if site.parts.passkeys is None:
            raise HTTPException(404)
        return site.parts.passkeys

    theirs = Annotated[Passkeys, Depends(here)]

    @app.get("/passkeys")
    async def mine(request: Request, signed_in: somebody, passkeys: theirs) -> Response:
        listed = await run_in_threadpool(passkeys.of, signed_in.account.username)
        return await site.form(request, "passkeys.html", signed_in, listed=listed)

    @app.post("/passkeys/options")
    async def options(request: Request, signed_in: somebody, passkeys: theirs) -> Response:
        await read_form(request, signed_in)
        return JSONResponse(await run_in_threadpool(passkeys.options_to_add, signed_in.account))

    @app.post("/passkeys")
    async def add(request: Request, signed_in: somebody, passkeys: theirs) -> Response:
        fields = await read_form(request, signed_in)
        username, credential = signed_in.account.username, str(fields.get("credential", ""))
        try:
            name = bounded_text_of(fields, "name", "Name", NAME_BYTES) or "Passkey"
            await run_in_threadpool(passkeys.add, username, name, credential)
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems)
        except AccountError as error:
            problem = Problem("name", str(error))
            return site.mend(request.url.path, signed_in, fields, [problem])
        return RedirectResponse("/passkeys", 303)

    @app.post("/passkeys/{passkey}/remove")
    async def remove(
        request: Request, signed_in: somebody, passkeys: theirs, passkey: str
    ) -> Response:
        await read_form(request, signed_in)
        await run_in_threadpool(passkeys.remove, passkey_id(passkey), signed_in.account.username)
        return RedirectResponse("/passkeys", 303)

    @app.post("/sign-in/passkey/options")
    async def options_to_sign_in(passkeys: theirs) -> Response:
        return JSONResponse(await run_in_threadpool(passkeys.options_to_sign_in))

    @app.post("/sign-in/passkey")
    async def sign_in(request: Request, passkeys: theirs) -> Response:
        fields = await read_form(request, None)
        credential = str(fields.get("credential", ""))
        try:
            made = await run_in_threadpool(passkeys.sign_in, credential)
        except AccountError as error:
            return await site.page(request, "sign_in.html", status=422, problem=str(error))
        return await site.doors.let_in(request, made)
