"""Asking a council, among the answers of a lookup, to ring; telling it that its answer is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from node.asking.answers import MemberAnswer
from node.post.callback_store import CallBackKind
from node.post.callbacks import Asking
from node.post.words import URGENCIES
from node.web.forms import FormProblems, Problem, bounded_text_of, read_form, text_of
from node.web.pages.asking import ASKING
from node.web.pages.lookups import find_lookup
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol import limits
from protocol.encoding import decode_base64url, encode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.messages.callback import Urgency

Typed = tuple[Urgency, str]
"""How soon, and the message."""


@dataclass(frozen=True, slots=True)
class CallBackForm:
    """One thing that can be asked of a council about its answer."""

    path: str
    template: str
    kind: CallBackKind
    fits: Callable[[MemberAnswer], bool]
    """Whether it can be asked about an answer."""
    read: Callable[[FormData], Typed]
    """Raises FormProblems."""


def _request(fields: FormData) -> Typed:
    urgency = URGENCIES.get(text_of(fields, "urgency"))
    if urgency is None:
        raise FormProblems(Problem("urgency", "Choose how soon they should ring"))
    return urgency.value, bounded_text_of(fields, "message", "Message", limits.CALL_BACK_BYTES)


def _correction(fields: FormData) -> Typed:
    message = bounded_text_of(fields, "message", "What is wrong", limits.CALL_BACK_BYTES)
    if not message:
        raise FormProblems(Problem("message", "Say what is wrong"))
    return Urgency.WITHIN_A_WEEK, message


FORMS = (
    CallBackForm(
        "call-back",
        "call_back_form.html",
        CallBackKind.REQUEST,
        attrgetter("may_call_back"),
        _request,
    ),
    CallBackForm(
        "wrong",
        "correction_form.html",
        CallBackKind.CORRECTION,
        attrgetter("may_correct"),
        _correction,
    ),
)


def add_routes(app: FastAPI, site: Site) -> None:
    for form in FORMS:
        _add_form(app, site, form)


def _add_form(app: FastAPI, site: Site, form: CallBackForm) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]
    call_backs = site.parts.call_backs
    path = f"/lookups/{{lookup}}/{form.path}/{{member}}"

    async def answer_of(lookup: str, member: str, signed_in: SignedIn) -> tuple[str, MemberAnswer]:
        """Return the own reference of a lookup and a council's answer that the form fits.

        Raises:
            HTTPException: no such lookup of this person, or nothing to ask about.
        """
        found = await find_lookup(site, lookup, signed_in)
        for answer in found.answers:
            if answer.member == member and form.fits(answer):
                return found.asked.reference, answer
        raise HTTPException(404)

    @app.get(path)
    async def show(request: Request, signed_in: may_ask, lookup: str, member: str) -> Response:
        _, answer = await answer_of(lookup, member, signed_in)
        before = await run_in_threadpool(
            call_backs.asked_about, MemberId(answer.member), _round_of(answer), form.kind
        )
        return await site.form(request, form.template, signed_in, answer=answer, before=before)

    @app.post(path)
    async def ask(request: Request, signed_in: may_ask, lookup: str, member: str) -> Response:
        fields = await read_form(request, signed_in)
        reference, answer = await answer_of(lookup, member, signed_in)
        try:
            urgency, message = form.read(fields)
        except FormProblems as found:
            return site.mend(request.url.path, signed_in, fields, found.problems)
        account = signed_in.account
        asking = Asking(
            account.username,
            account.name,
            account.telephone,
            account.team,
            reference,
            _round_of(answer),
            urgency,
            message,
        )
        made = await run_in_threadpool(call_backs.ask, MemberId(member), asking, form.kind)
        if made.username != account.username:
            # Asked before, and given to somebody else since.
            return RedirectResponse("/call-backs", 303)
        return RedirectResponse(f"/call-backs/{encode_base64url(made.request.id)}", 303)


def _round_of(answer: MemberAnswer) -> RoundId:
    return RoundId(decode_base64url(answer.round))
