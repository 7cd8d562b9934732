"""States of the shielding officers' pages."""

from node.accounts.model import AccountRole
from tests.browser.small_town import Seen, State
from tests.browser.town_states import LONG
from tests.node.records.test_cases import load
from tests.node.small_federation import child, oprf_key, record
from tests.node.web.test_shields import DAY_MS, begin, hold_children, tell
from tests.node.web.visiting import Town, Visitor


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
    return Seen(olu, olu.post("/shields/new", **fields).headers["location"], "Why: say what")


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


STATES: dict[str, State] = {
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
