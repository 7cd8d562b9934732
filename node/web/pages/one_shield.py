"""One shielded child: why, who was told before, whether it is still needed."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.model import AccountRole
from node.errors import ShieldError
from node.records.model import CASE_REFERENCE_BYTES
from node.records.shield import Shield, ShieldId
from node.web.addresses import shield_id
from node.web.forms import FormProblems, Problem, read_form
from node.web.pages.shields import not_done, path_of
from node.web.shield_forms import LOOKED_AT_IN, needed, why_and_when
from node.web.signing_in import SignedIn
from node.web.site import Site


def add_routes(app: FastAPI, site: Site) -> None:
    """Add them behind those that no shield is named in: `new` and `requests` are none."""
    officer = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.SHIELDING_OFFICER))]
    shielding = site.parts.shielding

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
            return not_done(site, path_of(id), signed_in, fields, error)
        return RedirectResponse("/shields", 303)

    @app.post("/shields/{shield}/namesake")
    async def namesake(request: Request, signed_in: officer, shield: str) -> Response:
        fields, id = await read_form(request, signed_in), shield_id(shield)
        found: list[Problem] = []
        name, missing = "namesake", "say which case it is"
        reference = needed(fields, name, "Case", CASE_REFERENCE_BYTES, missing, found)
        if found:
            return site.mend(path_of(id), signed_in, fields, found)
        try:
            await run_in_threadpool(shielding.shields.add_namesake, id, reference)
        except ShieldError as error:
            return not_done(site, path_of(id), signed_in, fields, error)
        return RedirectResponse(path_of(id), 303)

    @app.post("/shields/{shield}/end")
    async def end(request: Request, signed_in: officer, shield: str) -> Response:
        fields, id = await read_form(request, signed_in), shield_id(shield)
        try:
            await run_in_threadpool(shielding.end, id, signed_in.account.name)
        except ShieldError as error:
            return not_done(site, path_of(id), signed_in, fields, error)
        return RedirectResponse(path_of(id), 303)


async def _found(site: Site, id: ShieldId) -> Shield:
    found = await run_in_threadpool(site.parts.shielding.shields.find, id)
    if found is None:
        raise HTTPException(404)
    return found
