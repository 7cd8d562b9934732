"""Children of whom nothing is answered: what the shielding officers set, look at again and end."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.model import AccountRole
from node.errors import ShieldError
from node.records.applications import WAITING
from node.records.shields import AlreadyShieldedError, Shield, ShieldId
from node.web.addresses import shield_id
from node.web.forms import FormProblems, read_form
from node.web.shield_forms import LOOKED_AT_IN, cases_of, chosen, why_and_when
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.encoding import encode_base64url


def add_routes(app: FastAPI, site: Site) -> None:
    officer = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.SHIELDING_OFFICER))]
    shielding = site.parts.shielding

    @app.get("/shields")
    async def shields(request: Request, signed_in: officer) -> Response:
        listed = await run_in_threadpool(shielding.shields.all)
        asked = await run_in_threadpool(shielding.applications.all)
        standing = [each for each in listed if not each.shield.ended_by]
        return await site.page(
            request,
            "shields.html",
            signed_in,
            standing=sorted(standing, key=lambda each: each.shield.review_on),
            ended=[each for each in listed if each.shield.ended_by],
            waiting=[each for each in asked if each.application.stage in WAITING],
            decided=[each for each in asked if each.application.stage not in WAITING],
            today=site.parts.today,
        )

    @app.get("/shields/new")
    async def new(request: Request, signed_in: officer) -> Response:
        return await site.form(request, "shield_new.html", signed_in, looked_at_in=LOOKED_AT_IN)

    @app.post("/shields/new")
    async def begin(request: Request, signed_in: officer) -> Response:
        fields = await read_form(request, signed_in)
        cases, problems = await cases_of(shielding.cases, fields)
        try:
            reason, review_in = why_and_when(fields, problems)
            case = chosen(fields, cases)
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems, cases)
        name = signed_in.account.name
        try:
            id, _ = await run_in_threadpool(shielding.begin, case, name, reason, review_in)
        except AlreadyShieldedError as error:
            return RedirectResponse(path_of(error.id), 303)
        return RedirectResponse(path_of(id), 303)

    @app.get("/shields/{shield}")
    async def one(request: Request, signed_in: officer, shield: str) -> Response:
        id = shield_id(shield)
        found = await _found(site, id)
        return await site.form(
            request,
            "shield.html",
            signed_in,
            id=id,
            shield=found,
            looked_at_in=LOOKED_AT_IN,
            today=site.parts.today,
        )

    @app.get("/shields/{shield}/told")
    async def told(request: Request, signed_in: officer, shield: str) -> Response:
        id = shield_id(shield)
        found = await _found(site, id)
        listed = await run_in_threadpool(shielding.told_before, found)
        return await site.page(
            request, "shield_told.html", signed_in, id=id, shield=found, listed=listed
        )

    @app.post("/shields/{shield}/review")
    async def review(request: Request, signed_in: officer, shield: str) -> Response:
        fields, id = await read_form(request, signed_in), shield_id(shield)
        try:
            note, review_in = why_and_when(fields)
        except FormProblems as found:
            return site.mend(path_of(id), signed_in, fields, found.problems)
        name = signed_in.account.name
        try:
            await run_in_threadpool(shielding.review, id, name, note, review_in)
        except ShieldError as error:
            return await not_done(site, request, signed_in, error)
        return RedirectResponse("/shields", 303)

    @app.post("/shields/{shield}/end")
    async def end(request: Request, signed_in: officer, shield: str) -> Response:
        await read_form(request, signed_in)
        id = shield_id(shield)
        try:
            await run_in_threadpool(shielding.end, id, signed_in.account.name)
        except ShieldError as error:
            return await not_done(site, request, signed_in, error)
        return RedirectResponse(path_of(id), 303)


async def _found(site: Site, id: ShieldId) -> Shield:
    found = await run_in_threadpool(site.parts.shielding.shields.find, id)
    if found is None:
        raise HTTPException(404)
    return found


async def not_done(
    site: Site, request: Request, signed_in: SignedIn, error: ShieldError
) -> Response:
    """Say why nothing was done: another officer may have ended it meanwhile."""
    title = f"Nothing has changed: {error}"
    return await site.page(request, "refusal.html", signed_in, 409, title=title)


def path_of(id: ShieldId) -> str:
    return f"/shields/{encode_base64url(id)}"
