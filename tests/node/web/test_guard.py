"""What no page is sent without, and no form is taken without."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from node.web.guard import MOST_BODY_BYTES
from tests.node.web.visiting import ADDRESS, PASSWORD, Town, Visitor

PAGES = ("/", "/about", "/sign-in", "/ask", "/lookups", "/static/whoelse.css", "/nowhere")


@pytest.mark.parametrize("path", PAGES)
def test_every_response_says_what_a_browser_may_do_with_it(pat: Visitor, path: str) -> None:
    headers = pat.get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_no_page_is_kept_by_a_browser(pat: Visitor) -> None:
    assert {pat.get(path).headers["cache-control"] for path in PAGES[:5]} == {"no-store"}


def test_scripts_are_ours_or_marked_for_this_response(pat: Visitor) -> None:
    first, second = pat.get("/ask"), pat.get("/ask")
    nonces = [re.findall(r'<script[^>]* nonce="([^"]+)"', page.text) for page in (first, second)]
    assert len(set(nonces[0])) == 1
    assert set(nonces[0]).isdisjoint(nonces[1])
    assert f"'nonce-{nonces[0][0]}'" in first.headers["content-security-policy"]
    assert len(re.findall("<script", first.text)) == len(nonces[0])
    assert not re.search(r" on\w+=| style=", first.text)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="that says nothing"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="of another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="of another service of the council"),
        pytest.param({"Sec-Fetch-Site": "none"}, id="of no page"),
        pytest.param({"Origin": "https://elsewhere.example"}, id="of another origin"),
        pytest.param({"Origin": "null"}, id="of a hidden origin"),
        pytest.param({"Origin": ADDRESS, "Sec-Fetch-Site": "cross-site"}, id="that says both"),
    ],
)
def test_a_form_is_refused(town: Town, headers: dict[str, str]) -> None:
    town.add("pat")
    response = town.run(
        town.visitor().client.post(
            "/sign-in", data={"username": "pat", "password": PASSWORD}, headers=headers
        )
    )
    assert response.status_code == httpx.codes.FORBIDDEN
    assert "set-cookie" not in response.headers


def test_a_form_of_an_old_browser_is_known_by_its_origin(town: Town) -> None:
    town.add("pat")
    response = town.run(
        town.visitor().client.post(
            "/sign-in",
            data={"username": "pat", "password": PASSWORD},
            headers={"Origin": ADDRESS},
        )
    )
    assert response.headers["location"] == "/"


def test_more_than_a_form_is_refused(pat: Visitor) -> None:
    assert pat.post("/ask", surname="x" * MOST_BODY_BYTES).status_code == 413


def test_more_than_a_form_is_refused_though_it_says_nothing_of_its_length(
    town: Town, pat: Visitor
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MOST_BODY_BYTES // 1000 + 2):
            yield b"surname=" + b"x" * 992

    response = town.run(
        pat.client.post(
            "/ask",
            content=pieces(),
            headers={
                "Sec-Fetch-Site": "same-origin",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
    )
    assert response.status_code == 413
    assert "more than any form holds" in response.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_do_nothing(town: Town, pat: Visitor, method: str) -> None:
    response = town.run(
        pat.client.request(method, "/ask", headers={"Sec-Fetch-Site": "same-origin"})
    )
    assert response.status_code == 405
