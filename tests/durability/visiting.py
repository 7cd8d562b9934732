"""Somebody at a node's pages, over and over, and what the pages have said by then."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from node.clock import system_clock
from node.web.signing_in import COOKIE
from protocol.encoding import encode_base64url
from tests.durability.asking import US
from tests.durability.polling import poll
from tests.node.accounts.case_systems import CaseSystem
from tests.node.accounts.soft_authenticator import Authenticator

PASSWORD = "pewter lantern gravel"
USERNAME = "pat"

COLLEAGUE, COLLEAGUES_NAME = "sam", "Sam Colleague"

TELEPHONE = "020 7946 0999"

CASE = "OLD-CHILD"
"""Of our own, about the child below."""

NUMBER = "943 476 5919"
"""Of the child below, which our own council holds: by it alone it is possibly that one."""

OF_HER = ("surname", "forename", "date_of_birth", "postcode")
SENT, READ = "What you have said of the child was sent", "They have said more of the child"
"""What the pages say of what was added to a check, where it was given and where it is read."""

APPLICATION = {
    "applicant": "parent",
    "name": "Planted Parent",
    "reached_at": "020 7946 0888",
    "child": "Planted Child",
    "reason": "A threat",
}
TAKEN = "We have your request"

TO_LOOK = "Look whether you know the child"
EXPECTED = " looks whether the child is known there, by "
"""How the pages list a check, at who does it and at who waits for it."""

CHILD = {
    "surname": "Smith",
    "forename": "Mary",
    "date_of_birth": "4 3 2015",
    "postcode": "SW1A 1AA",
    "purpose": "1",
    "reference": "CASE-1",
}


@dataclass
class Said:
    """What a page has said, so that it must be so after whatever comes."""

    cookies: list[str] = field(default_factory=list)
    """Of sessions that go on."""
    ended: list[str] = field(default_factory=list)
    has_declared: bool = False
    is_rung_there: bool = False
    """Whether the number was changed to `TELEPHONE`."""
    kept: list[str] = field(default_factory=list)
    """Addresses of answers that were shown in full, of the session that goes on."""
    removed: list[str] = field(default_factory=list)
    checks: int = 0
    """How many the inbox had of questions that possibly are about a child of ours."""
    expected_checks: int = 0
    """And how many were expected, of those that asked them: ourselves."""
    added: list[str] = field(default_factory=list)
    """Checks, by what stands for them in addresses, of which more of the child was sent."""
    asked_to_ring: list[str] = field(default_factory=list)
    """Addresses of our own requests to be rung, which we send to ourselves."""
    in_the_inbox: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    """Those that were given to `COLLEAGUE`."""
    answered: list[str] = field(default_factory=list)
    """Those of which the inbox has said that somebody rang."""
    ended_elsewhere: list[str] = field(default_factory=list)
    """Of sessions that another one has ended."""
    watches: bool | None = None
    """Whether the case of the child is watched; None while nobody has said."""
    has_given_watches: bool = False
    """Whether what was watched was given to `COLLEAGUE`, who does nothing with it."""
    passkeys: list[Authenticator] = field(default_factory=list)
    removed_passkeys: list[Authenticator] = field(default_factory=list)
    has_reviewed: bool = False
    """Whether the lookup of last week was said to be in order."""
    used_tokens: list[str] = field(default_factory=list)
    """Those of a case system with which somebody has asked."""
    applications: int = 0
    """How many times somebody was told that a request to hide a child was taken."""
    refused: list[str] = field(default_factory=list)
    """Addresses of such requests that we have refused."""
    has_seen_notices: bool = False
    """Whether our team said that it has seen who asked about its cases."""


SYSTEM = CaseSystem()

PAGES_HOST = "pages.example"
PAGES_ORIGIN = f"https://{PAGES_HOST}"
SEE_OTHER = httpx.codes.SEE_OTHER


class Visitor:
    """A browser without a script, which says of forms where they come from; and a case system."""

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=30,
            trust_env=False,
        )
        self._cookie = ""

    def close(self) -> None:
        self._client.close()

    def sign_in(self, password: str = PASSWORD, username: str = USERNAME) -> str:
        """Return the cookie of a new session, "" if there is none."""
        response = self._client.post("/sign-in", data={"username": username, "password": password})
        return response.cookies.get(COOKIE) or ""

    def sign_in_by(self, phone: Authenticator) -> str:
        """Return the cookie of a new session, "" if there is none."""
        shown = phone.get(self._client.post("/sign-in/passkey/options").json())
        response = self._client.post("/sign-in/passkey", data={"credential": shown})
        return response.cookies.get(COOKIE) or ""

    def new_token(self) -> str:
        return SYSTEM.token(system_clock(), aud=f"whoelse:{US.id}")

    def ask_by(self, token: str) -> int:
        """Ask as a case system does; return the status of what comes."""
        question = {"child": {"nhs_number": NUMBER}, "purpose": 1}
        headers = {"Authorization": f"Bearer {token}"}
        return self._client.post("/api/v1/lookups", json=question, headers=headers).status_code

    def use(self, cookie: str) -> None:
        self._client.cookies.clear()
        self._cookie = cookie

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path, headers={"Cookie": f"{COOKIE}={self._cookie}"})

    def post(self, path: str, **fields: str) -> httpx.Response:
        token = re.findall(r'name="token" value="(\w+)"', self.get("/about").text)
        given = {"token": token[0] if token else ""} | fields
        return self._client.post(path, data=given, headers={"Cookie": f"{COOKIE}={self._cookie}"})


def visit_until(visitor: Visitor, is_over: Callable[[], bool]) -> Said:
    """Do all that can be done at the pages, again and again, until nobody answers any more."""
    said = Said()
    while not is_over():
        try:
            _visit(visitor, said)
        except httpx.TransportError:
            continue
    return said


def _ask_to_ring(visitor: Visitor, said: Said, lookup: str) -> None:
    """Ask our own council to ring about its answer, answer in the inbox, and see that told."""
    asking = f"{lookup}/call-back/{US.id}"
    if asking not in visitor.get(lookup).text:
        return
    asked = visitor.post(asking, urgency="hour", message="Before six").headers["location"]
    said.asked_to_ring.append(asked)
    item = asked.replace("/call-backs/", "/inbox/")
    poll("the request", lambda: visitor.get(item).status_code == httpx.codes.OK)
    said.in_the_inbox.append(item)
    if visitor.post(f"{asked}/give", username=COLLEAGUE).status_code == httpx.codes.SEE_OTHER:
        said.given.append(asked)
    poll("whom to ring now", lambda: COLLEAGUES_NAME in visitor.get(item).text)
    if visitor.post(item, step="answered").status_code == httpx.codes.SEE_OTHER:
        said.answered.append(item)
    poll("the news", lambda: "Answered by" in visitor.get(asked).text)


def _have_checked(visitor: Visitor, said: Said) -> None:
    """Ask by a number alone, which somebody of our own council has to look at."""
    lookup = visitor.post("/ask", nhs_number=NUMBER, purpose="1").headers["location"]
    visitor.get(f"{lookup}/events")
    if "is to look by" not in visitor.get(lookup).text:
        return
    poll(
        "what is expected",
        lambda: visitor.get("/call-backs").text.count(EXPECTED) > said.expected_checks,
    )
    said.expected_checks += 1
    poll("the check", lambda: visitor.get("/inbox").text.count(TO_LOOK) > said.checks)
    said.checks += 1
    _say_more(visitor, said)


def _say_more(visitor: Visitor, said: Said) -> None:
    """Ask ourselves for one more detail of a child that we check, give it, and read of it."""

    def of_ours() -> list[str]:
        # Others are those of the case system's user.
        expected = visitor.get("/call-backs").text
        to_look = re.findall(rf'/inbox/([\w-]+)">{TO_LOOK}', visitor.get("/inbox").text)
        return [each for each in to_look if each in expected and each not in said.added]

    poll("a check of ours", lambda: bool(of_ours()))
    check = of_ours()[0]
    asked, item = f"/call-backs/{check}", f"/inbox/{check}"
    visitor.post(item, step="field_asked", note="Her names")
    poll("what is asked for", lambda: "Her names" in visitor.get(asked).text)
    visitor.post(f"{asked}/detail", **{name: CHILD[name] for name in OF_HER})
    poll("what was added", lambda: SENT in visitor.get(asked).text)
    said.added.append(check)
    poll("what it fits", lambda: READ in visitor.get(item).text)


def _watch_case(visitor: Visitor, said: Said) -> None:
    """Have a case of our own watched until it was asked about, then no more, then anew; give it
    to a colleague."""
    for is_wanted in (True, False, True):
        watched = visitor.get("/watched").text
        said.watches = None
        if is_wanted:
            lookup = visitor.post("/ask", case_reference=CASE, purpose="1").headers["location"]
            visitor.get(f"{lookup}/events")
            visitor.post(f"{lookup}/watch")
            poll("the watch", lambda: "Last asked" in visitor.get("/watched").text)
        else:
            (stop,) = re.findall(r'action="(/watched/[\w-]+/stop)"', watched)
            visitor.post(stop)
        said.watches = is_wanted
    said.watches = None
    given = visitor.post("/team/watches/give", of=USERNAME, username=COLLEAGUE)
    if given.status_code == SEE_OTHER:
        said.watches, said.has_given_watches = False, True


def _use_passkey(visitor: Visitor, said: Said) -> None:
    """Add a passkey and sign in by it; remove it, if there is another one."""
    phone = Authenticator(site=PAGES_HOST, origin=PAGES_ORIGIN)
    options = visitor.post("/passkeys/options").json()
    if visitor.post("/passkeys", credential=phone.create(options)).status_code != SEE_OTHER:
        return
    said.passkeys.append(phone)
    said.cookies.append(visitor.sign_in_by(phone))
    if len(said.passkeys) == 1:
        return
    said.passkeys.remove(phone)
    removed = f"/passkeys/{encode_base64url(phone.id)}/remove"
    if visitor.post(removed).status_code == SEE_OTHER:
        said.removed_passkeys.append(phone)


def _review(visitor: Visitor, said: Said) -> None:
    """Say of the lookup of last week that it was in order."""
    to_review = re.findall(r'action="(/team/sample/[\w-]+)"', visitor.get("/team/sample").text)
    for address in to_review:
        if visitor.post(address, verdict="in_order").status_code == SEE_OTHER:
            said.has_reviewed = True


def _apply(visitor: Visitor, said: Said) -> None:
    """Ask for a child to be hidden, and refuse what is asked."""
    sent = visitor.post("/families", **APPLICATION)
    if TAKEN in visitor.get(sent.headers["location"]).text:
        said.applications += 1
    page = visitor.get("/shields").text.partition("Requests that are decided")[0]
    for address in re.findall(r'href="(/shields/requests/[\w-]{11})"', page):
        decision = {"decision": "refuse", "verified": "Rung", "reason": "No danger"}
        if visitor.post(address, **decision).headers["location"] == address:
            said.refused.append(address)


def _see_notices(visitor: Visitor, said: Said) -> None:
    """See who asked about a case of our team."""
    shown = re.findall(r'name="shown" value="([\w-]+)"', visitor.get("/asked-about").text)
    if not shown:
        return
    if visitor.post("/asked-about", shown=shown[0]).status_code == httpx.codes.SEE_OTHER:
        said.has_seen_notices = True


def _visit(visitor: Visitor, said: Said) -> None:
    visitor.sign_in("not the password")
    cookie = visitor.sign_in()
    said.cookies.append(cookie)
    visitor.use(cookie)
    if visitor.post("/declaration").status_code == httpx.codes.SEE_OTHER:
        said.has_declared = True
    if visitor.post("/details", telephone=TELEPHONE).status_code == httpx.codes.SEE_OTHER:
        said.is_rung_there = True
    for is_kept in (True, False):
        address = visitor.post("/ask", **CHILD).headers["location"]
        visitor.get(f"{address}/events")
        if "data-events" not in visitor.get(address).text:
            said.kept.append(address)
        if is_kept:
            _ask_to_ring(visitor, said, address)
            continue
        said.kept.remove(address)
        if visitor.post(f"{address}/remove").status_code == httpx.codes.SEE_OTHER:
            said.removed.append(address)
    _see_notices(visitor, said)
    _apply(visitor, said)
    _watch_case(visitor, said)
    _use_passkey(visitor, said)
    _review(visitor, said)
    token = visitor.new_token()
    if visitor.ask_by(token) == httpx.codes.OK:
        said.used_tokens.append(token)
    _have_checked(visitor, said)
    second = visitor.sign_in()
    visitor.use(second)
    if visitor.post("/sign-out").status_code == httpx.codes.SEE_OTHER:
        said.ended.append(second)
    elsewhere = visitor.sign_in()
    visitor.use(cookie)
    said.cookies = [cookie]
    if visitor.post("/sign-out-elsewhere").status_code == httpx.codes.SEE_OTHER:
        said.ended_elsewhere.append(elsewhere)
