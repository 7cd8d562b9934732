"""The lookup as a stream of lines, and its answers afterwards."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from node.accounts.systems import SystemUser
from node.asking.keeping import AskedLookup, KeptLookup, LookupId
from node.asking.running import RunningLookup
from node.clock import duration
from node.watching.news import heard_number
from node.web.addresses import lookup_id
from node.web.api import examples
from node.web.api.checks import CheckLook
from node.web.api.doors import TokenDoor
from node.web.api.enquiries import Enquiries
from node.web.api.forms import (
    AnswerLine,
    AskedLine,
    EndLine,
    KeptAnswers,
    LookupForm,
)
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
    look = CheckLook(site.parts)

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
        found = await look.ended_lookup(lookup, user)
        checks = await look.checks_of(found)
        return KeptAnswers(
            asked=asked_line(lookup_id(lookup), found.asked),
            answers=found.answers,
            checks=tuple(look.told(check, user) for check in checks.values()),
            end=_end(found),
        )


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
