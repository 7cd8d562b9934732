"""The hub's HTTP surface: `/v1/link`, `/v1/rounds`, the directory's files, health, metrics."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.websockets import WebSocketDisconnect

from hub import problems
from hub.admission import RoundRate
from hub.directory import PublishedDirectory
from hub.links import Link, Links
from hub.metrics import Metrics
from hub.problems import Problem, Refusal
from hub.rounds import run_round
from hub.settings import HubSettings
from protocol import limits
from protocol.directory.members import Directory
from protocol.errors import DirectoryError, ProtocolError, StaleError
from protocol.identifiers import MemberId
from protocol.messages.link import WELCOME, Challenge, Frame, Introduction
from protocol.messages.stream import EndLine, FailureLine, encode_line
from protocol.sealing.bundle import Bundle, most_bundle_bytes, parse_bundle, verify_bundle

BODY_SECONDS = 10.0
"""How long a round's body may take to arrive."""

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
    places: asyncio.Semaphore
    metrics: Metrics


def create_app(settings: HubSettings) -> FastAPI:
    """Return the hub's application."""
    hub = Hub(
        settings,
        PublishedDirectory(settings.directory, settings.root),
        Links(),
        RoundRate(settings.rounds_per_second, time.monotonic),
        asyncio.Semaphore(settings.rounds_at_once),
        Metrics(),
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _add_round_route(app, hub)
    _add_link_route(app, hub)
    _add_directory_routes(app, hub)
    _add_operator_routes(app, hub)
    return app


def _add_round_route(app: FastAPI, hub: Hub) -> None:
    @app.post("/v1/rounds")
    async def rounds(request: Request) -> Response:
        if hub.places.locked():
            return _refuse(hub, problems.BUSY)
        await hub.places.acquire()
        try:
            bundle = await _receive_bundle(hub, request)
        except Refusal as refusal:
            hub.places.release()
            return _refuse(hub, refusal.problem)
        except BaseException:
            hub.places.release()
            raise
        hub.metrics.rounds.labels(bundle.kind.name.lower()).inc()
        return StreamingResponse(_stream(hub, bundle), media_type="application/x-ndjson")


async def _receive_bundle(hub: Hub, request: Request) -> Bundle:
    try:
        directory = hub.directory.current()
        body = await _read_body(request, most_bundle_bytes(len(directory.members)))
        bundle = parse_bundle(body)
        sender = directory.member(bundle.sender)
        verify_bundle(bundle, sender.signing_key, _now_ms())
    except ProtocolError as error:
        raise Refusal(problems.problem_of(error)) from None
    if not hub.rate.admit(bundle.sender):
        raise Refusal(problems.RATE)
    return bundle


async def _read_body(request: Request, most_bytes: int) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refusal(problems.ENCODED)
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > most_bytes:
        raise Refusal(problems.TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise Refusal(problems.TOO_LARGE)
    except TimeoutError:
        raise Refusal(problems.TOO_SLOW) from None
    return bytes(body)


async def _stream(hub: Hub, bundle: Bundle) -> AsyncIterator[bytes]:
    deadline = asyncio.get_running_loop().time() + limits.ROUND_SECONDS
    try:
        async for line in run_round(bundle, hub.links, deadline):
            if not isinstance(line, EndLine):
                end = line.reason.value if isinstance(line, FailureLine) else "reply"
                hub.metrics.deliveries.labels(end).inc()
            yield encode_line(line)
    finally:
        hub.places.release()


def _add_link_route(app: FastAPI, hub: Hub) -> None:
    @app.websocket("/v1/link")
    async def link(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            async with asyncio.timeout(limits.LINK_HANDSHAKE_SECONDS):
                member = await _admit_link(hub, websocket)
        except StaleError:
            await websocket.close(CLOSE_CLOCK)
        except (ProtocolError, TimeoutError, KeyError):
            await websocket.close(CLOSE_REFUSED)
        except WebSocketDisconnect:
            pass
        else:
            await _serve_link(hub, websocket, member)


async def _admit_link(hub: Hub, websocket: WebSocket) -> MemberId:
    challenge = Challenge(hub.settings.hub_id, os.urandom(32))
    await websocket.send_bytes(challenge.encode())
    introduction = Introduction.decode(await websocket.receive_bytes())
    member = hub.directory.current().member(introduction.node_id)
    introduction.verify(challenge, member.signing_key, _now_ms())
    return member.id


async def _serve_link(hub: Hub, websocket: WebSocket, member: MemberId) -> None:
    link = Link(websocket.send_bytes)
    if not hub.links.add(member, link):
        await websocket.close(CLOSE_REFUSED)
        return
    hub.metrics.members_linked.set(hub.links.members_linked())
    try:
        await websocket.send_bytes(WELCOME)
        while True:
            link.take(Frame.decode(await websocket.receive_bytes()))
    except (ProtocolError, KeyError):
        await websocket.close(CLOSE_REFUSED)
    except WebSocketDisconnect:
        pass
    finally:
        hub.links.remove(member, link)
        hub.metrics.members_linked.set(hub.links.members_linked())


def _add_directory_routes(app: FastAPI, hub: Hub) -> None:
    @app.get("/v1/directory/metadata/{name}")
    def metadata(name: str) -> Response:
        return _file(hub.directory.metadata(name))

    @app.get("/v1/directory/targets/{name}")
    def target(name: str) -> Response:
        return _file(hub.directory.target(name))


def _file(content: bytes | None) -> Response:
    if content is None:
        return Response(status_code=404)
    return Response(content, media_type="application/json")


def _add_operator_routes(app: FastAPI, hub: Hub) -> None:
    @app.get("/v1/health")
    def health() -> JSONResponse:
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
        }
        return JSONResponse(content, status_code=200 if directory else 503)

    @app.get("/v1/metrics")
    def metrics() -> Response:
        return Response(generate_latest(hub.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _refuse(hub: Hub, problem: Problem) -> JSONResponse:
    hub.metrics.refused.labels(problem.type).inc()
    return problem.response()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
