"""What somebody has done here, as it is recorded, and where they are signed in."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from node.web.forms import read_form
from node.web.signing_in import SignedIn
from node.web.site import Site


def add_routes(app: FastAPI, site: Site) -> None:
    somebody = Annotated[SignedIn, Depends(site.doors.signed_in)]
    accounts, recorded = site.parts.accounts, site.parts.activity

    @app.get("/activity")
    async def activity(request: Request, signed_in: somebody) -> Response:
        username = signed_in.account.username
        return await site.page(
            request,
            "activity.html",
            signed_in,
            sessions=await run_in_threadpool(accounts.sessions, username, signed_in.made),
            asked=await run_in_threadpool(recorded.of, username),
        )

    @app.post("/sign-out-elsewhere")
    async def sign_out_elsewhere(request: Request, signed_in: somebody) -> Response:
        await read_form(request, signed_in)
        username = signed_in.account.username
        await run_in_threadpool(accounts.sign_out_elsewhere, username, signed_in.made)
        return RedirectResponse("/activity", 303)
