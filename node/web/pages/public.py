"""What anybody may read: help, what the service never does, what for it is used, how accessible
its pages are."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from node.accounts.model import Account
from node.web.site import Site
from node.web.telling import audiences
from protocol.errors import DirectoryError


def add_routes(app: FastAPI, site: Site) -> None:

    @app.get("/")
    async def start(request: Request) -> Response:
        signed_in = await site.doors.perhaps_signed_in(request)
        if signed_in is None:
            return RedirectResponse("/sign-in", 303)
        return RedirectResponse(_first_page(signed_in.account), 303)

    @app.get("/about")
    async def about(request: Request) -> Response:
        try:
            purposes = [*site.parts.directory().purposes.values()]
        except DirectoryError:
            purposes = []
        signed_in = await site.doors.perhaps_signed_in(request)
        return await site.page(request, "about.html", signed_in, purposes=purposes)

    @app.get("/help")
    async def help_page(request: Request) -> Response:
        signed_in = await site.doors.perhaps_signed_in(request)
        return await site.page(request, "help.html", signed_in)

    @app.get("/accessibility")
    async def accessibility(request: Request) -> Response:
        signed_in = await site.doors.perhaps_signed_in(request)
        return await site.page(request, "accessibility.html", signed_in)

    @app.get("/colour.css")
    async def colour() -> Response:
        rule = f":root {{ --council-colour: {site.parts.colour}; }}\n"
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(rule, media_type="text/css", headers=headers)


def _first_page(account: Account) -> str:
    if account.asks_as:
        return "/ask"
    if audiences(account):
        return "/asked-about"
    if account.is_data_steward:
        return "/records"
    return "/accounts" if account.administers else "/about"
