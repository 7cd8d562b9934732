"""Who else has asked about cases of a team, and why: they may know what the team does not."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from node.accounts.model import AccountRole
from node.web.addresses import notice_ids
from node.web.forms import read_form, text_of
from node.web.pages.asking import ASKING
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.encoding import encode_base64url


def add_routes(app: FastAPI, site: Site) -> None:
    roles = (*ASKING, AccountRole.SHIELDING_OFFICER)
    is_told = Annotated[SignedIn, Depends(site.doors.for_roles(*roles))]
    telling = site.telling

    @app.get("/asked-about")
    async def asked_about(request: Request, signed_in: is_told) -> Response:
        listed = await run_in_threadpool(telling.latest, signed_in.account)
        shown = b"".join(each.id for each in listed if each.is_new)
        return await site.page(
            request, "asked_about.html", signed_in, listed=listed, shown=encode_base64url(shown)
        )

    @app.post("/asked-about")
    async def saw(request: Request, signed_in: is_told) -> Response:
        # What has come since the page was shown has nobody seen, whenever it was asked.
        shown = notice_ids(text_of(await read_form(request, signed_in), "shown"))
        await run_in_threadpool(telling.saw, signed_in.account, shown)
        return RedirectResponse("/asked-about", 303)
