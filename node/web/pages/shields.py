"""Children of whom nothing is answered: what the shielding officers set, look at again and end."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from node.accounts.model import AccountRole
from node.errors import ShieldError
from node.records.applications import WAITING
from node.records.shield import ShieldId
from node.shielding import NotAllFormerError
from node.web.forms import THE_PAGE, FormProblems, Problem, read_form
from node.web.shield_forms import (
    LOOKED_AT_IN,
    cases_of,
    chosen,
    former_of,
    why_and_when,
)
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.encoding import encode_base64url

WHOSE = (
    "Its other cases: these have a name with date of birth or a number in common with it. Say of "
    "each whose it is; if one is of the identity that the child has now, have it mended in its "
    "source first"
)


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
            case, former = chosen(fields, cases), former_of(fields)
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems, cases)
        name = signed_in.account.name
        try:
            id, _ = await run_in_threadpool(shielding.begin, case, name, reason, review_in, former)
        except NotAllFormerError as error:
            problem = Problem("former_cases", f"{WHOSE}: {'; '.join(error.references)}")
            return site.mend(request.url.path, signed_in, fields, [problem], cases)
        except ShieldError as error:
            problem = Problem("case_reference", f"Case reference: {error}")
            return site.mend(request.url.path, signed_in, fields, [problem], cases)
        return RedirectResponse(path_of(id), 303)


def not_done(
    site: Site, path: str, signed_in: SignedIn, fields: FormData, error: ShieldError
) -> Response:
    """Have the page at this path say why something was not done: another officer may have come
    before."""
    text = str(error)
    return site.mend(path, signed_in, fields, [Problem(THE_PAGE, text[0].upper() + text[1:])])


def path_of(id: ShieldId) -> str:
    return f"/shields/{encode_base64url(id)}"
