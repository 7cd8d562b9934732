"""Asking a council to ring, and what became of it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from node.accounts.model import Account
from node.asking.answers import MemberAnswer
from node.post.callback_store import CallBack
from node.post.callbacks import Asking
from node.web.addresses import call_back_id
from node.web.forms import (
    FormProblems,
    Problem,
    bounded_text_of,
    read_form,
    text_of,
)
from node.web.managing import is_of_team, takers
from node.web.pages.asking import ASKING
from node.web.pages.lookups import find_lookup
from node.web.signing_in import SignedIn
from node.web.site import Site
from node.web.words import URGENCIES, may_call_back
from protocol import limits
from protocol.encoding import decode_base64url, encode_base64url
from protocol.identifiers import MemberId, RoundId


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]
    call_backs = site.parts.call_backs

    async def form_page(
        request: Request,
        signed_in: SignedIn,
        answer: MemberAnswer,
        form: FormData | None = None,
        *problems: Problem,
    ) -> Response:
        return await site.form_page(
            request, "call_back_form.html", signed_in, form, problems, answer=answer
        )

    @app.get("/lookups/{lookup}/call-back/{member}")
    async def form(request: Request, signed_in: may_ask, lookup: str, member: str) -> Response:
        _, answer = await _answer_of(site, lookup, member, signed_in)
        return await form_page(request, signed_in, answer)

    @app.post("/lookups/{lookup}/call-back/{member}")
    async def ask(request: Request, signed_in: may_ask, lookup: str, member: str) -> Response:
        fields = await read_form(request, signed_in)
        reference, answer = await _answer_of(site, lookup, member, signed_in)
        try:
            asking = _asking(fields, signed_in.account, answer, reference)
        except FormProblems as found:
            return await form_page(request, signed_in, answer, fields, *found.problems)
        made = await run_in_threadpool(call_backs.ask, MemberId(answer.member), asking)
        return RedirectResponse(f"/call-backs/{encode_base64url(made.request.id)}", 303)

    @app.get("/call-backs")
    async def ours(request: Request, signed_in: may_ask) -> Response:
        listed = await run_in_threadpool(call_backs.all, ours=True)
        seen = [each for each in listed if may_see(signed_in.account, each)]
        return await site.page(request, "call_backs.html", signed_in, listed=seen)

    @app.get("/call-backs/{call_back}")
    async def one(request: Request, signed_in: may_ask, call_back: str) -> Response:
        found = await run_in_threadpool(call_backs.find, call_back_id(call_back), ours=True)
        if found is None or not may_see(signed_in.account, found):
            raise HTTPException(404)
        people: Sequence[Account] = ()
        if found.is_open and is_of_team(signed_in.account, found):
            everybody = await run_in_threadpool(site.parts.accounts.all)
            people = takers(everybody, signed_in.account, found)
        return await site.page(request, "call_back.html", signed_in, found=found, takers=people)


def may_see(account: Account, asked: CallBack) -> bool:
    """Whether somebody sees a request of ours: their own, or of the team they manage."""
    return asked.username == account.username or is_of_team(account, asked)


async def _answer_of(
    site: Site, lookup: str, member: str, signed_in: SignedIn
) -> tuple[str, MemberAnswer]:
    """Return the own reference of a lookup and a council's answer, if it can be asked to ring.

    Raises:
        HTTPException: no such lookup of this person, or nothing to ring about.
    """
    found = await find_lookup(site, lookup, signed_in)
    for answer in found.answers:
        if answer.member == member and may_call_back(answer):
            return found.asked.reference, answer
    raise HTTPException(404)


def _asking(fields: FormData, account: Account, answer: MemberAnswer, reference: str) -> Asking:
    """Return what the form asks for.

    Raises:
        FormProblems: no urgency, or a message that is too long.
    """
    urgency = URGENCIES.get(text_of(fields, "urgency"))
    if urgency is None:
        raise FormProblems(Problem("urgency", "Choose how soon they should ring"))
    return Asking(
        account.username,
        account.name,
        account.telephone,
        account.team,
        reference,
        RoundId(decode_base64url(answer.round)),
        urgency.value,
        bounded_text_of(fields, "message", "Message", limits.CALL_BACK_BYTES),
    )
