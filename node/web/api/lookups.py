"""The lookup as a stream of lines, and its answers afterwards."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from node.accounts.systems import SystemUser
from node.asking.keeping import AskedLookup, KeptLookup, LookupId
from node.asking.running import RunningLookup
from node.clock import duration
from node.post.callback_store import CallBack
from node.watching.news import heard_number
from node.web.addresses import lookup_id
from node.web.api import examples
from node.web.api.doors import TokenDoor
from node.web.api.enquiries import Enquiries
from node.web.api.forms import (
    AnswerLine,
    AskedLine,
    Check,
    CheckStep,
    EndLine,
    KeptAnswers,
    LookupForm,
)
from node.web.api.problems import ApiProblem
from node.web.checks import checks_of
from node.web.site import Site
from node.web.words import NOTICE
from protocol.encoding import encode_base64url


class Lines(StreamingResponse):
    """A line of JSON for each thing that is said."""

    media_type = "application/x-ndjson"


_SAID: dict[int | str, dict[str, Any]] = {
    200: {
        "model": AskedLine | AnswerLine | EndLine,
        "description": "A line for the question, one for each answer as it comes, one for the end. "
        "A stream without its end was cut off: nothing follows from it.",
        "content": {Lines.media_type: {"example": examples.STREAM}},
    },
    **examples.REFUSED,
}


def add_routes(app: FastAPI, site: Site, door: TokenDoor) -> None:
    asks = Annotated[SystemUser, Depends(door)]
    desk, kept, enquiries = site.parts.desk, site.parts.kept, Enquiries(site)

    @app.post("/lookups", response_class=Lines, responses=_SAID)
    async def ask(user: asks, form: LookupForm) -> Lines:
        """Ask every council and service; give their answers as they come."""
        enquiry = await enquiries.read(form, user)
        id = desk.begin(user.username, enquiry)
        running = desk.running(id, user.username)
        assert running is not None  # noqa: S101
        return Lines(_lines(id, running))

    @app.get(
        "/lookups/{lookup}",
        responses=examples.REFUSED,
        description="Give the answers of a lookup that the same user has asked in the last "
        f"{duration(kept.kept_ms)}.",
    )
    async def answers(user: asks, lookup: str) -> KeptAnswers:
        id = lookup_id(lookup)
        found = desk.not_kept(id, user.username)
        found = found or await run_in_threadpool(kept.find, id, user.username)
        if found is None:
            raise ApiProblem(404, "no-lookup", "There is no such lookup of this user at its end")
        checks = await run_in_threadpool(checks_of, site.parts.call_backs, found.answers)
        return KeptAnswers(
            asked=asked_line(id, found.asked),
            answers=found.answers,
            checks=tuple(map(_check, checks.values())),
            end=_end(found),
        )


def _check(found: CallBack) -> Check:
    steps = (
        CheckStep(step=each.step.name.lower(), at_ms=each.at_ms, owner=each.owner, note=each.note)
        for each in found.steps
    )
    return Check(member=found.member, due_ms=found.due_ms, steps=tuple(steps))


async def _lines(id: LookupId, running: RunningLookup) -> AsyncIterator[str]:
    yield _line(asked_line(id, running.asked))
    async for _, answer in running.follow():
        yield _line(AnswerLine(answer=answer))
    yield _line(_end(running))


def asked_line(id: LookupId, asked: AskedLookup) -> AskedLine:
    return AskedLine(
        lookup=encode_base64url(id),
        asked_ms=asked.asked_ms,
        purpose=asked.purpose,
        reference=asked.reference,
        members=asked.members,
    )


def _end(found: RunningLookup | KeptLookup) -> EndLine:
    return EndLine(
        answered=heard_number(found.answers),
        members=found.asked.members,
        problem=found.problem,
        notice=NOTICE,
    )


def _line(content: BaseModel) -> str:
    return content.model_dump_json() + "\n"
