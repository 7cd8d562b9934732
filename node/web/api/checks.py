"""What became of the checks of a lookup that was asked from a case system, and one more detail."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from node.accounts.systems import SystemUser
from node.asking.keeping import KeptLookup
from node.post.callback_store import CallBack
from node.web.addresses import lookup_id
from node.web.api import examples
from node.web.api.doors import TokenDoor
from node.web.api.enquiries import Enquiries
from node.web.api.forms import Check, CheckStep, DetailForm
from node.web.api.problems import ApiProblem
from node.web.checks import checks_of
from node.web.site import Parts, Site


class CheckLook:
    """Finds the lookups of users of case systems that are at their end, and their checks."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def ended_lookup(self, lookup: str, user: SystemUser) -> KeptLookup:
        """Return a lookup of this user by its address.

        Raises:
            ApiProblem: there is none, or its answers still come.
        """
        id = lookup_id(lookup)
        found = self._parts.desk.not_kept(id, user.username)
        found = found or await run_in_threadpool(self._parts.kept.find, id, user.username)
        if found is None:
            raise ApiProblem(404, "no-lookup", "There is no such lookup of this user at its end")
        return found

    async def checks_of(self, found: KeptLookup) -> Mapping[str, CallBack]:
        """Return the checks that follow from a lookup, by member."""
        return await run_in_threadpool(checks_of, self._parts.call_backs, found.answers)

    def told(self, found: CallBack, user: SystemUser) -> Check:
        """Return what a user is told of a check."""
        steps = (
            CheckStep(
                step=each.step.name.lower(), at_ms=each.at_ms, owner=each.owner, note=each.note
            )
            for each in found.steps
        )
        return Check(
            member=found.member,
            due_ms=found.due_ms,
            steps=tuple(steps),
            wants_a_detail=_is_asked(user, found),
            detail_waits=self._parts.adding.is_waiting(found.request.id),
            detail_sent_ms=found.added_ms,
        )


def add_routes(app: FastAPI, site: Site, door: TokenDoor) -> None:
    asks = Annotated[SystemUser, Depends(door)]
    look, enquiries = CheckLook(site.parts), Enquiries(site)

    @app.post(
        "/lookups/{lookup}/checks/{member}/detail", status_code=202, responses=examples.REFUSED
    )
    async def add(user: asks, lookup: str, member: str, form: DetailForm) -> Check:
        """Say more of the child to a council that checks and has asked for one more detail. Whether
        it fits is read there; nothing of it is kept."""
        checks = await look.checks_of(await look.ended_lookup(lookup, user))
        found = checks.get(member)
        if found is None or not _is_asked(user, found):
            raise ApiProblem(404, "no-check", "Nobody there has asked this user for a detail")
        site.parts.adding.add(found.request.id, enquiries.identity(form.child.entries()))
        return look.told(found, user)


def _is_asked(user: SystemUser, check: CallBack) -> bool:
    """Whether somebody has asked for one more detail, and this user, to whom the check belongs."""
    return check.wants_a_field and check.username == user.username
