"""Cases that somebody has the node ask about again, and what is new of them."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.asking.keeping import KeptLookup
from node.errors import WatchError
from node.watching.store import WatchId
from node.web.addresses import time_ms, watch_id
from node.web.forms import read_form, text_of
from node.web.pages.asking import ASKING
from node.web.pages.lookups import find_lookup
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.errors import DirectoryError


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]
    watches = site.parts.watches

    @app.get("/watched")
    async def watched(request: Request, signed_in: may_ask) -> Response:
        listed = await run_in_threadpool(watches.all_of, signed_in.account.username)
        return await site.page(request, "watched.html", signed_in, listed=listed)

    @app.post("/lookups/{lookup}/watch")
    async def begin(request: Request, signed_in: may_ask, lookup: str) -> Response:
        await read_form(request, signed_in)
        found = await find_lookup(site, lookup, signed_in)
        if not isinstance(found, KeptLookup):
            raise HTTPException(404)
        try:
            await run_in_threadpool(watches.begin, signed_in.account.username, found)
        except (WatchError, DirectoryError) as error:
            return await _not_watched(site, request, signed_in, error)
        return RedirectResponse("/watched", 303)

    @app.post("/watched/{watch}/seen")
    async def seen(request: Request, signed_in: may_ask, watch: str) -> Response:
        until_ms = time_ms(text_of(await read_form(request, signed_in), "until"))
        username = signed_in.account.username
        await run_in_threadpool(watches.saw, watch_id(watch), username, until_ms)
        return RedirectResponse("/watched", 303)

    for path, do in (("go-on", watches.go_on), ("stop", watches.stop)):
        _add_button(app, site, path, do)


def _add_button(app: FastAPI, site: Site, path: str, do: Callable[[WatchId, str], None]) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]

    @app.post(f"/watched/{{watch}}/{path}")
    async def press(request: Request, signed_in: may_ask, watch: str) -> Response:
        await read_form(request, signed_in)
        try:
            await run_in_threadpool(do, watch_id(watch), signed_in.account.username)
        except (WatchError, DirectoryError) as error:
            return await _not_watched(site, request, signed_in, error)
        return RedirectResponse("/watched", 303)


async def _not_watched(
    site: Site, request: Request, signed_in: SignedIn, error: Exception
) -> Response:
    title = f"This case is not watched: {error}"
    return await site.page(request, "refusal.html", signed_in, 409, title=title)
