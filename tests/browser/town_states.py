"""States of pages that real councils come to slowly, seldom or not at all: empty, overdue, done,
half arrived, out of order."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial

from node.accounts.model import AccountRole
from node.accounts.provider import Provider
from node.asking.asker import MemberResult
from node.post.callbacks import UNREACHED_MS, Matched
from node.watching.store import Ending, New, Watch
from node.web.attempts import MINUTE_MS
from protocol.encoding import encode_base64url
from protocol.messages.callback import HOUR_MS, CallBackNews, Step, Urgency
from protocol.messages.vocabulary import Cause, Outcome
from tests.browser.small_town import Seen, State
from tests.node.accounts.council_service import settings_of
from tests.node.accounts.soft_authenticator import Authenticator
from tests.node.asking.scripted import known, of, of_the_household
from tests.node.records.test_cases import load
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    STORE_KEY,
    child,
    council,
    record,
)
from tests.node.web import test_sample, test_team
from tests.node.web.test_asked_about import ask_about, ask_about_shielded
from tests.node.web.test_asking import TYPED
from tests.node.web.test_checks import EXPECTED, being_checked
from tests.node.web.test_inbox import ask_for
from tests.node.web.test_more_detail import CHECK, DETAIL, ask_for_it
from tests.node.web.test_passkeys import add
from tests.node.web.visiting import ADDRESS, Town, Visitor

EAST = council(2).id

RESULTS = [
    known(2, telephone="01632 960333 ext 1234567"),
    of(3, Outcome.MAY_BE_KNOWN),
    of_the_household(4),
    of(5, Outcome.REFUSED, Cause.PURPOSE_NOT_ALLOWED),
    of(6, Outcome.NOT_KNOWN),
]
"""Nothing is heard from council 1."""

LONG = "REF" + "0123456789" * 3
"""A reference that cannot be broken at a space or a hyphen."""

NEW = New(asked_ms=NOW_MS, lookup="x", names=("Council 3", "Council 4"))


def _manager(town: Town) -> Visitor:
    return town.visitor("mo", AccountRole.TEAM_MANAGER)


def _officer(town: Town) -> Visitor:
    return town.visitor("dana", AccountRole.DUTY_OFFICER)


def _at(path: str, text: str) -> State:
    return lambda town: Seen(town.visitor("pat"), path, text)


def _ask(pat: Visitor, **typed: str) -> str:
    """Ask, and return where the answers are."""
    typed = typed or TYPED | {"reference": LONG}
    return str(pat.post("/ask", **typed).headers["location"])


def _answered(town: Town, pat: Visitor) -> str:
    town.lookups.results = RESULTS
    address = _ask(pat)
    town.settle()
    return address


def _as_they_come(*results: MemberResult) -> State:
    """Three answers have come, in this order, and the rest and the end have not."""

    def come(town: Town) -> Seen:
        pat = town.visitor("pat")
        town.lookups.results = [*results]
        town.lookups.hold()
        address = _ask(pat)
        for _ in range(3):
            town.lookups.go_on()
        return Seen(pat, f"{address}/as-they-come", "3 of 6 answered")

    return come


def _every_answer(town: Town) -> Seen:
    pat = town.visitor("pat")
    return Seen(pat, _answered(town, pat), "Same household")


def _nobody_heard(town: Town) -> Seen:
    town.lookups.problem = "no hub carried the question"
    pat = town.visitor("pat")
    address = _ask(pat)
    town.settle()
    return Seen(pat, address, "Nobody was heard from")


def _own_case(town: Town) -> Seen:
    key = DIRECTORY.oprf_key
    assert key is not None
    load(town.records, "social care", record(child(), "CASE-1"), key=key.key_id)
    town.lookups.results = [known(3)]
    pat = town.visitor("pat")
    address = _ask(pat, case_reference="CASE-1", purpose="1")
    town.settle()
    return Seen(pat, address, "Have this case watched")


def _watched(change: dict[str, object]) -> State:
    """A watched case that it is so with."""

    def come(town: Town) -> Seen:
        seen = _own_case(town)
        seen.visitor.post(f"{seen.path}/watch")
        (made,) = town.watch_store.all_of("pat")
        town.watch_store.change(made.id, None, partial(Watch.model_copy, update=change))
        return replace(seen, path="/watched", text="Case CASE-1")

    return come


def _form_with_faults(town: Town) -> Seen:
    pat = town.visitor("pat")
    typed = TYPED | {"date_of_birth": "31 2 2015", "nhs_number": "999 000 0108"}
    return Seen(pat, _ask(pat, **typed), "There is a problem")


def _no_directory(town: Town) -> Seen:
    town.directory = None
    pat = town.visitor("pat")
    return Seen(pat, _ask(pat), "no valid directory")


def _about_without_directory(town: Town) -> Seen:
    town.directory = None
    return Seen(town.visitor(), "/about", "There is no valid directory now")


def _lose_lookups(town: Town) -> None:
    with closing(sqlite3.connect(town.folder / "lookups.db")) as database:
        database.execute("DROP TABLE lookup")


def _nothing_can_be_read(town: Town) -> Seen:
    pat = town.visitor("pat")
    _lose_lookups(town)
    return Seen(pat, "/lookups", "Nothing can be read or kept just now")


def _not_kept(town: Town) -> Seen:
    pat = town.visitor("pat")
    town.lookups.results = RESULTS
    town.lookups.hold()
    address = _ask(pat)
    _lose_lookups(town)
    for _ in (*RESULTS, "the end"):
        town.lookups.go_on()
    town.settle()
    return Seen(pat, address, "These answers could not be kept")


def _not_reached(path: str, text: str) -> State:
    """A request that the other council has not given its receipt for."""

    def come(town: Town) -> Seen:
        pat = town.visitor("pat")
        asked = pat.post(f"{_answered(town, pat)}/call-back/{EAST}", urgency="day")
        town.clock.now_ms += UNREACHED_MS
        return Seen(pat, path or asked.headers["location"], text)

    return come


def _found_to_be_the_child(town: Town) -> Seen:
    pat = town.visitor("pat")
    _check(town, pat)
    town.clock.now_ms += 1
    news = CallBackNews(CHECK, Step.IS_THE_CHILD, town.clock.now_ms, "Dana", "Ring Jo on 2")
    town.call_backs.take_news(EAST, news.post().content)
    return Seen(pat, "/call-backs", "Known there")


def _call_backs(path: str, text: str) -> State:
    """One is overdue, one open still, one done."""

    def come(town: Town) -> Seen:
        test_team.ask(town)
        test_team.ask(town, replace(test_team.ASKING, urgency=Urgency.WITHIN_A_WEEK))
        test_team.rang(town, test_team.ask(town))
        town.clock.now_ms += HOUR_MS + 1
        return Seen(_manager(town), path, text)

    return come


def _written_before(form: str, **typed: str) -> State:
    """What is written to a council about its answer was written before."""

    def come(town: Town) -> Seen:
        pat = town.visitor("pat")
        path = f"{_answered(town, pat)}/{form}/{EAST}"
        pat.post(path, **typed)
        return Seen(pat, path, "about this answer already")

    return come


def _call_back(hours: int, *steps: Step, text: str) -> State:
    """A request of so many hours ago about which so much was done."""

    def come(town: Town) -> Seen:
        pat = town.visitor("pat")
        pat.post(f"{_answered(town, pat)}/call-back/{EAST}", urgency="hour", message="At six")
        (asked,) = town.call_backs.all(ours=True)
        for step in steps:
            town.clock.now_ms += 1
            news = CallBackNews(asked.request.id, step, town.clock.now_ms, "Dana", "A note")
            town.call_backs.take_news(EAST, news.post().content)
        town.clock.now_ms += hours * HOUR_MS + 1
        pat.sign_in("pat")
        (path,) = set(re.findall(r"/call-backs/[\w-]{20,}", pat.get("/call-backs").text))
        return Seen(pat, path, text)

    return come


def _check(town: Town, pat: Visitor) -> None:
    town.lookups.results = [being_checked()]
    _ask(pat, nhs_number="999 000 0107", purpose="1", reference="R-7")
    town.settle()


def _check_overdue(town: Town) -> Seen:
    pat = town.visitor("pat")
    _check(town, pat)
    town.clock.now_ms += HOUR_MS + 1
    pat.sign_in("pat")
    return Seen(pat, EXPECTED, "Nobody has looked in time")


def _detail_with_faults(town: Town) -> Seen:
    pat = town.visitor("pat")
    _check(town, pat)
    ask_for_it(town)
    path = pat.post(DETAIL, surname="Lark", date_of_birth="31 2 2015").headers["location"]
    return Seen(pat, path, "There is a problem")


def _inbox(town: Town) -> Seen:
    """One is overdue, one open still, one done."""
    _officer(town)
    ask_for(town)
    ask_for(town, Urgency.WITHIN_A_WEEK)
    test_team.asked_of_us(town)
    town.call_backs.do(test_team.asked_of_us(town), Step.ANSWERED, "Dana Okoro", "A note")
    town.clock.now_ms += HOUR_MS + 1
    dana = town.visitor()
    dana.sign_in("dana")
    return Seen(dana, "/inbox", "Overdue")


def _inbox_item(hours: int, text: str, *, fits: bool = True) -> State:
    def come(town: Town) -> Seen:
        if not fits:
            town.matched = Matched(())
        path = ask_for(town)
        town.clock.now_ms += hours * HOUR_MS + 1
        return Seen(_officer(town), path, text)

    return come


def _inbox_done(town: Town) -> Seen:
    path, dana = ask_for(town), _officer(town)
    dana.post(path, step="closed", note="Rung, and spoken")
    return Seen(dana, path, "Done")


def _inbox_protected(town: Town) -> Seen:
    town.matched = replace(town.matched, protected_location=True)
    path = ask_for(town)
    return Seen(_officer(town), path, "location is protected")


def _team_not_asked(town: Town) -> Seen:
    town.lookups.problem = "no hub carried the question"
    _answered(town, town.visitor("pat"))
    return Seen(_manager(town), "/team", "Not asked, or not everybody")


def _team(town: Town) -> Seen:
    """Weeks with all three parts of a bar, and overdue on both sides."""
    for minutes in (20, 90):
        id, began_ms = test_team.ask(town), town.clock.now_ms
        town.clock.now_ms += minutes * 60_000
        test_team.rang(town, id)
        town.clock.now_ms = began_ms
    test_team.ask(town)
    test_team.asked_of_us(town)
    _answered(town, town.visitor("pat"))
    town.clock.now_ms += HOUR_MS + 1
    return Seen(_manager(town), "/team", "1 overdue")


def _team_watches(town: Town) -> Seen:
    pat = _own_case(town)
    pat.visitor.post(f"{pat.path}/watch")
    town.add("sam")
    return Seen(_manager(town), "/team", "Give these to somebody else")


def _accounts_of_a_service(path: str, text: str) -> State:
    """What an administrator sees where people sign in at the council's own service."""

    def come(town: Town) -> Seen:
        town.add("pat")
        ada = town.visitor("ada", AccountRole.ADMINISTRATOR)
        settings = settings_of("https://login.example", ADDRESS, town.folder / "secret")
        town.give_service(Provider(settings, STORE_KEY, town.clock))
        return Seen(ada, path, text)

    return come


def _reviewed(town: Town) -> Seen:
    for reference in ("R-1", "R-2"):
        test_sample.record(town, reference)
    mo = _manager(town)
    address = re.findall(r'action="(/team/sample/[\w-]+)"', mo.get("/team/sample").text)[0]
    mo.post(address, verdict="to_look_into", note="A note")
    return Seen(mo, "/team/sample", "To be looked into")


def _protected_location(town: Town) -> Seen:
    ask_about(town, "Front door", protected_location=True)
    return Seen(
        town.visitor("olu", AccountRole.SHIELDING_OFFICER), "/asked-about", "You alone are told"
    )


def _shielded(town: Town) -> Seen:
    ask_about_shielded(town)
    return Seen(town.visitor("olu", AccountRole.SHIELDING_OFFICER), "/asked-about", "or let it be")


def _shift_ends(town: Town) -> Seen:
    pat = town.visitor("pat")
    town.go_on(pat, 25 * MINUTE_MS)
    return Seen(pat, "/ask", "in any case, after a whole shift")


def _passkeys(town: Town) -> Seen:
    pat = town.visitor("pat")
    add(pat, Authenticator(), "Duty phone")
    add(pat, Authenticator(), LONG)
    return Seen(pat, "/passkeys", "Duty phone")


def _no_team(town: Town) -> Seen:
    return Seen(town.visitor("pat", team=""), "/details", "Its manager sees")


def _nobody(path: str, text: str) -> State:
    return lambda town: Seen(town.visitor(), path, text)


STATES: dict[str, State] = {
    "sign in, no practice": _nobody("/sign-in", "Username"),
    "ask, no practice": _at("/ask", "Who else knows this child?"),
    "ask, faults in fields": _form_with_faults,
    "ask, no directory": _no_directory,
    "ask, the shift ends": _shift_ends,
    "about, no directory": _about_without_directory,
    "nothing can be read": _nothing_can_be_read,
    "my details, no team": _no_team,
    "my activity, nothing asked": _at("/activity", "You have not asked about any child"),
    "my lookups, none": _at("/lookups", "You have not asked in the last 7 days"),
    "answers, as they come": _as_they_come(*RESULTS),
    "answers, as they come, the weightiest last": _as_they_come(*RESULTS[2::-1], *RESULTS[3:]),
    "answers, of every kind": _every_answer,
    "answers, nobody heard": _nobody_heard,
    "answers, own case": _own_case,
    "answers, not kept": _not_kept,
    "call-backs, not reached": _not_reached("/call-backs", "Not reached: ring"),
    "call-back, not reached": _not_reached("", "It has not reached them"),
    "call-backs, found to be the child": _found_to_be_the_child,
    "inbox item, protected location": _inbox_protected,
    "my team, not asked": _team_not_asked,
    "watched cases, something new": _watched({"news": (NEW,), "problem": "no hub carried it"}),
    "watched cases, given": _watched({"taken_from": "Sam Worker"}),
    "watched cases, ended": _watched({"ending": Ending.TIME}),
    "watched cases, too little known": _watched({"ending": Ending.TOO_LITTLE}),
    "watched cases, not held": _watched({"ending": Ending.NOT_HELD}),
    "call-backs, none": _at("/call-backs", "You have not asked anybody to ring"),
    "call-backs, overdue": _call_backs("/call-backs", "Overdue"),
    "call-backs, of the last year": _call_backs("/call-backs/all", "Overdue"),
    "call-back form, asked before": _written_before("call-back", urgency="hour"),
    "wrong answer form, told before": _written_before("wrong", message="It is closed"),
    "call-back, overdue": _call_back(1, Step.SEEN, text="Nobody has rung in time"),
    "call-back, done": _call_back(0, Step.SEEN, Step.ANSWERED, text="Done"),
    "check that is expected, overdue": _check_overdue,
    "more of the child, with problems": _detail_with_faults,
    "inbox, overdue": _inbox,
    "inbox item, overdue": _inbox_item(1, "Overdue"),
    "inbox item, no case": _inbox_item(0, "No case of yours fitted", fits=False),
    "inbox item, done": _inbox_done,
    "my team, overdue": _team,
    "my team, cases watched": _team_watches,
    "accounts, at the council": _accounts_of_a_service("/accounts", "Pat Worker"),
    "account, at the council": _accounts_of_a_service(
        f"/accounts/{encode_base64url(b'pat')}", "Pat Worker"
    ),
    "lookups to review, one reviewed": _reviewed,
    "our cases, protected location": _protected_location,
    "our cases, shielded": _shielded,
    "passkeys, two": _passkeys,
}
