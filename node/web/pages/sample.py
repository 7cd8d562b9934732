"""Lookups of a manager's team that were drawn by lot: was there a reason to ask?"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.model import Account, AccountRole
from node.asking.activity import Asked
from node.asking.reviews import NOTE_BYTES, drawn
from node.managing import last_week
from node.web.addresses import round_id
from node.web.forms import FormProblems, Problem, bounded_text_of, read_form, text_of
from node.web.signing_in import SignedIn
from node.web.site import Site

PATH = "/team/sample"

VERDICTS = {"in_order": True, "to_look_into": False}


def add_routes(app: FastAPI, site: Site) -> None:
    manages = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.TEAM_MANAGER))]
    activity, reviews = site.parts.activity, site.parts.reviews

    def sample_of(account: Account) -> Sequence[Asked]:
        begin_ms, end_ms = last_week(site.parts.clock())
        asked = activity.of_team(account.team, begin_ms, end_ms)
        return drawn(each for each in asked if each.entry.username != account.username)

    @app.get(PATH)
    async def page(request: Request, signed_in: manages) -> Response:
        sample = await run_in_threadpool(sample_of, signed_in.account)
        found = [(each, await run_in_threadpool(reviews.find, each.round_id)) for each in sample]
        return await site.form(request, "sample.html", signed_in, sample=found)

    @app.post(f"{PATH}/{{round}}")
    async def review(request: Request, signed_in: manages, round: str) -> Response:
        fields = await read_form(request, signed_in)
        id, account = round_id(round), signed_in.account
        sample = await run_in_threadpool(sample_of, account)
        if id not in {each.round_id for each in sample}:
            raise HTTPException(404)
        is_in_order = VERDICTS.get(text_of(fields, "verdict"))
        if is_in_order is None:
            problem = Problem(f"verdict-{round}", "Choose what you have found")
            return site.mend(PATH, signed_in, fields, [problem])
        try:
            note = bounded_text_of(fields, "note", "Note", NOTE_BYTES)
        except FormProblems as found:
            problems = [Problem(f"note-{round}", each.text) for each in found.problems]
            return site.mend(PATH, signed_in, fields, problems)
        await run_in_threadpool(reviews.keep, id, account.name, is_in_order, note)
        return RedirectResponse(PATH, 303)
