"""Saying more of the child to a council that checks, and asks for one more detail."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.post.callback_store import CallBack
from node.web.addresses import call_back_id
from node.web.enquiry_form import identity_of
from node.web.forms import FormProblems, read_form
from node.web.pages.asking import ASKING
from node.web.pages.call_backs import may_see
from node.web.signing_in import SignedIn
from node.web.site import Site


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]

    async def find(call_back: str, signed_in: SignedIn) -> CallBack:
        """Return a check that one more detail is asked for.

        Raises:
            HTTPException: no such check that this person sees, or nobody waits for anything.
        """
        found = await run_in_threadpool(
            site.parts.call_backs.find, call_back_id(call_back), ours=True
        )
        if found is None or not may_see(signed_in.account, found) or not found.wants_a_field:
            raise HTTPException(404)
        return found

    @app.get("/call-backs/{call_back}/detail")
    async def form(request: Request, signed_in: may_ask, call_back: str) -> Response:
        found = await find(call_back, signed_in)
        return await site.form(request, "detail.html", signed_in, found=found)

    @app.post("/call-backs/{call_back}/detail")
    async def add(request: Request, signed_in: may_ask, call_back: str) -> Response:
        fields = await read_form(request, signed_in)
        found = await find(call_back, signed_in)
        try:
            child = identity_of(fields, site.parts.today)
        except FormProblems as wrong:
            return site.mend(request.url.path, signed_in, fields, wrong.problems)
        site.parts.adding.add(found.request.id, child)
        return RedirectResponse(f"/call-backs/{call_back}", 303)
