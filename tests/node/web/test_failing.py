"""A page that cannot be made: whom to ring, and nothing of a child in a log."""

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from node.errors import StoreError
from node.web.guard import Guard, PageError
from tests.node.web.visiting import Town, Visitor

PLANTED = "Plantedsurname"


def fail(*_: object, **__: object) -> None:
    raise StoreError("the disk is full")


def test_a_full_disk_ends_with_whom_to_ring(
    town: Town, pat: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town.kept, "all_of", fail)
    with capture_logs() as logged:
        response = pat.get("/lookups")
    assert response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Nothing can be read or kept just now" in response.text
    assert response.text.count('href="tel:') == 2 * len(town.current().members)
    assert [each["event"] for each in logged] == ["page failed"]
    assert "full" not in repr(logged)


def failing(begins: bool) -> Guard:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        if begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(PLANTED)

    return Guard(app)


async def answer_of(app: Guard) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node.example") as client:
        return await client.get("/")


def test_what_a_page_failed_with_is_in_no_log(town: Town) -> None:
    with capture_logs() as logged:
        response = town.run(answer_of(failing(begins=False)))
    assert response.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert "ring the council's duty line" in response.text
    assert response.headers["cache-control"] == "no-store"
    (line,) = logged
    assert (line["event"], line["type"]) == ("page failed", "ValueError")
    assert PLANTED not in repr(logged) + response.text


def test_a_page_that_breaks_off_is_not_taken_for_whole(town: Town) -> None:
    """The server sees an error of ours, which says nothing, and closes the connection."""
    with capture_logs() as logged, pytest.raises(PageError) as raised:
        town.run(answer_of(failing(begins=True)))
    assert PLANTED not in repr(logged) + repr(raised.value)
    assert raised.value.__suppress_context__
