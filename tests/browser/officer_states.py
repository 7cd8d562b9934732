"""States of the shielding officers' pages."""

from node.accounts.model import AccountRole
from tests.browser.small_town import Seen, State
from tests.browser.town_states import LONG
from tests.node.records.test_cases import load
from tests.node.small_federation import child, oprf_key, record
from tests.node.web.test_families import ASKED, DECIDED, ask, listed
from tests.node.web.test_shields import DAY_MS, begin, hold_children, hold_more_of_the_child, tell
from tests.node.web.visiting import Town, Visitor

TAKEN = "We have your request"


def _officer(town: Town, username: str = "olu") -> Visitor:
    return town.visitor(username, AccountRole.SHIELDING_OFFICER)


def _none(town: Town) -> Seen:
    return Seen(_officer(town), "/shields", "No child is shielded here")


def _every_kind(town: Town) -> Seen:
    hold_children(town)
    load(town.records, "youth", record(child(forename="Una", nhs_number="", upn=""), LONG),
         key=oprf_key().key_id)  # fmt: skip
    olu, sade = _officer(town), _officer(town, "sade")
    ended, due = begin(olu), begin(olu, LONG, review_in="30")
    for officer in (olu, sade):
        officer.post(f"{ended}/end")
    olu.post(f"{due}/end")
    town.clock.now_ms += 30 * DAY_MS
    sade.sign_in("sade")
    return Seen(sade, "/shields", "wants it to end")


def _which_child(town: Town) -> Seen:
    hold_children(town)
    olu = _officer(town)
    fields = {"case_reference": "7", "reason": "", "review_in": ""}
    return Seen(olu, olu.post("/shields/new", **fields).headers["location"], "Why: say it")


def _one(days: int, text: str, *ended_by: str) -> State:
    def bring(town: Town) -> Seen:
        hold_children(town)
        olu = _officer(town)
        at = begin(olu, review_in="30")
        olu.post(f"{at}/review", reason=f"He was seen at {LONG}", review_in="30")
        for username in ended_by:
            (olu if username == "olu" else _officer(town, username)).post(f"{at}/end")
        town.clock.now_ms += days * DAY_MS
        olu.sign_in("olu")
        return Seen(olu, at, text)

    return bring


def _told(town: Town) -> Seen:
    hold_children(town)
    olu = _officer(town)
    at = begin(olu)
    tell(town, LONG)
    return Seen(olu, f"{at}/told", "Ring those whom it may lead")


def _families(**fields: str) -> State:
    def bring(town: Town) -> Seen:
        visitor = town.visitor()
        at = visitor.post("/families", **fields).headers["location"] if fields else "/families"
        return Seen(visitor, at, "There is a problem" if "" in fields.values() else TAKEN)

    return bring


def _request(*decisions: str, by: str = "olu", text: str) -> State:
    """What an officer sees of a request of which others have said this, in turn."""

    def bring(town: Town) -> Seen:
        hold_children(town)
        ask(town.visitor(), name=LONG, reached_at=LONG)
        officers = {name: _officer(town, name) for name in ("olu", "sade")}
        (at,) = listed(officers["olu"])
        for said in decisions:
            officer, _, what = said.partition(" ")
            if what == "appeal":
                officers[officer].post(f"{at}/appeal", appeal=f"It is wrong: {LONG}")
            else:
                fields = DECIDED | {"decision": what, "case_reference": "CASE-1"}
                officers[officer].post(at, **fields)
        return Seen(officers[by], at, text)

    return bring


def _request_with_problems(town: Town) -> Seen:
    hold_children(town)
    ask(town.visitor())
    olu = _officer(town)
    (at,) = listed(olu)
    typed = {"decision": "shield", "case_reference": "7"}
    return Seen(olu, olu.post(at, **typed).headers["location"], "There is a problem")


def _requests(town: Town) -> Seen:
    hold_children(town)
    olu = _officer(town)
    for number, name in enumerate(("Refused", "Appealed", LONG)):
        ask(town.visitor(), name=name)
        at = listed(olu)[0]
        if number < 2:
            olu.post(at, decision="refuse", **DECIDED)
        if number == 1:
            olu.post(f"{at}/appeal", appeal="It is wrong")
    return Seen(olu, "/shields", "Requests that are decided")


def _former(town: Town) -> Seen:
    hold_children(town)
    olu = _officer(town)
    return Seen(olu, begin(olu, is_former="yes", namesakes=f"SAME; {LONG}"), "It is another child")


def _to_account_for(town: Town) -> Seen:
    hold_children(town)
    hold_more_of_the_child(town)
    typed = {
        "case_reference": "CASE-1",
        "reason": "Adoption",
        "review_in": "90",
        "is_former": "yes",
    }
    olu = _officer(town)
    return Seen(olu, olu.post("/shields/new", **typed).headers["location"], "Say of each whose")


STATES: dict[str, State] = {
    "shielded child, a former identity": _former,
    "shield a child, more to account for": _to_account_for,
    "for children and families": lambda town: Seen(
        town.visitor(), "/families", "What happens then"
    ),
    "for children and families, with problems": _families(name="", child=LONG),
    "for children and families, taken": _families(**ASKED),
    "note a request": lambda town: Seen(_officer(town), "/shields/requests/new", "Keep this"),
    "requests to shield": _requests,
    "request to shield": _request(text="What do you decide"),
    "request to shield, with problems": _request_with_problems,
    "request to shield, refused": _request("olu refuse", text="If they do not take it"),
    "request to shield, appealed": _request(
        "olu refuse", "olu appeal", text="Another officer decides"
    ),
    "request to shield, to decide on the appeal": _request(
        "olu refuse", "olu appeal", by="sade", text="What do you decide"
    ),
    "request to shield, twice refused": _request(
        "olu refuse", "olu appeal", "sade refuse", text="Two officers have refused"
    ),
    "request to shield, granted": _request("olu shield", text="see its shield"),
    "shielded children, none": _none,
    "shielded children, every kind": _every_kind,
    "shield a child": lambda town: Seen(_officer(town), "/shields/new", "What this cannot do"),
    "shield a child, with problems": _which_child,
    "shielded child": _one(0, "It is still needed"),
    "shielded child, to look at again": _one(30, "Look now"),
    "shielded child, one officer wants an end": _one(0, "has to say so too", "olu"),
    "shielded child, no longer": _one(0, "This shield has ended", "olu", "sade"),
    "shielded child, who was told": _told,
}
