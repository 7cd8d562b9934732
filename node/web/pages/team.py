"""A manager's team: what waits, who has it, what was asked, and whether it helps."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from node.accounts.model import Account, AccountRole
from node.asking.activity import Asked
from node.asking.keeping import KeptLookup, Listed
from node.errors import CallBackError
from node.managing import (
    LISTED_MS,
    WEEKS_MS,
    asker,
    is_of_team,
    loads,
    owner,
    takers,
    team_of,
    weeks,
)
from node.post.callback_store import CallBack
from node.watching.store import Watched
from node.web.addresses import call_back_id, lookup_id
from node.web.forms import read_form, text_of
from node.web.signing_in import SignedIn
from node.web.site import Site


@dataclass(frozen=True, slots=True, repr=False)
class HasWatched:
    """Somebody of a team, what they have watched, and to whom it can be given."""

    person: Account
    watched: Sequence[Watched]
    takers: Sequence[Account]


def add_routes(app: FastAPI, site: Site) -> None:
    manages = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.TEAM_MANAGER))]
    accounts, call_backs, kept = site.parts.accounts, site.parts.call_backs, site.parts.kept
    activity, watches = site.parts.activity, site.parts.watches

    def lookups_of(team: str, now_ms: int) -> Sequence[tuple[Asked, KeptLookup | None]]:
        """Return what a team has asked, as the ledger has it, each with its answers as long as they
        are kept: who asked may have removed those. One that was asked again stands there once."""
        asked = activity.of_team(team, now_ms - LISTED_MS, now_ms + 1)
        once = {each.entry.kept_as or each.round_id: each for each in asked}
        return [(each, answers_to(each)) for each in once.values()]

    def not_asked(account: Account, now_ms: int) -> Sequence[tuple[Account, Listed]]:
        """Return the lookups of a team that nothing of went out, so that no ledger has them."""
        return [
            (person, each)
            for person in team_of(accounts.all(), account.team)
            for each in kept.all_of(person.username)
            if each.lookup.problem and each.lookup.asked.asked_ms >= now_ms - LISTED_MS
        ]

    def answers_to(asked: Asked) -> KeptLookup | None:
        kept_as, username = asked.entry.kept_as, asked.entry.username
        return kept.find(lookup_id(kept_as), username) if kept_as else None

    def watched_by(account: Account) -> Sequence[HasWatched]:
        """Return who of a team has cases watched, and to whom those can be given."""
        people = accounts.all()
        found = [
            HasWatched(
                person,
                watches.all_of(person.username),
                takers(people, account.team, person.username),
            )
            for person in team_of(people, account.team)
        ]
        return [each for each in found if each.watched]

    def seen(account: Account) -> dict[str, object]:
        now_ms = site.parts.clock()
        ours = [
            each for each in call_backs.of_late(WEEKS_MS, ours=True) if is_of_team(account, each)
        ]
        return {
            "waited_for": loads(ours, asker, now_ms),
            "to_do": loads(call_backs.open_of_others(), owner, now_ms),
            "watched_by": watched_by(account),
            "lookups": lookups_of(account.team, now_ms),
            "not_asked": not_asked(account, now_ms),
            "weeks": weeks(ours, now_ms),
        }

    @app.get("/team")
    async def team(request: Request, signed_in: manages) -> Response:
        found = await run_in_threadpool(seen, signed_in.account)
        return await site.page(request, "team.html", signed_in, seen=found)

    @app.post("/team/watches/give")
    async def give_watches(request: Request, signed_in: manages) -> Response:
        fields = await read_form(request, signed_in)
        of, taker = text_of(fields, "of"), text_of(fields, "username")
        await run_in_threadpool(_give_watches, signed_in.account, of, taker)
        return RedirectResponse("/team", 303)

    def _give_watches(manager: Account, of: str, taker: str) -> None:
        people = accounts.all()
        found = [each for each in team_of(people, manager.team) if each.username == of]
        if not found:
            raise HTTPException(404)
        if any(each.username == taker for each in takers(people, manager.team, of)):
            watches.give(of, found[0].name, taker)

    @app.post("/call-backs/{call_back}/give")
    async def give(request: Request, signed_in: manages, call_back: str) -> Response:
        fields = await read_form(request, signed_in)
        found = await run_in_threadpool(call_backs.find, call_back_id(call_back), ours=True)
        if found is None or not is_of_team(signed_in.account, found):
            raise HTTPException(404)
        people = await run_in_threadpool(accounts.all)
        for person in takers(people, signed_in.account.team, found.username):
            if person.username == text_of(fields, "username"):
                await run_in_threadpool(_give, found, person)
                break
        return RedirectResponse(f"/call-backs/{call_back}", 303)

    def _give(found: CallBack, person: Account) -> None:
        # Rung since the page was shown, it is done: the page then says so.
        with suppress(CallBackError):
            call_backs.give(
                found.request.id, person.username, person.name, person.telephone, person.team
            )
