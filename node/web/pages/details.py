"""Where somebody can be rung, and in which team they are: they say it where nobody else does."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from node.web.forms import FormProblems, Problem, bounded_text_of, read_form
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol import limits

FIELDS = (
    ("telephone", "Telephone", limits.TELEPHONE_BYTES, "Give a number to ring you on"),
    ("team", "Team", limits.TEAM_BYTES, "Give your team"),
)
"""Name and label of a field, its most bytes, and what is said where it is empty. Of a team that
was told before there is no field."""


def add_routes(app: FastAPI, site: Site) -> None:
    somebody = Annotated[SignedIn, Depends(site.doors.signed_in)]

    @app.get("/details")
    async def form(request: Request, signed_in: somebody) -> Response:
        return await site.form(request, "details.html", signed_in)

    @app.post("/details")
    async def change(request: Request, signed_in: somebody) -> Response:
        fields = await read_form(request, signed_in)
        try:
            telephone, team = _typed(fields, has_team=bool(signed_in.account.team))
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems)
        username = signed_in.account.username
        await run_in_threadpool(site.parts.accounts.complete, username, telephone, team)
        return RedirectResponse("/", 303)


def _typed(fields: FormData, *, has_team: bool) -> tuple[str, str]:
    """Return telephone and team.

    Raises:
        FormProblems: all that is wrong with them.
    """
    texts: list[str] = []
    problems: list[Problem] = []
    for name, label, most_bytes, missing in FIELDS:
        try:
            text = bounded_text_of(fields, name, label, most_bytes)
        except FormProblems as found:
            problems += found.problems
            continue
        texts.append(text)
        if not text and not (has_team and name == "team"):
            problems.append(Problem(name, missing))
    if problems:
        raise FormProblems(*problems)
    return texts[0], texts[1]
