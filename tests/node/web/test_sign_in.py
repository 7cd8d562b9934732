"""Signing in and out."""

import asyncio

from node.accounts.model import AccountRole
from node.accounts.store import DECLARED_MS, IDLE_MS
from node.clock import time_of_day
from node.web.attempts import MINUTE_MS, MOST_WRONG
from node.web.signing_in import COOKIE
from node.web.site import SOON_MS
from tests.node.web.visiting import Town, Visitor


def test_who_signs_in_is_taken_to_the_form(town: Town) -> None:
    town.add("pat")
    visitor = town.visitor()
    response = visitor.sign_in(" Pat ")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert visitor.get("/").headers["location"] == "/ask"
    assert "Pat Worker" in visitor.get("/ask").text


def test_who_does_not_ask_is_taken_to_what_the_service_is(town: Town) -> None:
    stu = town.visitor("stu", AccountRole.AUDITOR)
    assert stu.get("/").headers["location"] == "/about"
    page = stu.get("/about").text
    assert "Stu Worker" in page
    assert 'href="/ask"' not in page


def test_an_administrator_is_taken_to_the_accounts_and_whoever_asks_too_to_the_form(
    town: Town,
) -> None:
    ada = town.visitor("ada", AccountRole.ADMINISTRATOR)
    assert ada.get("/").headers["location"] == "/accounts"
    assert ada.get("/accounts").status_code == 200
    both = town.visitor("bo", AccountRole.ADMINISTRATOR, AccountRole.PRACTITIONER)
    assert both.get("/").headers["location"] == "/ask"


def test_a_wrong_password_says_so_and_does_not_come_back(town: Town) -> None:
    town.add("pat")
    response = town.visitor().sign_in("pat", "a wrong password")
    assert response.status_code == 422
    assert "is not right" in response.text
    assert 'value="pat"' in response.text
    assert "a wrong password" not in response.text
    assert "set-cookie" not in response.headers


def test_cookie_is_for_this_site_and_no_script(town: Town) -> None:
    town.add("pat")
    cookie = town.visitor().sign_in("pat").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert COOKIE.startswith("__Host-")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {"secure", "httponly", "path=/", "samesite=lax"}


def test_session_is_a_new_one_after_signing_in(town: Town, pat: Visitor) -> None:
    """A session that somebody else planted in the browser is not the one that is signed in."""
    planted = pat.client.cookies[COOKIE]
    pat.sign_in("pat")
    assert pat.client.cookies[COOKIE] != planted
    intruder = town.visitor()
    intruder.client.cookies.set(COOKIE, planted, domain="node.example")
    assert intruder.get("/ask").headers["location"] == "/sign-in"


def test_who_signs_out_is_out_everywhere_with_this_session(town: Town, pat: Visitor) -> None:
    copied = pat.client.cookies[COOKIE]
    assert pat.post("/sign-out").headers["location"] == "/sign-in"
    assert COOKIE not in pat.client.cookies
    intruder = town.visitor()
    intruder.client.cookies.set(COOKIE, copied, domain="node.example")
    assert intruder.get("/ask").headers["location"] == "/sign-in"


def test_who_was_away_signs_in_again(town: Town, pat: Visitor) -> None:
    town.clock.now_ms += IDLE_MS + 1
    assert pat.get("/ask").headers["location"] == "/sign-in"


def test_who_has_not_promised_appropriate_use_is_asked_to_once_a_year(
    town: Town, pat: Visitor
) -> None:
    town.clock.now_ms += DECLARED_MS
    pat.sign_in("pat")
    assert pat.get("/ask").headers["location"] == "/declaration"
    assert pat.post("/ask", surname="x").headers["location"] == "/declaration"
    assert "I promise this" in pat.get("/declaration").text
    assert pat.post("/declaration").headers["location"] == "/"
    assert pat.get("/ask").status_code == 200


def test_who_says_to_be_there_stays_signed_in(town: Town, pat: Visitor) -> None:
    for _ in range(3):
        town.clock.now_ms += IDLE_MS
        assert pat.post("/stay").status_code == 204
    assert pat.get("/ask").status_code == 200


def test_the_end_of_a_shift_is_said_half_an_hour_before(town: Town, pat: Visitor) -> None:
    town.go_on(pat, SOON_MS + 1)
    assert 'data-seconds-left="1800"' in pat.get("/ask").text
    assert "in any case" not in pat.get("/ask").text.partition("<main")[0]
    town.clock.now_ms += 1
    for path in ("/ask", "/about"):
        page = pat.get(path).text
        top, _, bottom = page.partition("<main")
        said = f"signed out at {time_of_day(town.clock.now_ms + SOON_MS)} in any case"
        assert said in top
        assert said in bottom.partition("</main>")[2]
    for left in (SOON_MS // 2000, 0):
        town.clock.now_ms += SOON_MS // 2
        assert f'data-seconds-left="{left}"' in pat.get("/ask").text
    town.clock.now_ms += 1
    assert pat.get("/ask").headers["location"] == "/sign-in"


def test_without_a_script_every_page_says_until_when_it_can_be_sent(
    town: Town, pat: Visitor
) -> None:
    town.clock.now_ms += 12_345_678
    pat.sign_in("pat")
    for path in ("/ask", "/about"):
        warning = pat.get(path).text.partition("<noscript>")[2].partition("</noscript>")[0]
        assert f"signed out at {time_of_day(town.clock.now_ms + IDLE_MS)} unless" in warning


def test_nobody_who_is_not_signed_in_is_told_of_an_end(town: Town) -> None:
    page = town.visitor().get("/about").text
    assert "You are signed out at" not in page
    assert "in any case" not in page
    assert "data-seconds-left" not in page


def test_cookies_that_are_none_of_ours_are_nobody(town: Town) -> None:
    for cookie in ("x", "AAAA", "=" * 43, "A" * 43, "\x7f"):
        visitor = town.visitor()
        visitor.client.headers["Cookie"] = f"{COOKIE}={cookie}"
        assert visitor.get("/ask").headers["location"] == "/sign-in"


def test_one_password_is_not_tried_on_every_account(town: Town) -> None:
    town.add("pat")
    visitor = town.visitor()
    for number in range(MOST_WRONG):
        assert visitor.sign_in(f"somebody-{number}", "summer 2026").status_code == 422
    response = visitor.sign_in("pat")
    assert response.status_code == 429
    assert "Wait a minute" in response.text
    assert Visitor(town, "198.51.100.7").sign_in("pat").status_code == 303
    town.clock.now_ms += MINUTE_MS
    assert visitor.sign_in("pat").status_code == 303


def test_passwords_that_are_tried_at_once_are_counted_too(town: Town) -> None:
    visitor = town.visitor()

    async def try_all() -> list[int]:
        tries = (
            visitor.client.post(
                "/sign-in",
                data={"username": f"somebody-{number}", "password": "summer 2026"},
                headers={"Sec-Fetch-Site": "same-origin"},
            )
            for number in range(MOST_WRONG + 20)
        )
        return [response.status_code for response in await asyncio.gather(*tries)]

    assert sorted(town.run(try_all())) == [422] * MOST_WRONG + [429] * 20


def test_who_signs_in_rightly_takes_no_place(town: Town) -> None:
    town.add("pat")
    visitor = town.visitor()
    for _ in range(MOST_WRONG + 1):
        assert visitor.sign_in("pat").status_code == 303
