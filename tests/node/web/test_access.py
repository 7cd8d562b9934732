"""Every route of the pages: who gets in, and who gets at whose things."""

from collections import defaultdict
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from node.accounts.model import AccountRole
from node.asking.keeping import AskedCase, LookupId
from node.asking.reviews import Reviews
from node.watching.store import NEVER_MS, Ending, New, Watch
from node.web.app import create_pages
from protocol.encoding import decode_base64url, encode_base64url
from protocol.identifiers import RoundId
from tests.node.accounts.soft_authenticator import Authenticator
from tests.node.asking.scripted import known
from tests.node.small_federation import STORE_KEY, council, fresh_round
from tests.node.web.test_checks import being_checked
from tests.node.web.test_more_detail import CHECK, WITH_DATE, ask_for_it
from tests.node.web.test_passkeys import add
from tests.node.web.test_sample import record
from tests.node.web.visiting import Town, Visitor

ASKS = frozenset({AccountRole.PRACTITIONER, AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER})
ADMINISTERS = frozenset({AccountRole.ADMINISTRATOR})
MINDS = frozenset({AccountRole.TEAM_MANAGER, AccountRole.DUTY_OFFICER})
OFFICERS = frozenset({AccountRole.SHIELDING_OFFICER})
ANYBODY = frozenset(AccountRole)

PUBLIC = {("GET", "/"), ("GET", "/about"), ("GET", "/colour.css")} | {
    ("GET", "/help"),
    ("GET", "/families"),
    ("POST", "/families"),
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
    ("POST", "/team/watches/give"): frozenset({AccountRole.TEAM_MANAGER}),
    ("GET", "/team/sample"): frozenset({AccountRole.TEAM_MANAGER}),
    ("POST", "/team/sample/{round}"): frozenset({AccountRole.TEAM_MANAGER}),
    ("GET", "/records"): frozenset({AccountRole.DATA_STEWARD}),
    ("GET", "/shields"): OFFICERS,
    ("GET", "/shields/new"): OFFICERS,
    ("POST", "/shields/new"): OFFICERS,
    ("GET", "/shields/requests/new"): OFFICERS,
    ("POST", "/shields/requests/new"): OFFICERS,
    ("GET", "/shields/requests/{application}"): OFFICERS,
    ("POST", "/shields/requests/{application}"): OFFICERS,
    ("POST", "/shields/requests/{application}/appeal"): OFFICERS,
    ("GET", "/shields/{shield}"): OFFICERS,
    ("GET", "/shields/{shield}/told"): OFFICERS,
    ("POST", "/shields/{shield}/review"): OFFICERS,
    ("POST", "/shields/{shield}/namesake"): OFFICERS,
    ("POST", "/shields/{shield}/end"): OFFICERS,
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

OF_SOMEBODY: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/passkeys/{passkey}/remove"): {},
    ("GET", "/lookups/{lookup}"): {},
    ("GET", "/lookups/{lookup}/as-they-come"): {},
    ("GET", "/lookups/{lookup}/events"): {},
    ("GET", "/lookups/{lookup}/text"): {},
    ("POST", "/lookups/{lookup}/again"): {},
    ("POST", "/lookups/{lookup}/remove"): {},
    ("GET", "/lookups/{lookup}/call-back/{member}"): {},
    ("POST", "/lookups/{lookup}/call-back/{member}"): {"urgency": "hour", "message": "At six"},
    ("GET", "/lookups/{lookup}/wrong/{member}"): {},
    ("POST", "/lookups/{lookup}/wrong/{member}"): {"message": "It is closed"},
    ("POST", "/lookups/{lookup}/watch"): {},
    ("POST", "/watched/{watch}/seen"): {"until": "1"},
    ("POST", "/watched/{watch}/go-on"): {},
    ("POST", "/watched/{watch}/stop"): {},
    ("GET", "/call-backs/{call_back}"): {},
    ("GET", "/call-backs/{call_back}/detail"): {},
    ("POST", "/call-backs/{call_back}/detail"): WITH_DATE,
    ("POST", "/call-backs/{call_back}/give"): {"username": "mo"},
    ("POST", "/team/sample/{round}"): {"verdict": "in_order"},
}
"""Routes to one thing of one person, or of one team, with a form that has no fault."""

OURS_IN_THE_INBOX = {
    ("GET", "/inbox/{call_back}"): {},
    ("POST", "/inbox/{call_back}"): {"step": "closed", "note": "Rung, and spoken"},
}
"""What we ask of another council stands in no inbox of ours, whose ever it is."""

LEADS_BACK = {
    ("POST", "/passkeys/{passkey}/remove"),
    ("POST", "/lookups/{lookup}/remove"),
    ("POST", "/watched/{watch}/seen"),
    ("POST", "/watched/{watch}/go-on"),
    ("POST", "/watched/{watch}/stop"),
}
"""They lead back whether the thing is there or not, since it may be gone since the page was shown:
that another's is left alone is seen in it."""


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                yield method, route.path


def send(visitor: Visitor, route: tuple[str, str], **ids: str) -> int:
    return answer_to(visitor, route, ids, {}).status_code


def answer_to(
    visitor: Visitor, route: tuple[str, str], ids: dict[str, str], fields: dict[str, str]
) -> httpx.Response:
    method, path = route
    address = path.format_map(defaultdict(lambda: "x", ids))
    return visitor.get(address) if method == "GET" else visitor.post(address, **fields)


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


@pytest.fixture
def of_pat(town: Town, pat: Visitor) -> dict[str, str]:
    """A kept lookup of Pat's, a call-back that was asked for about its answer, a check for which
    one more detail is asked, a case that is watched, a passkey, and a lookup of the team that is to
    be reviewed."""
    town.lookups.results = [known(3), being_checked()]
    lookup = pat.post("/ask", nhs_number="999 000 0107", purpose="1").headers["location"]
    town.settle()
    member = council(3).id
    asked = pat.post(f"{lookup}/call-back/{member}", urgency="day", message="Planted message")
    watch, round_id = town.watch_store.add("pat", WATCH, NEVER_MS), fresh_round()
    record(town, "R-1", round_id=round_id)
    ask_for_it(town)
    add(pat, Authenticator())
    return {
        "passkey": encode_base64url(town.passkeys.of("pat")[0].id),
        "watch": encode_base64url(watch),
        "round": encode_base64url(round_id),
        "lookup": lookup.removeprefix("/lookups/"),
        "member": member,
        "call_back": asked.headers["location"].removeprefix("/call-backs/"),
    }


def at(route: tuple[str, str], ids: dict[str, str]) -> dict[str, str]:
    """Return the ids for a route: a detail is of the check, all else of the call-back."""
    return ids | {"call_back": encode_base64url(CHECK)} if route[1].endswith("/detail") else ids


def things(town: Town, ids: dict[str, str]) -> list[object]:
    """Return all that there is of Pat's, as it is now."""
    town.settle()
    reviews = Reviews(town.kept.database, STORE_KEY, town.clock)
    return [
        town.kept.all_of("pat"),
        town.desk.may_ask_again(LookupId(decode_base64url(ids["lookup"])), "pat"),
        len(town.lookups.sent_to),
        town.call_backs.all(ours=True),
        town.adding.is_waiting(CHECK),
        town.watch_store.all_of("pat"),
        town.passkeys.of("pat"),
        reviews.find(RoundId(decode_base64url(ids["round"]))),
    ]


def test_every_route_to_one_thing_is_tried_by_somebody_else() -> None:
    of_nobody_alone = ("{account}", "{shield}", "{application}")
    to_one_thing = {
        route
        for route in FOR
        if "{" in route[1] and not any(each in route[1] for each in of_nobody_alone)
    }
    assert OF_SOMEBODY.keys() | OURS_IN_THE_INBOX.keys() == to_one_thing


@pytest.mark.parametrize("route", OF_SOMEBODY | OURS_IN_THE_INBOX, ids=" ".join)
def test_nobody_gets_at_what_is_another_persons(
    town: Town, of_pat: dict[str, str], route: tuple[str, str]
) -> None:
    before, fields = things(town, of_pat), (OF_SOMEBODY | OURS_IN_THE_INBOX)[route]
    managing = town.visitor("mo", *AccountRole, team="Another team")
    for other, is_let_in in (
        (town.visitor("sam"), AccountRole.PRACTITIONER in FOR[route]),
        (managing, True),
    ):
        status = answer_to(other, route, at(route, of_pat), fields).status_code
        assert status == ((303 if route in LEADS_BACK else 404) if is_let_in else 403)
        assert things(town, of_pat) == before
        for path in ("/lookups", "/call-backs", "/inbox", "/watched"):
            assert "Planted" not in other.get(path).text


@pytest.mark.parametrize("route", OF_SOMEBODY, ids=" ".join)
def test_whose_it_is_gets_at_it(
    town: Town, pat: Visitor, of_pat: dict[str, str], route: tuple[str, str]
) -> None:
    """The control: what is sent above has no other fault than whose it is."""
    before = things(town, of_pat)
    of_the_team = town.visitor("mo", *AccountRole)
    whose = pat if AccountRole.PRACTITIONER in FOR[route] else of_the_team
    response = answer_to(whose, route, at(route, of_pat), OF_SOMEBODY[route])
    # The lookup is of no case of ours that could be watched.
    assert response.status_code in ({409} if route[1].endswith("/watch") else {200, 303})
    assert "?mend=" not in response.headers.get("location", "")
    is_read = route[0] == "GET" or route[1].endswith("/watch")
    assert (things(town, of_pat) == before) == is_read


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
