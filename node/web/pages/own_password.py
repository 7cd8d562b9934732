"""Another password of one's own, where accounts are of this node alone."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.errors import AccountError
from node.web.forms import Problem, read_form
from node.web.signing_in import SignedIn, SignInNeeded
from node.web.site import NOTHING_TYPED, Site

NOT_IT = (
    "This is not your password now, or there were too many attempts. Wait a minute before you try "
    "a sixth time"
)


def add_routes(app: FastAPI, site: Site) -> None:
    accounts = site.parts.accounts

    async def has_one(request: Request) -> SignedIn:
        signed_in = await site.doors.signed_in(request)
        if site.parts.provider is not None:
            raise HTTPException(404)
        return signed_in

    somebody = Annotated[SignedIn, Depends(has_one)]

    @app.get("/password")
    async def form(request: Request, signed_in: somebody) -> Response:
        return await site.form(request, "own_password.html", signed_in)

    @app.post("/password")
    async def change(request: Request, signed_in: somebody) -> Response:
        fields = await read_form(request, signed_in)
        username = signed_in.account.username

        def again(field: str, problem: str) -> Response:
            # What was typed is a password: it is not shown again.
            return site.mend(request.url.path, signed_in, NOTHING_TYPED, [Problem(field, problem)])

        now, new = (str(fields.get(name, "")) for name in ("password", "new_password"))
        if not new:
            return again("new_password", "Type a new password")
        try:
            checked = await run_in_threadpool(accounts.check_password, username, now)
        except AccountError:
            return again("password", NOT_IT)
        try:
            await run_in_threadpool(accounts.change, username, lambda held: held, new, checked)
        except AccountError as error:
            reason = str(error)
            return again("new_password", reason[0].upper() + reason[1:])
        # All sessions have ended, this one too.
        try:
            made = await run_in_threadpool(accounts.begin_session, username)
        except AccountError:
            raise SignInNeeded from None
        return await site.doors.let_in(request, made)
