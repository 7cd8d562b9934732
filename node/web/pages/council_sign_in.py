"""Signing in at the council's own service, where there is one."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.provider import RETURN_PATH, Provider
from node.errors import SignInError
from node.web.signing_in import attempt_of, drop_attempt, set_attempt
from node.web.site import Site


def add_routes(app: FastAPI, site: Site) -> None:
    def provider() -> Provider:
        """Return the service.

        Raises:
            HTTPException: this council has none.
        """
        if site.parts.provider is None:
            raise HTTPException(404)
        return site.parts.provider

    async def not_let_in(request: Request, error: SignInError) -> Response:
        return await site.page(request, "sign_in.html", status=403, problem=str(error))

    @app.get("/sign-in/council")
    async def begin(request: Request) -> Response:
        try:
            begun = await provider().begin()
        except SignInError as error:
            return await not_let_in(request, error)
        response = RedirectResponse(begun.address, 303)
        set_attempt(response, begun.attempt)
        return response

    @app.get("/signed-out")
    async def signed_out(request: Request) -> Response:
        service = provider()
        try:
            there = await service.sign_out_address()
        except SignInError:
            there = None  # whoever is away cannot be signed out of
        return await site.page(request, "signed_out.html", there=there)

    @app.get(RETURN_PATH)
    async def finish(request: Request) -> Response:
        try:
            person = await provider().finish(attempt_of(request), request.query_params)
        except SignInError as error:
            response = await not_let_in(request, error)
        else:
            made = await run_in_threadpool(site.parts.accounts.let_in, person)
            response = await site.doors.let_in(request, made)
        drop_attempt(response)
        return response
