"""Every route of the pages: who gets in, and who gets at whose things."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from node.accounts.model import AccountRole
from node.asking.keeping import AskedCase
from node.asking.reviews import Reviews
from node.watching.store import NEVER_MS, Ending, New, Watch
from node.web.app import create_pages
from protocol.encoding import decode_base64url, encode_base64url
from protocol.identifiers import RoundId
from tests.node.asking.scripted import known
from tests.node.small_federation import STORE_KEY, council, fresh_round
from tests.node.web.test_sample import record
from tests.node.web.visiting import Town, Visitor

ASKS = frozenset({AccountRole.PRACTITIONER, AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER})
ADMINISTERS = frozenset({AccountRole.ADMINISTRATOR})
MINDS = frozenset({AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER})
ANYBODY = frozenset(AccountRole)

PUBLIC = {("GET", "/"), ("GET", "/about"), ("GET", "/colour.css")} | {
    ("GET", "/help"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-in/passkey/options"),
    ("GET", "/accessibility"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
}
"""Routes for which nobody needs to sign in."""

OF_THE_SERVICE = {
    ("GET", "/sign-in/council"),
    ("GET", "/sign-in/return"),
    ("GET", "/signed-out"),
}
"""The way to the council's own sign-in service and back: nobody has signed in on it yet."""

FOR: dict[tuple[str, str], frozenset[AccountRole]] = {
    ("POST", "/sign-out"): ANYBODY,
    ("POST", "/stay"): ANYBODY,
    ("GET", "/declaration"): ANYBODY,
    ("POST", "/declaration"): ANYBODY,
    ("GET", "/activity"): ANYBODY,
    ("POST", "/sign-out-elsewhere"): ANYBODY,
    ("GET", "/passkeys"): ANYBODY,
    ("POST", "/passkeys"): ANYBODY,
    ("POST", "/passkeys/options"): ANYBODY,
    ("POST", "/passkeys/{passkey}/remove"): ANYBODY,
    ("GET", "/password"): ANYBODY,
    ("POST", "/password"): ANYBODY,
    ("GET", "/details"): ANYBODY,
    ("POST", "/details"): ANYBODY,
    ("GET", "/ask"): ASKS,
    ("POST", "/ask"): ASKS,
    ("GET", "/lookups"): ASKS,
    ("POST", "/lookups"): ASKS,
    ("GET", "/lookups/{lookup}"): ASKS,
    ("GET", "/lookups/{lookup}/as-they-come"): ASKS,
    ("GET", "/lookups/{lookup}/events"): ASKS,
    ("GET", "/lookups/{lookup}/text"): ASKS,
    ("POST", "/lookups/{lookup}/again"): ASKS,
    ("POST", "/lookups/{lookup}/remove"): ASKS,
    ("GET", "/lookups/{lookup}/call-back/{member}"): ASKS,
    ("POST", "/lookups/{lookup}/call-back/{member}"): ASKS,
    ("GET", "/lookups/{lookup}/wrong/{member}"): ASKS,
    ("POST", "/lookups/{lookup}/wrong/{member}"): ASKS,
    ("POST", "/lookups/{lookup}/watch"): ASKS,
    ("GET", "/watched"): ASKS,
    ("POST", "/watched/{watch}/seen"): ASKS,
    ("POST", "/watched/{watch}/go-on"): ASKS,
    ("POST", "/watched/{watch}/stop"): ASKS,
    ("GET", "/call-backs"): ASKS,
    ("GET", "/call-backs/all"): ASKS,
    ("GET", "/call-backs/{call_back}"): ASKS,
    ("GET", "/call-backs/{call_back}/detail"): ASKS,
    ("POST", "/call-backs/{call_back}/detail"): ASKS,
    ("GET", "/asked-about"): ASKS | {AccountRole.SHIELDING_OFFICER},
    ("POST", "/asked-about"): ASKS | {AccountRole.SHIELDING_OFFICER},
    ("POST", "/call-backs/{call_back}/give"): frozenset({AccountRole.TEAM_MANAGER}),
    ("GET", "/team"): frozenset({AccountRole.TEAM_MANAGER}),
    ("GET", "/team/sample"): frozenset({AccountRole.TEAM_MANAGER}),
    ("POST", "/team/sample/{round}"): frozenset({AccountRole.TEAM_MANAGER}),
    ("GET", "/records"): frozenset({AccountRole.DATA_STEWARD}),
    ("GET", "/inbox"): MINDS,
    ("GET", "/inbox/all"): MINDS,
    ("GET", "/inbox/{call_back}"): MINDS,
    ("POST", "/inbox/{call_back}"): MINDS,
    ("GET", "/accounts"): ADMINISTERS,
    ("GET", "/accounts/new"): ADMINISTERS,
    ("POST", "/accounts/new"): ADMINISTERS,
    ("GET", "/accounts/{account}"): ADMINISTERS,
    ("POST", "/accounts/{account}"): ADMINISTERS,
    ("GET", "/accounts/{account}/password"): ADMINISTERS,
    ("POST", "/accounts/{account}/password"): ADMINISTERS,
    ("GET", "/accounts/{account}/remove"): ADMINISTERS,
    ("POST", "/accounts/{account}/remove"): ADMINISTERS,
    ("POST", "/accounts/{account}/sign-out"): ADMINISTERS,
}
"""Whom every other route lets in. A new route is in one of the two tables, or a test is red."""

OF_SOMEBODY = [
    route for route in FOR if re.search(r"{lookup}|{watch}|{round}|/call-backs/{", route[1])
]
"""Routes to one thing of one person, or of one team."""


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                yield method, route.path


def send(visitor: Visitor, route: tuple[str, str], **ids: str) -> int:
    method, path = route
    address = path.format_map(defaultdict(lambda: "x", ids))
    return (visitor.get(address) if method == "GET" else visitor.post(address)).status_code


def test_every_route_is_in_a_table(town: Town) -> None:
    assert {*routes(create_pages(town.parts))} == PUBLIC | OF_THE_SERVICE | FOR.keys()


@pytest.mark.parametrize("route", FOR, ids=" ".join)
def test_who_is_not_signed_in_is_sent_to_do_so(town: Town, route: tuple[str, str]) -> None:
    visitor = town.visitor()
    method, path = route
    response = visitor.get(path) if method == "GET" else visitor.post(path)
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("role", AccountRole)
def test_each_role_gets_in_where_it_may(town: Town, role: AccountRole) -> None:
    visitor = town.visitor(role.value, role)
    for route, roles in FOR.items():
        status = send(visitor, route)
        assert (status == 403) == (role not in roles), route
        if route == ("POST", "/sign-out"):
            visitor.sign_in(role.value)


@pytest.mark.parametrize("route", sorted(PUBLIC), ids=" ".join)
def test_what_is_public_needs_nobody(town: Town, route: tuple[str, str]) -> None:
    assert send(town.visitor(), route) in {200, 303, 422}


@pytest.mark.parametrize("route", sorted(OF_THE_SERVICE), ids=" ".join)
def test_without_such_a_service_there_is_no_way_to_it(town: Town, route: tuple[str, str]) -> None:
    assert send(town.visitor(), route) == 404


WATCH = Watch(
    case=AskedCase(reference="OUR-1", id="", purpose=1, protected_location=False),
    purpose="Planted purpose",
    begun_ms=0,
    ends_ms=1,
    told={},
    news=(New(asked_ms=1, lookup="", names=("Planted",)),),
    ending=Ending.TIME,
    ended_ms=1,
)


def round_of(ids: dict[str, str]) -> RoundId:
    return RoundId(decode_base64url(ids["round"]))


@pytest.fixture
def of_pat(town: Town, pat: Visitor) -> dict[str, str]:
    """A kept lookup of Pat's, a call-back that was asked for about its answer, a case that is
    watched, and a lookup of the team that is to be reviewed."""
    town.lookups.results = [known(3)]
    lookup = pat.post("/ask", nhs_number="999 000 0107", purpose="1").headers["location"]
    town.settle()
    member = council(3).id
    asked = pat.post(f"{lookup}/call-back/{member}", urgency="day", message="Planted message")
    watch, round_id = town.watch_store.add("pat", WATCH, NEVER_MS), fresh_round()
    record(town, "R-1", round_id=round_id)
    return {
        "watch": encode_base64url(watch),
        "round": encode_base64url(round_id),
        "lookup": lookup.removeprefix("/lookups/"),
        "member": member,
        "call_back": asked.headers["location"].removeprefix("/call-backs/"),
    }


@pytest.mark.parametrize("route", OF_SOMEBODY, ids=" ".join)
def test_nobody_gets_at_what_is_another_persons(
    town: Town, pat: Visitor, of_pat: dict[str, str], route: tuple[str, str]
) -> None:
    managing = town.visitor("mo", *AccountRole, team="Another team")
    asked = len(town.lookups.sent_to)
    for other, is_let_in in (
        (town.visitor("sam"), AccountRole.PRACTITIONER in FOR[route]),
        (managing, True),
    ):
        assert send(other, route, **of_pat) in ({303, 404} if is_let_in else {403})
        for path in ("/lookups", "/call-backs", "/inbox"):
            assert "Planted" not in other.get(path).text
    assert "Planted Worker" in pat.get(f"/lookups/{of_pat['lookup']}").text
    assert "Planted message" in pat.get(f"/call-backs/{of_pat['call_back']}").text
    assert [each.watch for each in town.watch_store.all_of("pat")] == [WATCH]
    assert Reviews(town.kept.database, STORE_KEY, town.clock).find(round_of(of_pat)) is None
    assert len(town.lookups.sent_to) == asked


@pytest.mark.parametrize(
    "lookup",
    [
        pytest.param("x", id="not base64url"),
        pytest.param(encode_base64url(bytes(15)), id="too short"),
        pytest.param(encode_base64url(bytes(16)), id="nobody's"),
        pytest.param("..%2f..%2fask", id="a path"),
    ],
)
@pytest.mark.usefixtures("of_pat")
def test_what_is_no_lookup_is_not_found(pat: Visitor, lookup: str) -> None:
    for path in ("", "/as-they-come", "/events", f"/call-back/{council(3).id}"):
        assert pat.get(f"/lookups/{lookup}{path}").status_code == 404
    assert pat.get(f"/call-backs/{lookup}").status_code == 404


@pytest.mark.parametrize("route", [route for route in FOR if "{account}" in route[1]], ids=" ".join)
@pytest.mark.parametrize(
    "account",
    [
        pytest.param("x", id="not base64url"),
        pytest.param(encode_base64url(b"\xff\xfe"), id="no text"),
        pytest.param(encode_base64url(b"nobody"), id="nobody's"),
        pytest.param("..%2fnew", id="a path"),
    ],
)
def test_what_is_no_account_is_not_found(town: Town, route: tuple[str, str], account: str) -> None:
    ada = town.visitor("ada", AccountRole.ADMINISTRATOR)
    assert send(ada, route, account=account) == 404


@pytest.mark.parametrize("route", [route for route in FOR if route[0] == "POST"], ids=" ".join)
@pytest.mark.parametrize("token", ["", "of another session"])
def test_a_form_of_another_session_does_nothing(
    town: Town, of_pat: dict[str, str], route: tuple[str, str], token: str
) -> None:
    mo = town.visitor("mo", *AccountRole)
    other = town.visitor("sam").token() if token else ""
    path = route[1].format_map(defaultdict(lambda: "x", of_pat))
    assert mo.post(path, token=other).status_code == 403
    assert mo.get("/about").status_code == 200
