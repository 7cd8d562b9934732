"""The hub's HTTP surface: its routes, what it refuses and in which words, and what it tells."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from hub import admission
from hub import app as app_module
from hub.confinement.confine import Confinement
from protocol import limits
from protocol.sealing.bundle import most_bundle_bytes
from protocol.signer.repository import TIMESTAMP_VALIDITY, utc_now
from tests.hub.federation import Council, Federation, make_round, now_ms
from tests.hub.running import (
    RunningHub,
    asked,
    linked,
    make_app,
    receive_frame,
    running_hub,
    until,
)

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


def problem(response: httpx.Response) -> str:
    """Return the problem's short name, after checking that the body is exactly a problem."""
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content.keys() == {"type", "title", "status"}
    assert content["status"] == response.status_code
    return str(content["type"]).removeprefix("urn:whoelse:problem:")


def test_surface_is_exactly_the_six_routes(federation: Federation) -> None:
    routes = make_app(federation).routes
    surface = set()
    for route in routes:
        assert isinstance(route, APIRoute | APIWebSocketRoute)
        methods = route.methods if isinstance(route, APIRoute) else ["WEBSOCKET"]
        surface.add((route.path, tuple(sorted(methods or []))))
    assert surface == {
        ("/v1/link", ("WEBSOCKET",)),
        ("/v1/rounds", ("POST",)),
        ("/v1/directory/metadata/{name}", ("GET",)),
        ("/v1/directory/targets/{name}", ("GET",)),
        ("/v1/health", ("GET",)),
        ("/v1/metrics", ("GET",)),
    }


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/v1", "/v1/rounds/", "/v1/link"])
async def test_other_paths_are_not_found_and_redirect_nowhere(hub: RunningHub, path: str) -> None:
    assert (await hub.client.get(path)).status_code == 404


# Rounds that are refused.


async def test_strangers_of_every_sort_get_identical_bytes(
    hub: RunningHub, federation: Federation
) -> None:
    asker, council = federation.asker, federation.councils[0]
    bundle = make_round(asker, [council]).bundle
    stranger = Council.make("E09999999")
    refused = [
        make_round(stranger, [council]).bundle,
        make_round(stranger, [council], time_ms=now_ms() - HOUR_MS).bundle,
        make_round(Council.make(asker.id), [council]).bundle,
        make_round(Council.make(asker.id), [council], time_ms=now_ms() - HOUR_MS).bundle,
        bundle[:-1] + bytes([bundle[-1] ^ 1]),
        bundle[:-200] + bytes([bundle[-200] ^ 1]) + bundle[-199:],
        bundle[:-64] + bytes(64),
    ]
    seen = set()
    for content in refused:
        response = await hub.post(content)
        headers = {name: value for name, value in response.headers.items() if name != "date"}
        seen.add((response.status_code, json.dumps(headers), response.content))
        assert problem(response) == "refused"
    assert len(seen) == 1


@pytest.mark.parametrize("off_by_ms", [-limits.FRESHNESS_MS - 1000, limits.FRESHNESS_MS + 1000])
async def test_stale_bundle_of_a_member_is_refused_as_stale(
    hub: RunningHub, federation: Federation, off_by_ms: int
) -> None:
    question = make_round(federation.asker, federation.councils, time_ms=now_ms() + off_by_ms)
    response = await hub.post(question.bundle)
    assert (response.status_code, problem(response)) == (400, "stale")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda bundle: bundle[:1],
        lambda bundle: bundle[:-1],
        lambda bundle: bundle + b"\0",
        lambda bundle: b"\2" + bundle[1:],
        lambda bundle: bundle[:1] + b"\x63" + bundle[2:],
        lambda bundle: bundle[:38] + b"\0\0" + bundle[40:],
        lambda bundle: bundle[:38] + b"\xff\xff" + bundle[40:],
        lambda bundle: bundle[:18] + b"lower case id" + bundle[31:],
        lambda _: b"{}",
    ],
    ids=[
        "empty", "one byte", "short", "long", "version", "kind", "no envelopes", "many envelopes",
        "sender", "json",
    ],
)  # fmt: skip
async def test_malformed_bundle_is_refused(
    hub: RunningHub, federation: Federation, spoil: Callable[[bytes], bytes]
) -> None:
    response = await hub.post(spoil(federation.ask().bundle))
    assert (response.status_code, problem(response)) == (400, "malformed")


async def test_bundle_with_an_envelope_of_another_round_is_refused(
    hub: RunningHub, federation: Federation
) -> None:
    one, other = federation.ask().bundle, federation.ask().bundle
    envelope = (len(one) - 40 - 64) // 3
    mixed = one[: 40 + envelope] + other[40 + envelope :]
    response = await hub.post(mixed)
    assert (response.status_code, problem(response)) == (400, "malformed")


async def test_body_declared_too_large_is_refused_before_it_is_sent(
    hub: RunningHub, federation: Federation
) -> None:
    most = most_bundle_bytes(len(federation.councils) + 1)
    reader, writer = await hub.dial()
    head = f"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: {most + 1}\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}")
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_chunked_body_is_refused_when_it_grows_too_large(
    hub: RunningHub, federation: Federation
) -> None:
    most = most_bundle_bytes(len(federation.councils) + 1)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(most // 4096 + 1):
            yield bytes(4096)

    response = await hub.client.post("/v1/rounds", content=endless())
    assert (response.status_code, problem(response)) == (413, "too-large")


async def test_chunked_body_of_the_right_size_is_taken(
    hub: RunningHub, federation: Federation
) -> None:
    bundle = federation.ask().bundle

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(bundle), 1000):
            yield bundle[start : start + 1000]

    response = await hub.client.post("/v1/rounds", content=pieces())
    assert response.status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_compressed_body_is_refused_unread(
    hub: RunningHub, federation: Federation, encoding: str
) -> None:
    body = gzip.compress(federation.ask().bundle)
    response = await hub.post(body, **{"content-encoding": encoding})
    assert (response.status_code, problem(response)) == (415, "encoded")


async def test_body_that_does_not_arrive_is_refused_in_time(
    hub: RunningHub, federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "BODY_SECONDS", 0.05)
    bundle = federation.ask().bundle
    reader, writer = await hub.dial()
    head = f"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(bundle)}\r\n\r\n"
    writer.write(head.encode() + bundle[:100])
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_hanging_up_in_the_middle_of_a_body_leaves_no_trace_in_the_log(
    hub: RunningHub, federation: Federation
) -> None:
    bundle = federation.ask().bundle
    _, writer = await hub.dial()
    head = f"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(bundle)}\r\n\r\n"
    writer.write(head.encode() + bundle[:100])
    assert (await hub.health())["status"] == "ok"
    peer = writer.get_extra_info("sockname")
    assert await _has_connection(hub, peer)
    writer.transport.abort()
    await until(lambda: _has_lost_connection(hub, peer))
    assert (await hub.post(bundle)).status_code == 200


async def _has_connection(hub: RunningHub, peer: tuple[str, int]) -> bool:
    await hub.health()
    connections = hub.server.server_state.connections
    return any(getattr(connection, "client", None) == peer for connection in connections)


async def _has_lost_connection(hub: RunningHub, peer: tuple[str, int]) -> bool:
    return not await _has_connection(hub, peer)


async def test_bodies_that_are_half_sent_take_no_place_from_members(federation: Federation) -> None:
    async with running_hub(federation, rounds_at_once=1) as hub:
        for _ in range(20):
            _, writer = await hub.dial()
            writer.write(b"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: 999\r\n\r\nx")
        assert await hub.health()
        assert (await hub.post(federation.ask().bundle)).status_code == 200


async def test_bytes_of_arriving_bodies_are_bounded_in_all(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = federation.ask().bundle
    monkeypatch.setattr(admission.ArrivingBytes, "take", _no_bytes)
    async with running_hub(federation) as hub:
        response = await hub.post(bundle)
        assert (response.status_code, problem(response)) == (503, "busy")
        monkeypatch.undo()
        assert (await hub.post(bundle)).status_code == 200


def _no_bytes(_arriving: admission.ArrivingBytes, _amount: int) -> bool:
    return False


async def test_member_that_starts_too_many_rounds_is_told_so_and_others_are_not(
    federation: Federation,
) -> None:
    async with running_hub(federation, rounds_per_second=0.001) as hub:
        assert (await hub.post(federation.ask().bundle)).status_code == 200
        response = await hub.post(federation.ask().bundle)
        assert (response.status_code, problem(response)) == (429, "rate")
        other = make_round(federation.councils[0], [federation.asker])
        assert (await hub.post(other.bundle)).status_code == 200


async def test_claiming_to_be_a_member_takes_nothing_from_its_rate(federation: Federation) -> None:
    impostor = Council.make(federation.asker.id)
    async with running_hub(federation, rounds_per_second=0.001) as hub:
        for _ in range(5):
            forged = make_round(impostor, federation.councils)
            assert (await hub.post(forged.bundle)).status_code == 403
        assert (await hub.post(federation.ask().bundle)).status_code == 200


@pytest.mark.parametrize(
    ("places", "others"), [({"rounds_at_once": 1}, 503), ({"rounds_at_once_per_member": 1}, 200)]
)
async def test_round_beyond_the_places_is_told_to_go_elsewhere(
    federation: Federation, places: dict[str, int], others: int
) -> None:
    council = federation.councils[0]
    async with (
        running_hub(federation, **places) as hub,
        linked(hub, council) as link,
        asked(hub, make_round(federation.asker, [council]).bundle),
    ):
        await receive_frame(link)
        response = await hub.post(federation.ask().bundle)
        assert (response.status_code, problem(response)) == (503, "busy")
        other = make_round(council, [federation.asker])
        assert (await hub.post(other.bundle)).status_code == others


# The directory.


async def test_serves_the_directory_files_as_they_are(
    hub: RunningHub, federation: Federation
) -> None:
    paths = [path for path in federation.published.rglob("*") if path.is_file()]
    assert len(paths) == 5
    for path in paths:
        response = await hub.client.get(f"/v1/directory/{path.relative_to(federation.published)}")
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.content == path.read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "metadata/../../keys/signer.pem",
        "metadata/..%2f..%2fkeys%2fsigner.pem",
        "metadata/%2e%2e/%2e%2e/draft.json",
        "metadata/..%5c..%5cdraft.json",
        "metadata/draft.json",
        "metadata/timestamp.json%00",
        "metadata/timestamp.json%0a",
        "metadata/timestamp.json.new",
        "metadata/root.json",
        "metadata//etc/passwd",
        "metadata/%2fetc%2fpasswd",
        "metadata/1234567890.root.json",
        "metadata/%EF%BC%91.root.json",
        "metadata/2.root.json",
        "targets/directory.json",
        "targets/..%2fmetadata%2ftimestamp.json",
        f"targets/{'a' * 64}.directory.json",
    ],
)
async def test_names_that_are_not_of_a_published_file_are_not_found(
    hub: RunningHub, path: str
) -> None:
    reader, writer = await hub.dial()
    writer.write(f"GET /v1/directory/{path} HTTP/1.0\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")


async def test_expired_directory_refuses_rounds_and_links_and_health_says_so(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.directory.CHECK_SECONDS", 0.0)
    own_federation.repository.renew_timestamp(utc_now() - TIMESTAMP_VALIDITY - timedelta(hours=1))
    async with running_hub(own_federation) as hub:
        response = await hub.post(own_federation.ask().bundle)
        assert (response.status_code, problem(response)) == (503, "no-directory")
        health = await hub.client.get("/v1/health")
        assert health.status_code == 503
        assert health.json()["status"] == "no valid directory"
        assert "the timestamp expired on" in health.json()["problem"]
        served = await hub.client.get("/v1/directory/metadata/timestamp.json")
        assert served.status_code == 200
        own_federation.repository.renew_timestamp(utc_now())
        assert (await hub.post(own_federation.ask().bundle)).status_code == 200


async def test_health_names_no_folder_of_the_hub(own_federation: Federation) -> None:
    async with running_hub(own_federation) as hub:
        (own_federation.published / "metadata" / "timestamp.json").unlink()
        health = await hub.client.get("/v1/health")
        assert health.status_code == 503
        assert str(own_federation.folder) not in health.text
        assert "timestamp.json" in health.text


# What an operator sees.


async def test_health_holds_only_the_hubs_own_state(hub: RunningHub) -> None:
    assert await hub.health() == {
        "hub": "hub-1",
        "status": "ok",
        "problem": None,
        "directory_version": 1,
        "members_linked": 0,
        "confinement": Confinement().in_force(),
        "confinement_missing": Confinement().missing(),
    }


async def test_metrics_are_counts_by_words_of_a_fixed_list_and_nothing_else(
    federation: Federation,
) -> None:
    council = federation.councils[0]
    async with (
        running_hub(federation) as hub,
        linked(hub, council) as link,
        asked(hub, federation.ask().bundle),
    ):
        await receive_frame(link)
        await hub.post(make_round(Council.make("E09999999"), [council]).bundle)
        await hub.post(b"garbage")
        during = await hub.metrics()
    async with running_hub(federation) as hub:
        # No series appears with use, so none tells of a first time.
        assert _series(await hub.metrics()) == _series(during)
    assert "_created" not in during
    assert 'whoelse_hub_rounds_total{kind="post"} 1.0' in during
    assert 'whoelse_hub_deliveries_total{end="unreachable"} 2.0' in during
    assert 'whoelse_hub_refused_total{problem="refused"} 1.0' in during
    assert 'whoelse_hub_refused_total{problem="malformed"} 1.0' in during
    assert "whoelse_hub_members_linked 1.0" in during
    _assert_says_nothing_of(during, federation)


def _series(metrics: str) -> set[str]:
    return {line.rsplit(" ", 1)[0] for line in metrics.splitlines() if not line.startswith("#")}


def _assert_says_nothing_of(text: str, federation: Federation) -> None:
    for council in (federation.asker, *federation.councils):
        assert council.id not in text
    assert not re.search(r"[0-9a-f]{32}", text)
