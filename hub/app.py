"""The hub's HTTP surface: `/v1/link`, `/v1/rounds`, the directory's files, health, metrics."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from hub import problems
from hub.admission import ArrivingBytes, RoundPlaces, RoundRate
from hub.confinement.confine import Confinement
from hub.directory import PublishedDirectory
from hub.links import Link, LinkClosed, Links
from hub.metrics import REPLY, Metrics
from hub.problems import Problem, Refusal
from hub.rounds import Ended, run_round
from hub.settings import HubSettings
from hub.websocket import BinarySocket
from protocol import limits
from protocol.directory.members import Directory, Member
from protocol.errors import DirectoryError, ProtocolError, StaleError, UnknownMemberError
from protocol.messages.link import NONCE_BYTES, WELCOME, Challenge, Frame, Introduction
from protocol.messages.stream import (
    EndLine,
    FailureLine,
    FailureReason,
    encode_line,
    encode_reply_line,
)
from protocol.sealing.bundle import Bundle, most_bundle_bytes, parse_bundle, verify_bundle

BODY_SECONDS = 10.0
"""How long a round's body may take to arrive."""

STANDING_SECONDS = 60.0
"""How often a linked member's standing is looked at again."""

CLOSE_REFUSED = 4403
CLOSE_CLOCK = 4408
"""WebSocket close codes: refused without a reason; the member's clock is off."""


@dataclass(frozen=True, slots=True)
class Hub:
    """What the routes share."""

    settings: HubSettings
    directory: PublishedDirectory
    links: Links
    rate: RoundRate
    places: RoundPlaces
    arriving: ArrivingBytes
    metrics: Metrics
    confinement: Callable[[], Confinement]


def create_app(
    settings: HubSettings, confinement: Callable[[], Confinement] = Confinement
) -> FastAPI:
    """Return the hub's application. `confinement` tells what is in force by now."""
    hub = Hub(
        settings,
        PublishedDirectory(settings.directory, settings.root),
        Links(),
        RoundRate(settings.rounds_per_second, time.monotonic),
        RoundPlaces(settings.rounds_at_once, settings.rounds_at_once_per_member),
        ArrivingBytes(settings.arriving_mebibytes * 1024 * 1024),
        Metrics(),
        confinement,
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    _add_round_route(app, hub)
    _add_link_route(app, hub)
    _add_directory_routes(app, hub)
    _add_operator_routes(app, hub)
    return app


def _add_round_route(app: FastAPI, hub: Hub) -> None:
    @app.post("/v1/rounds")
    async def rounds(request: Request) -> Response:
        deadline = asyncio.get_running_loop().time() + limits.ROUND_SECONDS
        try:
            bundle = await _receive_bundle(hub, request)
        except Refusal as refusal:
            return _refuse(hub, refusal.problem)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        sender = bundle.sender  # the place outlives the bundle, whose cells go one by one
        if not hub.places.take(sender):
            return _refuse(hub, problems.BUSY)
        hub.metrics.rounds.labels(bundle.kind.name.lower()).inc()
        ended = run_round(bundle.kind, bundle.envelopes, hub.links, deadline)
        return RoundResponse(_encode_and_count(hub, ended), lambda: hub.places.give_back(sender))


class RoundResponse(StreamingResponse):
    """Streams a round's lines, and gives its place back however that ends, begun or not."""

    def __init__(self, lines: AsyncGenerator[bytes, None], give_back: Callable[[], None]) -> None:
        super().__init__(lines, media_type="application/x-ndjson")
        self._lines = lines
        self._give_back = give_back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(self._lines):
                await super().__call__(scope, receive, send)
        finally:
            self._give_back()


async def _encode_and_count(
    hub: Hub, ended: AsyncGenerator[list[Ended], None]
) -> AsyncGenerator[bytes, None]:
    number = 0
    async with aclosing(ended):
        async for together in ended:
            number += len(together)
            for reason, count in Counter(map(_reason, together)).items():
                hub.metrics.deliveries.labels(reason).inc(count)
            yield b"".join(map(_line, together))
    yield encode_line(EndLine(members=number))


def _reason(ended: Ended) -> str:
    return ended[1] if isinstance(ended[1], FailureReason) else REPLY


def _line(ended: Ended) -> bytes:
    member, result = ended
    if isinstance(result, FailureReason):
        return encode_line(FailureLine(member=member, reason=result))
    return encode_reply_line(member, result)


async def _receive_bundle(hub: Hub, request: Request) -> Bundle:
    try:
        directory = hub.directory.current()
        body = await _read_body(hub, request, most_bundle_bytes(len(directory.members)))
        bundle = parse_bundle(body)
        sender = directory.member(bundle.sender)
        verify_bundle(bundle, sender.signing_key, _now_ms())
    except ProtocolError as error:
        raise Refusal(problems.problem_of(error)) from None
    if not hub.rate.admit(bundle.sender):
        raise Refusal(problems.RATE)
    return bundle


async def _read_body(hub: Hub, request: Request, most_bytes: int) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refusal(problems.ENCODED)
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > most_bytes:
        raise Refusal(problems.TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                if len(body) + len(chunk) > most_bytes:
                    raise Refusal(problems.TOO_LARGE)
                if not hub.arriving.take(len(chunk)):
                    raise Refusal(problems.BUSY)
                body += chunk
    except TimeoutError:
        raise Refusal(problems.TOO_SLOW) from None
    finally:
        hub.arriving.give_back(len(body))
    return bytes(body)


def _add_link_route(app: FastAPI, hub: Hub) -> None:
    @app.websocket("/v1/link")
    async def link(websocket: WebSocket) -> None:
        await websocket.accept()
        socket = BinarySocket(websocket)
        try:
            async with asyncio.timeout(limits.LINK_HANDSHAKE_SECONDS):
                member = await _admit_link(hub, socket)
            await _serve_link(hub, socket, member)
            await socket.close(CLOSE_REFUSED)
        except LinkClosed:
            pass
        except StaleError:
            await socket.close(CLOSE_CLOCK)
        except (ProtocolError, TimeoutError):
            await socket.close(CLOSE_REFUSED)


async def _admit_link(hub: Hub, socket: BinarySocket) -> Member:
    challenge = Challenge(hub.settings.hub_id, os.urandom(NONCE_BYTES))
    await socket.send(challenge.encode())
    introduction = Introduction.decode(await socket.receive())
    member = hub.directory.current().member(introduction.node_id)
    introduction.verify(challenge, member.signing_key, _now_ms())
    return member


async def _serve_link(hub: Hub, socket: BinarySocket, member: Member) -> None:
    """Pass frames until the member may have this link no longer, if it may at all."""
    link = Link(socket.send)
    if not hub.links.add(member.id, link):
        return
    hub.metrics.members_linked.set(hub.links.members_linked())
    try:
        await socket.send(WELCOME)
        while _is_in_standing(hub, member):
            with suppress(TimeoutError):
                async with asyncio.timeout(STANDING_SECONDS):
                    while True:
                        link.take(Frame.decode(await socket.receive()))
    finally:
        hub.links.remove(member.id, link)
        hub.metrics.members_linked.set(hub.links.members_linked())


def _is_in_standing(hub: Hub, member: Member) -> bool:
    """Whether the directory still lists this member under this key, or cannot be read now."""
    try:
        return hub.directory.current().member(member.id).signing_key == member.signing_key
    except UnknownMemberError:
        return False
    except DirectoryError:
        return True


def _add_directory_routes(app: FastAPI, hub: Hub) -> None:
    @app.get("/v1/directory/metadata/{name}")
    def metadata(name: str) -> Response:
        return _file(hub.directory.metadata_path(name))

    @app.get("/v1/directory/targets/{name}")
    def target(name: str) -> Response:
        return _file(hub.directory.target_path(name))


def _file(path: Path | None) -> Response:
    if path is None:
        return Response(status_code=404)
    # In pieces: a directory of 8 MiB whole in memory for every slow reader would fill it.
    return FileResponse(path, media_type="application/json")


def _add_operator_routes(app: FastAPI, hub: Hub) -> None:
    @app.get("/v1/health")
    async def health() -> JSONResponse:
        directory: Directory | None = None
        problem = None
        try:
            directory = hub.directory.current()
        except DirectoryError as error:
            problem = str(error)
        content = {
            "hub": hub.settings.hub_id,
            "status": "ok" if directory else "no valid directory",
            "problem": problem,
            "directory_version": directory.version if directory else None,
            "members_linked": hub.links.members_linked(),
            "confinement": hub.confinement().in_force(),
            "confinement_missing": hub.confinement().missing(),
        }
        return JSONResponse(content, status_code=200 if directory else 503)

    @app.get("/v1/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(hub.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _refuse(hub: Hub, problem: Problem) -> JSONResponse:
    hub.metrics.refused.labels(problem.type).inc()
    return problem.response()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
