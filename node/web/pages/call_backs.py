"""What we have asked of other councils, and what became of it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.model import Account
from node.managing import is_of_team, takers
from node.post.callback_store import CallBack
from node.post.callbacks import LISTED_MS
from node.web.addresses import call_back_id
from node.web.pages.asking import ASKING
from node.web.signing_in import SignedIn
from node.web.site import Site


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]
    call_backs = site.parts.call_backs

    async def list_page(
        request: Request, signed_in: SignedIn, listed: Sequence[CallBack], older: str | None
    ) -> Response:
        now_ms = site.parts.clock()
        seen = sorted(
            (each for each in listed if may_see(signed_in.account, each)),
            key=lambda each: (not each.is_overdue(now_ms), not each.is_new),
        )
        unreached = await run_in_threadpool(call_backs.unreached, seen)
        return await site.page(
            request, "call_backs.html", signed_in, listed=seen, older=older, unreached=unreached
        )

    @app.get("/call-backs")
    async def ours(request: Request, signed_in: may_ask) -> Response:
        listed = await run_in_threadpool(call_backs.of_late, LISTED_MS, ours=True)
        return await list_page(request, signed_in, listed, "/call-backs/all")

    @app.get("/call-backs/all")
    async def everything(request: Request, signed_in: may_ask) -> Response:
        listed = await run_in_threadpool(call_backs.all, ours=True)
        return await list_page(request, signed_in, listed, None)

    @app.get("/call-backs/{call_back}")
    async def one(request: Request, signed_in: may_ask, call_back: str) -> Response:
        found = await run_in_threadpool(call_backs.find, call_back_id(call_back), ours=True)
        if found is None or not may_see(signed_in.account, found):
            raise HTTPException(404)
        if found.is_new and found.username == signed_in.account.username:
            await run_in_threadpool(call_backs.looked, found.request.id)
        people: Sequence[Account] = ()
        if found.is_open and is_of_team(signed_in.account, found):
            everybody = await run_in_threadpool(site.parts.accounts.all)
            people = takers(everybody, signed_in.account.team, found.username)
        is_waiting = site.parts.adding.is_waiting(found.request.id)
        return await site.page(
            request,
            "call_back.html",
            signed_in,
            found=found,
            takers=people,
            is_waiting=is_waiting,
            is_unreached=bool(await run_in_threadpool(call_backs.unreached, [found])),
        )


def may_see(account: Account, asked: CallBack) -> bool:
    """Whether somebody sees a request of ours: their own, or of the team they manage."""
    return asked.username == account.username or is_of_team(account, asked)
