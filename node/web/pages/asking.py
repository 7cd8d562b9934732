"""The form: who the child is, why somebody asks, and their own reference."""

from datetime import date
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from node.accounts.model import Account, AccountRole
from node.asking.asker import Enquiry
from node.web.forms import (
    FormProblems,
    Problem,
    bounded_text_of,
    read_form,
    text_of,
)
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol import limits
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.errors import DirectoryError, IdentityProblems
from protocol.matching.identity import Identity, parse_identity
from protocol.messages.lookup import Who

ASKING = (AccountRole.PRACTITIONER, AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER)

OF_THE_CHILD = (
    "surname",
    "forename",
    "date_of_birth",
    "postcode",
    "nhs_number",
    "upn",
    "other_surnames",
    "other_forenames",
    "other_postcodes",
)
"""Fields of the form that describe the child, by the names of spec 10 §2."""


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]

    async def form_page(
        request: Request, signed_in: SignedIn, form: FormData | None = None, *problems: Problem
    ) -> Response:
        try:
            purposes = [*site.parts.directory().purposes.values()]
        except DirectoryError:
            purposes = []
        return await site.form_page(
            request, "ask.html", signed_in, form, problems, purposes=purposes
        )

    @app.get("/ask")
    async def form(request: Request, signed_in: may_ask) -> Response:
        return await form_page(request, signed_in)

    @app.post("/ask")
    async def ask(request: Request, signed_in: may_ask) -> Response:
        fields = await read_form(request, signed_in)
        try:
            enquiry = _enquiry(fields, signed_in.account, site.parts.directory(), site.parts.today)
        except DirectoryError:
            problem = Problem("surname", "Nobody can be asked now: there is no valid directory")
            return await form_page(request, signed_in, fields, problem)
        except FormProblems as found:
            return await form_page(request, signed_in, fields, *found.problems)
        lookup_id = site.parts.desk.begin(signed_in.account.username, enquiry)
        return RedirectResponse(f"/lookups/{encode_base64url(lookup_id)}", 303)


def _enquiry(fields: FormData, account: Account, directory: Directory, today: date) -> Enquiry:
    """Return what is asked.

    Raises:
        FormProblems: all that is wrong with the form.
    """
    problems: list[Problem] = []
    identity: Identity | None = None
    entries = {name: text_of(fields, name) for name in OF_THE_CHILD}
    # As the page's example has it: "27 3 2015".
    entries["date_of_birth"] = "/".join(entries["date_of_birth"].split())
    try:
        identity = parse_identity(entries, today)
    except IdentityProblems as found:
        problems += [_problem(each.field, each.reason) for each in found.problems]
    purpose = text_of(fields, "purpose")
    if purpose not in map(str, directory.purposes):
        problems.append(Problem("purpose", "Choose why you ask"))
    reference = ""
    try:
        reference = bounded_text_of(fields, "reference", "Reference", limits.REFERENCE_BYTES)
    except FormProblems as found:
        problems += found.problems
    role = account.asks_as
    if problems or identity is None or role is None:
        raise FormProblems(*problems)
    is_protected = text_of(fields, "protected_location") == "yes"
    who = Who(account.name, account.telephone, account.team, reference, is_protected)
    return Enquiry(identity, int(purpose), role, who)


def _problem(field: str, reason: str) -> Problem:
    """Return a problem of the child's entries; what is of no one field stands at the first."""
    where = field if field in OF_THE_CHILD else OF_THE_CHILD[0]
    name = where.replace("_", " ").capitalize().replace("Nhs", "NHS").replace("Upn", "UPN")
    if field in OF_THE_CHILD:
        return Problem(where, f"{name}: {reason}")
    return Problem(
        where,
        "Give three of surname, forename, date of birth and postcode, or an NHS number or UPN",
    )
