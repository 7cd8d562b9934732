"""The pages as one application."""

from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from node.errors import StoreError
from node.logging import place_of
from node.web.api.app import PATH, create_api
from node.web.guard import Guard
from node.web.pages import (
    account_forms,
    accounts,
    activity,
    adding,
    asked_about,
    asking,
    call_back_forms,
    call_backs,
    council_sign_in,
    details,
    families,
    inbox,
    lookups,
    one_shield,
    own_password,
    passkeys,
    public,
    records,
    sample,
    shield_requests,
    shields,
    sign_in,
    team,
    watched,
)
from node.web.signing_in import DeclarationNeeded, DetailsNeeded, NotAllowed, SignInNeeded
from node.web.site import Parts, Site

log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"

ROOMS = (
    public,
    families,
    sign_in,
    council_sign_in,
    passkeys,
    own_password,
    details,
    activity,
    asking,
    lookups,
    call_back_forms,
    call_backs,
    adding,
    inbox,
    asked_about,
    watched,
    team,
    sample,
    records,
    shield_requests,
    shields,
    one_shield,
    account_forms,
    accounts,
)

_TITLES = {
    403: "You cannot see this page",
    404: "There is no such page",
    405: "There is no such page",
    413: "This is more than any form holds",
}


def create_site(parts: Parts) -> ASGIApp:
    """Return the pages of one node."""
    return Guard(create_pages(parts))


def create_pages(parts: Parts) -> FastAPI:
    """Return the pages without what guards them."""
    site = Site(parts)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for room in ROOMS:
        room.add_routes(app, site)
    app.mount(PATH, create_api(site))
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    handlers: dict[type[Exception], Any] = {
        SignInNeeded: _To("/sign-in"),
        DeclarationNeeded: _To("/declaration"),
        DetailsNeeded: _To("/details"),
        NotAllowed: _Refusal(site, 403),
        HTTPException: _Refusal(site, 404),
        StoreError: _Unusable(site),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    return app


class _To:
    """The way to what is needed first."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def __call__(self, request: Request, error: Exception) -> Response:
        del request, error
        return RedirectResponse(self._path, 303)


class _Unusable:
    """The page that says whom to ring, where nothing can be read or kept."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, request: Request, error: Exception) -> Response:
        log.warning("page failed", type=type(error).__name__, place=place_of(error))
        return await self._site.page(
            request, "unusable.html", status=503, members=self._site.members()
        )


class _Refusal:
    """The page that says why there is none."""

    def __init__(self, site: Site, status: int) -> None:
        self._site = site
        self._status = status

    async def __call__(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else self._status
        title = _TITLES.get(status, "This did not work")
        return await self._site.page(request, "refusal.html", status=status, title=title)
