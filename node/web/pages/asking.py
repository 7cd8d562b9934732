"""The form: who the child is, why somebody asks, and their own reference."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from node.accounts.model import AccountRole
from node.records.cases import HeldCase
from node.web.enquiry_form import case_reference_of, enquiry_of
from node.web.forms import FormProblems, Problem, read_form
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.encoding import encode_base64url
from protocol.errors import DirectoryError

ASKING = (AccountRole.PRACTITIONER, AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER)


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]
    desk = site.parts.desk

    @app.get("/ask")
    async def form(request: Request, signed_in: may_ask) -> Response:
        try:
            purposes = [*site.parts.directory().purposes.values()]
        except DirectoryError:
            purposes = []
        return await site.form(request, "ask.html", signed_in, purposes=purposes)

    @app.post("/ask")
    async def ask(request: Request, signed_in: may_ask) -> Response:
        fields = await read_form(request, signed_in)
        cases: Sequence[HeldCase] = ()
        try:
            reference = case_reference_of(fields)
            cases = await desk.find_cases(reference) if reference else ()
            directory, today = site.parts.directory(), site.parts.today
            enquiry = enquiry_of(fields, signed_in.account, directory, cases, today)
            lookup_id = desk.begin(signed_in.account.username, enquiry)
        except DirectoryError:
            problem = Problem("surname", "Nobody can be asked now: there is no valid directory")
            return site.mend(request.url.path, signed_in, fields, [problem])
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems, cases)
        return RedirectResponse(f"/lookups/{encode_base64url(lookup_id)}", 303)
