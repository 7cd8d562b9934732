"""Answers as they arrive, and those of the last days."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.asking.keeping import KeptLookup
from node.asking.running import RunningLookup
from node.web.addresses import lookup_id
from node.web.checks import checks_of
from node.web.forms import read_form, text_of
from node.web.pages.asking import ASKING
from node.web.signing_in import SignedIn
from node.web.site import Site
from node.web.text import answers_text
from node.web.words import grouped, section_of
from protocol.errors import DirectoryError

NO_DIRECTORY = "Nobody can be asked now: there is no valid directory. Ring them"
TOO_LATE = "It is too late to ask them again. Ring them, or ask anew"


def add_routes(app: FastAPI, site: Site) -> None:
    may_ask = Annotated[SignedIn, Depends(site.doors.for_roles(*ASKING))]
    desk, kept = site.parts.desk, site.parts.kept

    @app.get("/lookups")
    async def mine(request: Request, signed_in: may_ask) -> Response:
        held = site.held(request, signed_in)
        sought = text_of(held.form, "reference") if held else ""
        listed = await run_in_threadpool(kept.all_of, signed_in.account.username)
        found = [each for each in listed if sought.lower() in each.lookup.asked.reference.lower()]
        return await site.page(request, "lookups.html", signed_in, listed=found, sought=sought)

    @app.post("/lookups")
    async def search(request: Request, signed_in: may_ask) -> Response:
        sought = text_of(await read_form(request, signed_in), "reference")
        return site.show_once(signed_in, request.url.path, reference=sought)

    @app.get("/lookups/{lookup}")
    async def answers(request: Request, signed_in: may_ask, lookup: str) -> Response:
        found = await find_lookup(site, lookup, signed_in)
        checks = await run_in_threadpool(checks_of, site.parts.call_backs, found.answers)
        return await site.page(
            request,
            "answers.html",
            signed_in,
            lookup=lookup,
            found=found,
            is_running=isinstance(found, RunningLookup),
            checks=checks,
            may_ask_again=desk.may_ask_again(lookup_id(lookup), signed_in.account.username),
            is_kept=desk.not_kept(lookup_id(lookup), signed_in.account.username) is None,
            grouped=grouped(found.answers, checks),
        )

    @app.get("/lookups/{lookup}/as-they-come")
    async def as_they_come(request: Request, signed_in: may_ask, lookup: str) -> Response:
        found = await find_lookup(site, lookup, signed_in)
        if isinstance(found, KeptLookup):
            return RedirectResponse(f"/lookups/{lookup}", 303)
        return site.stream(
            request,
            "as_they_come.html",
            signed_in,
            lookup=lookup,
            found=found,
            arriving=found.follow(),
        )

    @app.get("/lookups/{lookup}/events")
    async def events(request: Request, signed_in: may_ask, lookup: str) -> Response:
        found = await find_lookup(site, lookup, signed_in)
        last = request.headers.get("last-event-id") or request.query_params.get("after")
        news = _events(site, lookup, found, _position(last), signed_in.account.username)
        return StreamingResponse(news, media_type="text/event-stream")

    @app.get("/lookups/{lookup}/text")
    async def text(signed_in: may_ask, lookup: str) -> Response:
        found = await find_lookup(site, lookup, signed_in)
        name = f"whoelse-{datetime.fromtimestamp(found.asked.asked_ms / 1000, UTC):%Y-%m-%d}.txt"
        checks = await run_in_threadpool(checks_of, site.parts.call_backs, found.answers)
        return PlainTextResponse(
            answers_text(found.asked, found.answers, found.problem, checks),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @app.post("/lookups/{lookup}/again")
    async def ask_again(request: Request, signed_in: may_ask, lookup: str) -> Response:
        await read_form(request, signed_in)
        await find_lookup(site, lookup, signed_in)
        id, username = lookup_id(lookup), signed_in.account.username
        try:
            is_asked = desk.ask_again(id, username)
        except DirectoryError:
            return await site.page(request, "refusal.html", signed_in, 409, title=NO_DIRECTORY)
        # A button that is pressed twice, or in two tabs, leads to the same answers.
        if not is_asked and desk.running(id, username) is None:
            return await site.page(request, "refusal.html", signed_in, 409, title=TOO_LATE)
        return RedirectResponse(f"/lookups/{lookup}", 303)

    @app.post("/lookups/{lookup}/remove")
    async def remove(request: Request, signed_in: may_ask, lookup: str) -> Response:
        await read_form(request, signed_in)
        await desk.forget(lookup_id(lookup), signed_in.account.username)
        return RedirectResponse("/lookups", 303)


async def find_lookup(site: Site, lookup: str, signed_in: SignedIn) -> RunningLookup | KeptLookup:
    """Return a lookup of this person by its address.

    Raises:
        HTTPException: there is none.
    """
    id, username = lookup_id(lookup), signed_in.account.username
    running = site.parts.desk.running(id, username)
    if running is not None:
        return running
    # What was asked again and could not be kept is newer than what is.
    found = site.parts.desk.not_kept(id, username)
    found = found or await run_in_threadpool(site.parts.kept.find, id, username)
    if found is None:
        raise HTTPException(404)
    return found


async def _events(
    site: Site, lookup: str, found: RunningLookup | KeptLookup, position: int, username: str
) -> AsyncIterator[str]:
    """Give server-sent events: an answer each, with its number as the id, and the end, with what
    can be done then."""
    if isinstance(found, RunningLookup):
        async for number, answer in found.follow(position):
            html = await site.part("answer.html", answer=answer, lookup=lookup, asked=found.asked)
            content = {"section": section_of(answer), "answered": number, "html": html}
            yield f"id: {number}\ndata: {json.dumps(content)}\n\n"
    id, desk = lookup_id(lookup), site.parts.desk
    end = {
        "kept": desk.not_kept(id, username) is None,
        "again": desk.may_ask_again(id, username),
    }
    yield f"event: end\ndata: {json.dumps(end)}\n\n"


def _position(text: str | None) -> int:
    """Return how many answers a browser has; what is no small number is none."""
    return int(text) if text is not None and text.isdecimal() and len(text) <= 6 else 0
