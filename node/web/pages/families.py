"""What anybody may read who is asked about here, and the way to have a child hidden."""

from ipaddress import ip_address, ip_network

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from node.errors import ShieldError
from node.records.applications import Application
from node.web.attempts import Attempts
from node.web.forms import THE_PAGE, FormProblems, Problem, read_form
from node.web.shield_forms import APPLICANTS, application_of
from node.web.site import Site
from protocol.messages.callback import HOUR_MS

PATH = "/families"
"""One address and one title for all: by what a browser keeps, who has read the page cannot be told
from who has sent the form, but that what was sent adds a name at random to the address."""

MOST_AN_HOUR = 20
"""From one address: a refuge or a surgery sends all of theirs from one."""

NOT_TAKEN = "Your request could not be taken. Ring the council, and ask for a shielding officer"


def add_routes(app: FastAPI, site: Site) -> None:
    clock = site.parts.clock
    attempts = Attempts(clock, MOST_AN_HOUR, HOUR_MS)

    @app.get(PATH)
    async def families(request: Request) -> Response:
        signed_in = await site.doors.perhaps_signed_in(request)
        return await site.form(
            request, "families.html", signed_in, applicants=APPLICANTS, lines=site.own_lines()
        )

    @app.post(PATH)
    async def apply(request: Request) -> Response:
        signed_in = await site.doors.perhaps_signed_in(request)
        fields = await read_form(request, None)
        try:
            application = application_of(fields, clock())
        except FormProblems as found:
            return site.mend(PATH, signed_in, fields, found.problems)
        address = network_of(request.client.host if request.client else "")
        if not (attempts.may(address) and await run_in_threadpool(_is_taken, site, application)):
            return site.mend(PATH, signed_in, fields, [Problem(THE_PAGE, NOT_TAKEN)])
        return site.show_once(signed_in, PATH, is_taken="yes")


def network_of(address: str) -> str:
    """Return what requests are counted by: of IPv6 the 64 bits that one connection is given."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ip_network((found, 64), strict=False))


def _is_taken(site: Site, application: Application) -> bool:
    try:
        site.parts.shielding.applications.add(application)
    except ShieldError:
        return False
    return True
