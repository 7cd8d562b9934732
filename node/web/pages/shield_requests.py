"""What others ask of the shielding officers, and what these decide."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from node.accounts.model import AccountRole
from node.errors import ShieldError
from node.records.applications import ANY_NUMBER, Application, ApplicationId
from node.records.shield import ShieldId
from node.web.addresses import application_id
from node.web.forms import FormProblems, Problem, read_form, text_of
from node.web.pages.shields import not_done, path_of
from node.web.shield_forms import (
    APPLICANTS,
    LOOKED_AT_IN,
    REASON_BYTES,
    application_of,
    cases_of,
    chosen,
    needed,
    why_and_when,
)
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.encoding import encode_base64url


def add_routes(app: FastAPI, site: Site) -> None:
    officer = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.SHIELDING_OFFICER))]
    shielding = site.parts.shielding

    @app.get("/shields/requests/new")
    async def new(request: Request, signed_in: officer) -> Response:
        return await site.form(request, "shield_request_new.html", signed_in, applicants=APPLICANTS)

    @app.post("/shields/requests/new")
    async def note(request: Request, signed_in: officer) -> Response:
        fields = await read_form(request, signed_in)
        try:
            application = application_of(fields, site.parts.clock())
            id = await run_in_threadpool(shielding.applications.add, application, ANY_NUMBER)
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems)
        return RedirectResponse(_path_of(id), 303)

    @app.get("/shields/requests/{application}")
    async def one(request: Request, signed_in: officer, application: str) -> Response:
        id = application_id(application)
        asked = await _found(site, id)
        shield = next((each.shield for each in asked.decisions if each.shield), "")
        shield_id = ShieldId(bytes.fromhex(shield))
        return await site.form(
            request,
            "shield_request.html",
            signed_in,
            id=id,
            asked=asked,
            shield_id=shield_id,
            shield=await run_in_threadpool(shielding.shields.find, shield_id) if shield else None,
            applicants=APPLICANTS,
            looked_at_in=LOOKED_AT_IN,
        )

    @app.post("/shields/requests/{application}")
    async def decide(request: Request, signed_in: officer, application: str) -> Response:
        fields, id = await read_form(request, signed_in), application_id(application)
        await _found(site, id)
        if text_of(fields, "decision") == "shield":
            return await _shield(site, signed_in, id, fields)
        return await _refuse(site, signed_in, id, fields)

    @app.post("/shields/requests/{application}/appeal")
    async def appeal(request: Request, signed_in: officer, application: str) -> Response:
        fields, id = await read_form(request, signed_in), application_id(application)
        await _found(site, id)
        found: list[Problem] = []
        missing = "say why they do not take it"
        why = needed(fields, "appeal", "Appeal", REASON_BYTES, missing, found)
        if found:
            return site.mend(_path_of(id), signed_in, fields, found)
        try:
            await run_in_threadpool(shielding.appeal, id, why)
        except ShieldError as error:
            return not_done(site, _path_of(id), signed_in, fields, error)
        return RedirectResponse(_path_of(id), 303)


async def _shield(site: Site, signed_in: SignedIn, id: ApplicationId, fields: FormData) -> Response:
    shielding = site.parts.shielding
    cases, problems = await cases_of(shielding.cases, fields)
    verified = _verified(fields, problems)
    try:
        reason, review_in = why_and_when(fields, problems)
        case = chosen(fields, cases)
    except FormProblems as found:
        return site.mend(_path_of(id), signed_in, fields, found.problems, cases)
    name = signed_in.account.name
    try:
        shield = await run_in_threadpool(
            shielding.shield_as_asked, id, case, name, verified, reason, review_in
        )
    except ShieldError as error:
        return not_done(site, _path_of(id), signed_in, fields, error)
    return RedirectResponse(path_of(shield), 303)


async def _refuse(site: Site, signed_in: SignedIn, id: ApplicationId, fields: FormData) -> Response:
    problems: list[Problem] = []
    if text_of(fields, "decision") != "refuse":
        problems.append(Problem("decision", "Decision: say what you decide"))
    verified = _verified(fields, problems)
    missing = "say why, as they will be told"
    reason = needed(fields, "reason", "Why", REASON_BYTES, missing, problems)
    if problems:
        return site.mend(_path_of(id), signed_in, fields, problems)
    name = signed_in.account.name
    try:
        await run_in_threadpool(site.parts.shielding.refuse, id, name, verified, reason)
    except ShieldError as error:
        return not_done(site, _path_of(id), signed_in, fields, error)
    return RedirectResponse(_path_of(id), 303)


def _verified(fields: FormData, problems: list[Problem]) -> str:
    missing = "say how you made sure who asks, and what they are to the child"
    return needed(fields, "verified", "Made sure", REASON_BYTES, missing, problems)


async def _found(site: Site, id: ApplicationId) -> Application:
    try:
        return await run_in_threadpool(site.parts.shielding.application, id)
    except ShieldError:
        raise HTTPException(404) from None


def _path_of(id: ApplicationId) -> str:
    return f"/shields/requests/{encode_base64url(id)}"
