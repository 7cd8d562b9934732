"""Signing in at the council's own service: a real one, over the network."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from node.accounts.provider import TOO_LATE, Provider
from node.web.signing_in import ATTEMPT_COOKIE, COOKIE
from tests.node.accounts.council_service import (
    CLAIMS,
    running_service,
    say_of_them,
    settings_of,
    sign_in_there,
)
from tests.node.small_federation import STORE_KEY
from tests.node.web.visiting import ADDRESS, Town, Visitor

LATE = TOO_LATE.split(".")[0]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running_service() as address:
        yield address


@pytest.fixture
def town(service: str, tmp_path: Path) -> Iterator[Town]:
    """A council with a sign-in service of its own. Its clock goes as everybody's: tokens of the
    service are of now."""
    yield from town_of(service, tmp_path)


def town_of(service: str, folder: Path) -> Iterator[Town]:
    made = Town(folder)
    made.tell_the_time()
    settings = settings_of(service, ADDRESS, folder / "secret")
    made.give_service(Provider(settings, STORE_KEY, made.clock))
    with made.open:
        yield made


def come_back(visitor: Visitor) -> str:
    """Go to the service and sign in there; return the path one is sent back to."""
    begun = visitor.get("/sign-in/council")
    assert begun.status_code == httpx.codes.SEE_OTHER
    back = urlsplit(sign_in_there(begun.headers["location"]))
    assert f"{back.scheme}://{back.netloc}" == ADDRESS
    return f"{back.path}?{back.query}"


def let_in(town: Town) -> Visitor:
    visitor = town.visitor()
    response = visitor.get(come_back(visitor))
    assert (response.status_code, response.headers["location"]) == (303, "/")
    return visitor


def test_the_page_leads_there_and_takes_no_password(town: Town) -> None:
    page = town.visitor().get("/sign-in").text
    assert 'href="/sign-in/council"' in page
    assert "Password" not in page


def test_who_has_an_account_of_our_own_is_not_let_in_by_password(town: Town) -> None:
    """It would be no evidence of a second factor."""
    town.add("pat")
    response = town.visitor().sign_in("pat")
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_who_comes_back_promises_then_says_where_they_are_rung_then_asks(town: Town) -> None:
    robin = let_in(town)
    assert robin.get("/").headers["location"] == "/ask"
    assert robin.get("/ask").headers["location"] == "/declaration"
    robin.post("/declaration")
    assert robin.get("/ask").headers["location"] == "/details"
    page = robin.send_faulty("/details", telephone="", team=" ")
    assert "Give a number to ring you on" in page
    assert "Give your team" in page
    robin.post("/details", telephone="01632 960444", team="Night duty")
    assert robin.get("/ask").status_code == 200
    (account,) = town.accounts.all()
    assert (account.name, account.telephone, account.team) == (
        "Robin Sedge",
        "01632 960444",
        "Night duty",
    )


def test_what_somebody_said_of_themselves_is_there_the_next_time(town: Town) -> None:
    robin = let_in(town)
    robin.post("/declaration")
    robin.post("/details", telephone="01632 960444", team="Night duty")
    again = let_in(town)
    assert again.get("/ask").status_code == 200
    assert "01632 960444" in again.get("/details").text
    assert len(town.accounts.all()) == 1


def test_what_the_service_says_now_counts(tmp_path: Path) -> None:
    """A role that was taken away there is gone here with the next signing in."""
    claims = {**CLAIMS, "team": "Duty", "phone_number": "01632 960555", "roles": ["WhoElse.Duty"]}
    with running_service(claims) as service:
        for town in town_of(service, tmp_path):
            dana = let_in(town)
            dana.post("/declaration")
            assert dana.get("/inbox").status_code == 200
            say_of_them(service, claims | {"roles": ["WhoElse.Ask"]})
            again = let_in(town)
            assert again.get("/inbox").status_code == 403
            assert again.get("/ask").status_code == 200
            assert len(town.accounts.all()) == 1


def test_words_of_the_way_back_are_good_once_and_in_one_browser(town: Town) -> None:
    visitor, other = town.visitor(), town.visitor()
    back = come_back(visitor)
    stolen = other.get(back)
    assert stolen.status_code == 403
    assert LATE in stolen.text
    kept = visitor.client.cookies[ATTEMPT_COOKIE]
    assert visitor.get(back).headers["location"] == "/"
    assert ATTEMPT_COOKIE not in visitor.client.cookies
    other.client.cookies.set(ATTEMPT_COOKIE, kept, domain="node.example")
    assert other.get(back).status_code == 403
    assert COOKIE not in other.client.cookies


def test_cookie_of_the_way_is_for_this_site_and_no_script(town: Town) -> None:
    cookie = town.visitor().get("/sign-in/council").headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{ATTEMPT_COOKIE}=")
    assert attributes == {"secure", "httponly", "path=/", "samesite=lax"}


def test_session_is_a_new_one(town: Town) -> None:
    robin = let_in(town)
    planted = robin.client.cookies[COOKIE]
    robin.get(come_back(robin))
    assert robin.client.cookies[COOKIE] != planted
    intruder = town.visitor()
    intruder.client.cookies.set(COOKIE, planted, domain="node.example")
    assert intruder.get("/details").headers["location"] == "/sign-in"


def test_who_refuses_there_is_told_so(town: Town) -> None:
    visitor = town.visitor()
    begun = visitor.get("/sign-in/council").headers["location"]
    back = httpx.post(begun, data={"action": "deny"}).headers["location"]
    # This service leaves the state out, which another does not: each has its own words.
    page = visitor.get(back.removeprefix(ADDRESS))
    assert page.status_code == 403
    assert "Try again" in page.text
    assert 'href="/sign-in/council"' in page.text


def test_a_password_alone_is_said_to_be_too_little(tmp_path: Path) -> None:
    with running_service({**CLAIMS, "amr": ["pwd"]}) as service:
        for town in town_of(service, tmp_path):
            visitor = town.visitor()
            page = visitor.get(come_back(visitor))
            assert page.status_code == 403
            assert "more than a password" in page.text
            assert COOKIE not in visitor.client.cookies


def test_a_service_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    with running_service() as service:
        pass
    for town in town_of(service, tmp_path):
        page = town.visitor().get("/sign-in/council")
        assert page.status_code == 403
        assert "does not answer" in page.text


def test_nothing_of_the_way_back_stays_in_the_address(town: Town) -> None:
    """The code is in the browser's history for no page: what comes next is another address."""
    visitor = town.visitor()
    response = visitor.get(come_back(visitor))
    assert response.headers["location"] == "/"
    assert response.headers["referrer-policy"] == "same-origin"


def test_who_signs_out_is_told_of_the_council_account_and_led_to_sign_out_of_it(
    town: Town, service: str
) -> None:
    visitor = let_in(town)
    visitor.get("/declaration")
    visitor.post("/declaration")
    out = visitor.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/signed-out")
    page = visitor.get("/signed-out")
    (there,) = re.findall(f'href="({re.escape(service)}[^"]*)"', page.text)
    asked = parse_qs(urlsplit(unescape(there)).query)
    assert asked == {
        "client_id": ["whoelse"],
        "post_logout_redirect_uri": [f"{ADDRESS}/sign-in"],
    }
    assert f"{ADDRESS}/sign-in" in httpx.get(unescape(there)).text
    assert visitor.get("/").headers["location"] == "/sign-in"


def test_who_signs_out_while_the_service_is_away_is_told_of_it_all_the_same(tmp_path: Path) -> None:
    with running_service() as gone:
        pass
    for town in town_of(gone, tmp_path):
        page = town.visitor().get("/signed-out")
        assert page.status_code == httpx.codes.OK
        assert "Not of your council account" in page.text
        assert 'role="button"' not in page.text
