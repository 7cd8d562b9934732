"""The pages of passkeys."""

import json
import re
from dataclasses import replace

import pytest

from node.accounts.model import AccountRole
from node.web.app import create_site
from tests.node.accounts.soft_authenticator import Authenticator
from tests.node.web.test_accounts import at
from tests.node.web.visiting import PASSWORD, Town, Visitor


def add(visitor: Visitor, phone: Authenticator, name: str = "Duty phone") -> int:
    options = visitor.post("/passkeys/options").json()
    return visitor.post("/passkeys", name=name, credential=phone.create(options)).status_code


def test_a_passkey_is_added_shown_used_and_removed(town: Town, pat: Visitor) -> None:
    phone = Authenticator()
    assert add(pat, phone) == 303
    page = pat.get("/passkeys").text
    assert "Duty phone" in page
    nobody = town.visitor()
    shown = phone.get(nobody.post("/sign-in/passkey/options").json())
    response = nobody.post("/sign-in/passkey", credential=shown)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert nobody.get("/ask").status_code == 200
    (remove,) = re.findall(r'action="(/passkeys/[\w-]+/remove)"', page)
    sam = town.visitor("sam")
    sam.post(remove)
    assert "Duty phone" in pat.get("/passkeys").text
    assert "Duty phone" not in sam.get("/passkeys").text
    pat.post(remove)
    assert "You have none yet" in pat.get("/passkeys").text


def test_signing_in_by_one_is_a_new_session(town: Town, pat: Visitor) -> None:
    phone = Authenticator()
    add(pat, phone)
    before = dict(pat.client.cookies)
    shown = phone.get(pat.post("/sign-in/passkey/options").json())
    pat.post("/sign-in/passkey", credential=shown)
    old = Visitor(town)
    old.client.cookies.update(before)
    assert old.get("/ask").headers["location"] == "/sign-in"
    assert pat.get("/ask").status_code == 200


@pytest.mark.parametrize("credential", ["", "nonsense", json.dumps({"id": "x"})])
def test_what_is_no_passkey_is_said(pat: Visitor, credential: str) -> None:
    page = pat.post("/sign-in/passkey", credential=credential)
    assert page.status_code == 422
    assert "passkey is not right" in page.text
    again = pat.send_faulty("/passkeys", name="Duty phone", credential=credential)
    assert "could not be taken" in again
    assert 'value="Duty phone"' in again


def test_a_name_is_bounded_and_text(pat: Visitor) -> None:
    assert "keep it to 40 characters" in pat.send_faulty("/passkeys", name="x" * 41, credential="")
    assert "You have none yet" in pat.get("/passkeys").text
    assert add(pat, Authenticator(), "<b>mine</b>") == 303
    assert "&lt;b&gt;mine&lt;/b&gt;" in pat.get("/passkeys").text


def test_who_is_given_a_new_password_has_none_any_more(town: Town, pat: Visitor) -> None:
    phone = Authenticator()
    add(pat, phone)
    ada = town.visitor("ada", AccountRole.ADMINISTRATOR)
    assert "Passkeys are removed with it" in ada.get(at("pat", path="/password")).text
    assert ada.post(at("pat", path="/password")).status_code == 303
    nobody = town.visitor()
    shown = phone.get(nobody.post("/sign-in/passkey/options").json())
    assert nobody.post("/sign-in/passkey", credential=shown).status_code == 422


def test_who_changes_their_own_password_keeps_theirs_and_is_told_where_they_are(
    town: Town, pat: Visitor
) -> None:
    phone = Authenticator()
    add(pat, phone)
    page = pat.get("/password").text
    assert "Your passkeys stay" in page
    assert 'href="/passkeys"' in page
    new = "harvest lantern quill"
    assert pat.post("/password", password=PASSWORD, new_password=new).status_code == 303
    assert "Duty phone" in pat.get("/passkeys").text
    nobody = town.visitor()
    shown = phone.get(nobody.post("/sign-in/passkey/options").json())
    assert nobody.post("/sign-in/passkey", credential=shown).status_code == 303


def test_where_the_address_is_not_known_there_are_none(town: Town, pat: Visitor) -> None:
    assert "Sign in with a passkey" in town.visitor().get("/sign-in").text
    assert "/passkeys" in pat.get("/details").text
    town.parts = replace(town.parts, passkeys=None)
    town.site = create_site(town.parts)
    visitor = Visitor(town)
    visitor.sign_in("pat")
    assert "passkey" not in visitor.get("/sign-in").text
    assert "passkey" not in visitor.get("/details").text
    assert "passkey" not in visitor.get("/password").text
    assert visitor.get("/passkeys").status_code == 404
    assert visitor.post("/sign-in/passkey/options").status_code == 404
