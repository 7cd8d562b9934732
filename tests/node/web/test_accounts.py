"""The administrator's pages: who may sign in, and what each may do."""

import re
from collections.abc import Mapping

import pytest

from node.accounts.claims import Person
from node.accounts.model import Account, AccountRole
from node.accounts.provider import Provider
from node.accounts.store import IDLE_MS
from node.asking.keeping import AskedCase
from node.clock import moment
from node.watching.store import NEVER_MS, Ending, Watch
from protocol.encoding import encode_base64url
from tests.node.accounts.council_service import settings_of
from tests.node.small_federation import STORE_KEY
from tests.node.web.visiting import ADDRESS, PASSWORD, Town, Visitor

ENTRIES = {
    "username": "nell",
    "name": "Nell Orchard",
    "telephone": "01632 960222",
    "team": "Duty",
    "role": "duty_officer",
}


@pytest.fixture
def ada(town: Town) -> Visitor:
    """An administrator, who is nothing else."""
    return town.visitor("ada", AccountRole.ADMINISTRATOR)


def at(username: str, *, path: str = "") -> str:
    return f"/accounts/{encode_base64url(username.encode())}{path}"


def held(town: Town, username: str) -> Account:
    found = town.accounts.find(username)
    assert found is not None
    return found


def entries(town: Town, username: str, **changes: str) -> Mapping[str, str]:
    """Return what the form of an account of one role holds, but for some fields."""
    account = held(town, username)
    (role,) = account.roles
    texts = {"name": account.name, "telephone": account.telephone, "team": account.team}
    return texts | {"role": role} | changes


def password_on(visitor: Visitor, address: str) -> str:
    """Return the password that a page shows."""
    found = re.search(
        r"<strong[^>]*>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</strong>", visitor.get(address).text
    )
    return found.group(1) if found else ""


def wrong_at(page: str) -> list[str]:
    """Return the fields that the error summary leads to, each of which there is."""
    summary, _, form = page.partition('<form action="/accounts')
    fields = re.findall(r'<a href="#(\w+)"', summary)
    assert all(f'id="{field}"' in form and f'id="{field}-error"' in form for field in fields)
    return fields


def test_everybody_is_listed_by_name_with_what_each_may_do(town: Town, ada: Visitor) -> None:
    town.add("zoe", AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER, team="Front door")
    town.visitor("pat")
    page = ada.get("/accounts").text
    assert re.findall(r'href="(/accounts/\w+)">(\w+) Worker</a>, (\w+)<', page) == [
        (at("ada"), "Ada", "ada"),
        (at("pat"), "Pat", "pat"),
        (at("zoe"), "Zoe", "zoe"),
    ]
    assert "Front door. Team manager, duty officer" in page
    assert 'href="/accounts" aria-current="page">Accounts</a>' in page
    assert "Accounts" not in town.visitor("sam").get("/about").text


def test_who_is_signed_in_stands_there_until_the_session_is_over(town: Town, ada: Visitor) -> None:
    town.add("zoe")
    pat = town.visitor("pat")
    begun_ms = town.clock.now_ms
    town.clock.now_ms += IDLE_MS
    ada.sign_in("ada")
    last_seen = f"last seen {moment(begun_ms)}"
    page = ada.get("/accounts").text
    assert page.count("<strong>Signed in</strong>") == 2
    assert page.count(last_seen) == 1
    assert f"Since {moment(begun_ms)}, {last_seen}" in ada.get(at("pat")).text
    assert "Nowhere" in ada.get(at("zoe")).text
    town.clock.now_ms += 1
    assert last_seen not in ada.get("/accounts").text
    assert "Nowhere" in ada.get(at("pat")).text
    assert pat.get("/ask").headers["location"] == "/sign-in"


def test_an_account_is_made_and_its_password_is_shown_once(town: Town, ada: Visitor) -> None:
    assert 'name="role"' in ada.get("/accounts/new").text
    response = ada.post("/accounts/new", **ENTRIES)
    shown = response.headers["location"]
    assert shown.startswith(at("nell", path="/password?"))
    password = password_on(ada, shown)
    assert len(password) >= 16
    assert password not in shown
    assert password_on(ada, shown) == ""
    account = Account(
        "nell", "Nell Orchard", "01632 960222", "Duty", frozenset({AccountRole.DUTY_OFFICER})
    )
    assert held(town, "nell") == account
    nell = town.visitor()
    assert nell.sign_in("nell", password).headers["location"] == "/"
    assert nell.get("/").headers["location"] == "/ask"


def test_a_password_is_shown_to_nobody_else(town: Town, ada: Visitor) -> None:
    other = town.visitor("bo", AccountRole.ADMINISTRATOR)
    shown = ada.post("/accounts/new", **ENTRIES).headers["location"]
    assert password_on(other, shown) == ""
    assert password_on(ada, shown.replace(at("nell"), at("bo"))) == ""
    assert password_on(ada, shown) != ""


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        pytest.param({"username": "Nell"}, ["username"], id="a capital in the username"),
        pytest.param({"username": "n"}, ["username"], id="a username of one letter"),
        pytest.param({"username": "pat"}, ["username"], id="a username that somebody has"),
        pytest.param({"name": " "}, ["name"], id="no name"),
        pytest.param({"name": "n" * 61}, ["name"], id="a long name"),
        pytest.param({"telephone": "1" * 25}, ["telephone"], id="a long telephone"),
        pytest.param({"team": "\u2066Duty"}, ["team"], id="a team that is not printable"),
        pytest.param({"role": ""}, ["role"], id="no such role"),
        pytest.param({"role": "king"}, ["role"], id="another role"),
        pytest.param(
            {"username": "", "name": "", "telephone": "", "team": "", "role": ""},
            ["username", "name", "telephone", "team", "role"],
            id="nothing",
        ),
    ],
)
def test_a_new_account_is_refused_for(
    town: Town, ada: Visitor, changes: dict[str, str], wrong: list[str]
) -> None:
    town.add("pat")
    typed = ENTRIES | changes
    page = ada.send_faulty("/accounts/new", **typed)
    assert "<title>Error: Make an account" in page
    assert wrong_at(page) == wrong
    assert all(f'value="{typed[field]}"' in page for field in ("name", "team"))
    assert ('value="duty_officer" checked' in page) == (typed["role"] == "duty_officer")
    assert {each.username for each in town.accounts.all()} == {"ada", "pat"}


def test_who_has_no_role_chosen_is_told_so(ada: Visitor) -> None:
    typed = {field: text for field, text in ENTRIES.items() if field != "role"}
    assert wrong_at(ada.send_faulty("/accounts/new", **typed)) == ["role"]


def test_an_account_is_changed(town: Town, ada: Visitor) -> None:
    town.add("pat")
    page = ada.get(at("pat")).text
    assert 'value="Pat Worker"' in page
    assert 'value="practitioner" checked' in page
    assert page.count(" checked") == 1
    changes = {"name": "Pat O'Ashgrove", "telephone": "01632 960999", "team": "Night duty"}
    response = ada.post(at("pat"), **entries(town, "pat", role="auditor", **changes))
    assert (response.status_code, response.headers["location"]) == (303, "/accounts")
    assert held(town, "pat") == Account(
        "pat", "Pat O'Ashgrove", "01632 960999", "Night duty", frozenset({AccountRole.AUDITOR})
    )
    assert town.visitor().sign_in("pat").status_code == 303


@pytest.mark.parametrize("field", ["name", "telephone", "team", "role"])
def test_a_change_is_refused_at_the_field(town: Town, ada: Visitor, field: str) -> None:
    town.add("pat")
    before = held(town, "pat")
    page = ada.send_faulty(at("pat"), **entries(town, "pat", **{"team": "Typed team", field: ""}))
    assert wrong_at(page) == [field]
    assert ('value="Typed team"' in page) == (field != "team")
    assert held(town, "pat") == before


def test_a_role_that_is_changed_is_felt_by_an_open_session(town: Town, ada: Visitor) -> None:
    pat = town.visitor("pat")
    assert pat.get("/inbox").status_code == 403
    ada.post(at("pat"), **entries(town, "pat", role="duty_officer"))
    assert pat.get("/inbox").status_code == 200
    ada.post(at("pat"), **entries(town, "pat", role="auditor"))
    assert pat.get("/ask").status_code == 403


def test_a_new_password_takes_the_place_of_the_old_one(town: Town, ada: Visitor) -> None:
    pat = town.visitor("pat")
    assert "signed out everywhere" in ada.get(at("pat", path="/password")).text
    assert pat.get("/ask").status_code == 200
    password = password_on(ada, ada.post(at("pat", path="/password")).headers["location"])
    assert pat.get("/ask").headers["location"] == "/sign-in"
    assert pat.sign_in("pat").status_code == 422
    assert pat.sign_in("pat", password).status_code == 303
    assert pat.get("/ask").status_code == 200


def test_who_is_removed_is_out(town: Town, ada: Visitor) -> None:
    pat = town.visitor("pat")
    ada.get(at("pat", path="/remove"))
    assert pat.get("/ask").status_code == 200
    response = ada.post(at("pat", path="/remove"))
    assert (response.status_code, response.headers["location"]) == (303, "/accounts")
    assert pat.get("/ask").headers["location"] == "/sign-in"
    assert pat.sign_in("pat").status_code == 422
    assert "pat" not in ada.get("/accounts").text
    assert ada.post(at("pat", path="/remove")).status_code == 404


@pytest.mark.parametrize(
    ("number", "said"), [(0, ""), (1, "1 case is watched"), (2, "2 cases are watched")]
)
def test_that_their_cases_are_watched_no_more_is_said_before(
    town: Town, ada: Visitor, number: int, said: str
) -> None:
    town.add("pat")
    case = AskedCase(reference="OUR-1", id="", purpose=1, protected_location=False)
    watch = Watch(case=case, purpose="", begun_ms=0, ends_ms=1, told={})
    for _ in range(number):
        town.watch_store.add("pat", watch, town.clock())
    ended = watch.model_copy(update={"ending": Ending.TIME})
    town.watch_store.add("pat", ended, NEVER_MS)
    town.watch_store.add("ada", watch, town.clock())
    page = ada.get(at("pat", path="/remove")).text
    assert (f"{said} for them. That ends" in page) if said else ("watched" not in page)
    assert "OUR-1" not in page


def test_somebody_is_signed_out_everywhere(town: Town, ada: Visitor) -> None:
    pat, other = town.visitor("pat"), Visitor(town)
    other.sign_in("pat")
    sam = town.visitor("sam")
    response = ada.post(at("pat", path="/sign-out"))
    assert (response.status_code, response.headers["location"]) == (303, at("pat"))
    assert "Nowhere" in ada.get(at("pat")).text
    for visitor in (pat, other):
        assert visitor.get("/ask").headers["location"] == "/sign-in"
    assert sam.get("/ask").status_code == 200
    assert pat.sign_in("pat").status_code == 303


def test_ones_own_session_goes_on_where_one_signs_oneself_out(town: Town, ada: Visitor) -> None:
    other = Visitor(town)
    other.sign_in("ada")
    assert "Sign out everywhere else" in ada.get(at("ada")).text
    ada.post(at("ada", path="/sign-out"))
    assert other.get("/accounts").headers["location"] == "/sign-in"
    page = ada.get(at("ada")).text
    assert "<strong>Here</strong>" in page
    assert "Sign out everywhere" not in page


def test_nobody_removes_themself_and_is_told_why(town: Town, ada: Visitor) -> None:
    path = at("ada", path="/remove")
    shown, refused = ada.get(path), ada.post(path)
    assert (shown.status_code, refused.status_code) == (200, 409)
    for page in (shown.text, refused.text):
        assert "You cannot remove yourself. Another administrator does it" in page
        assert f'action="{path}"' not in page
    assert held(town, "ada").administers


def test_nobody_stops_being_an_administrator_by_themself(town: Town, ada: Visitor) -> None:
    typed = entries(town, "ada", role="practitioner", team="Typed team")
    page = ada.send_faulty(at("ada"), **typed)
    assert wrong_at(page) == ["role"]
    assert "Another administrator does it" in page
    assert held(town, "ada").roles == {AccountRole.ADMINISTRATOR}
    assert held(town, "ada").team == "Front door"
    ada.post(at("ada"), **entries(town, "ada", team="IT"))
    assert held(town, "ada").team == "IT"
    bo = town.visitor("bo", AccountRole.ADMINISTRATOR)
    bo.post(at("ada"), **entries(town, "ada", role="auditor"))
    assert ada.get("/accounts").status_code == 403


def test_nobody_gives_themself_a_password_that_they_could_not_read(
    town: Town, ada: Visitor
) -> None:
    path = at("ada", path="/password")
    shown, refused = ada.get(path), ada.post(path)
    assert (shown.status_code, refused.status_code) == (200, 409)
    for page in (shown.text, refused.text):
        assert "You cannot give yourself a new password here" in page
        assert 'href="/password"' in page
        assert f'action="{path}"' not in page
    assert ada.get("/accounts").status_code == 200
    assert town.visitor().sign_in("ada", PASSWORD).status_code == 303


def test_a_hostile_name_is_text(ada: Visitor) -> None:
    name = "<b>Nell</b>\"'"
    response = ada.post("/accounts/new", **ENTRIES | {"name": name, "team": "<i>Duty</i>"})
    pages = [response.headers["location"], "/accounts"]
    pages += [at("nell", path=path) for path in ("", "/password", "/remove")]
    for path in pages:
        page = ada.get(path).text
        assert "&lt;b&gt;Nell&lt;/b&gt;&#34;&#39;" in page
        assert "<b>Nell" not in page
        assert "<i>Duty" not in page


def test_a_form_without_the_token_does_nothing(town: Town, ada: Visitor) -> None:
    pat = town.visitor("pat")
    for path, fields in (
        ("/accounts/new", ENTRIES),
        (at("pat"), entries(town, "pat", role="auditor")),
        (at("pat", path="/password"), {}),
        (at("pat", path="/sign-out"), {}),
        (at("pat", path="/remove"), {}),
    ):
        assert ada.post(path, token="", **fields).status_code == 403
    assert pat.get("/ask").status_code == 200
    assert [each.username for each in town.accounts.all()] == ["ada", "pat"]


def test_an_administrator_has_nothing_of_a_child_in_the_menu(ada: Visitor) -> None:
    page = ada.get("/accounts").text
    menu = page.partition('id="navigation"')[2].partition("</ul>")[0]
    assert re.findall(r'href="([^"]*)"', menu) == ["/accounts"]


@pytest.fixture
def of_the_council(town: Town, ada: Visitor) -> Visitor:
    """An administrator of a council whose people sign in elsewhere."""
    settings = settings_of("https://login.example", ADDRESS, town.folder / "secret")
    town.give_service(Provider(settings, STORE_KEY, town.clock))
    visitor = Visitor(town)
    visitor.client.cookies.update(ada.client.cookies)
    return visitor


ROBIN = Person("SSO-1", "Robin Sedge", "", "Duty", frozenset({AccountRole.PRACTITIONER}))


def test_where_the_council_has_a_service_accounts_are_shown_signed_out_and_removed(
    town: Town, of_the_council: Visitor
) -> None:
    ada = of_the_council
    town.accounts.let_in(ROBIN)
    page = ada.get("/accounts").text
    assert "They are added and changed there. Who has left is removed there" in page
    assert "/accounts/new" not in page
    assert "Robin Sedge</a>, SSO-1<br>Duty. Practitioner<br><strong>Signed in</strong>" in page
    page = ada.get(at("SSO-1")).text
    assert 'name="name"' not in page
    assert "/password" not in page
    assert at("SSO-1", path="/remove") in page
    ada.post(at("SSO-1", path="/sign-out"))
    assert "SSO-1" not in town.accounts.last_seen()


def test_where_the_council_has_a_service_who_has_left_is_removed_and_may_come_back(
    town: Town, of_the_council: Visitor
) -> None:
    """The service says nothing of who comes no more."""
    made = town.accounts.let_in(ROBIN)
    path = at("SSO-1", path="/remove")
    page = of_the_council.get(path).text
    assert "can come back" in page
    assert "may not sign in" not in page
    response = of_the_council.post(path)
    assert (response.status_code, response.headers["location"]) == (303, "/accounts")
    assert town.accounts.session(made) is None
    assert "Robin" not in of_the_council.get("/accounts").text
    assert of_the_council.post(path).status_code == 404
    back = town.accounts.session(town.accounts.let_in(ROBIN))
    assert back is not None
    assert (back.account.username, back.has_declared) == ("SSO-1", False)
    of_the_council.post(path)
    assert town.accounts.find("SSO-1") is None


def test_where_the_council_has_a_service_nobody_removes_themself(
    town: Town, of_the_council: Visitor
) -> None:
    path = at("ada", path="/remove")
    assert "You cannot remove yourself" in of_the_council.get(path).text
    assert of_the_council.post(path).status_code == 409
    assert held(town, "ada").administers


def test_where_the_council_has_a_service_nothing_is_typed_of_an_account(
    town: Town, of_the_council: Visitor
) -> None:
    town.add("pat")
    before = held(town, "pat")
    path = at("pat", path="/password")
    assert of_the_council.get(path).status_code == 404
    assert of_the_council.post(path).status_code == 404
    assert of_the_council.get("/accounts/new").status_code == 404
    assert of_the_council.post("/accounts/new", **ENTRIES).status_code == 404
    changed = entries(town, "pat", role="auditor")
    assert of_the_council.post(at("pat"), **changed).status_code == 404
    assert held(town, "pat") == before
    assert town.accounts.find("nell") is None
