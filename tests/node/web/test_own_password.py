"""Another password of one's own."""

import pytest

from node.accounts.provider import Provider
from node.accounts.store import CLOSED_MS
from node.errors import AccountError
from tests.node.accounts.council_service import settings_of
from tests.node.small_federation import STORE_KEY
from tests.node.web.visiting import ADDRESS, PASSWORD, Town, Visitor

NEW = "harvest lantern quill"


def test_the_new_one_lets_in_and_the_old_one_does_not(town: Town, pat: Visitor) -> None:
    elsewhere = town.visitor()
    elsewhere.sign_in("pat")
    assert 'href="/password"' in pat.get("/details").text
    changed = pat.post("/password", password=PASSWORD, new_password=NEW)
    assert (changed.status_code, changed.headers["location"]) == (303, "/")
    assert pat.get("/ask").status_code == 200
    assert elsewhere.get("/ask").headers["location"] == "/sign-in"
    assert town.visitor().sign_in("pat", NEW).status_code == 303
    assert town.visitor().sign_in("pat").status_code == 422


@pytest.mark.parametrize(
    ("now", "new", "field", "said"),
    [
        (PASSWORD, "", "new_password", "Type a new password"),
        (PASSWORD, "short", "new_password", "needs 12 to 200 characters"),
        (PASSWORD, "x" * 201, "new_password", "needs 12 to 200 characters"),
        (PASSWORD, "pat lantern quill", "new_password", "must not be part"),
        ("another altogether", NEW, "password", "This is not your password now"),
        ("", NEW, "password", "This is not your password now"),
    ],
)
def test_the_old_one_stays(
    town: Town, pat: Visitor, now: str, new: str, field: str, said: str
) -> None:
    page = pat.send_faulty("/password", password=now, new_password=new)
    assert f'href="#{field}"' in page
    assert said in page
    assert not any(typed and f'value="{typed}"' in page for typed in (now, new))
    assert pat.get("/ask").status_code == 200
    assert town.visitor().sign_in("pat").status_code == 303


def test_whoever_finds_a_browser_open_does_not_guess_on(town: Town, pat: Visitor) -> None:
    for _ in range(5):
        pat.post("/password", password="a guess", new_password=NEW)
    pat.send_faulty("/password", password=PASSWORD, new_password=NEW)
    town.clock.now_ms += CLOSED_MS
    assert pat.post("/password", password=PASSWORD, new_password=NEW).headers["location"] == "/"


def test_where_the_council_has_a_service_nobody_has_one_here(town: Town, pat: Visitor) -> None:
    settings = settings_of("https://login.example", ADDRESS, town.folder / "secret")
    town.give_service(Provider(settings, STORE_KEY, town.clock))
    there = Visitor(town)
    there.client.cookies.update(pat.client.cookies)
    assert there.get("/password").status_code == 404
    assert there.post("/password", password=PASSWORD, new_password=NEW).status_code == 404
    assert 'href="/password"' not in there.get("/details").text
    with pytest.raises(AccountError):
        town.accounts.check_password("pat", NEW)


def test_whose_account_is_removed_meanwhile_is_out(
    town: Town, pat: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(username: str) -> bytes:
        raise AccountError(f"there is no account {username}")

    monkeypatch.setattr(town.accounts, "begin_session", gone)
    changed = pat.post("/password", password=PASSWORD, new_password=NEW)
    assert (changed.status_code, changed.headers["location"]) == (303, "/sign-in")
