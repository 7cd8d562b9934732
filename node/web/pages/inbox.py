"""What other councils need of us: whom to ring, what to look up, until when, what was done."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from node.accounts.model import MINDING, Account
from node.errors import CallBackError
from node.post.callback_store import CallBack
from node.post.callbacks import LISTED_MS, ShieldedCaseError
from node.post.words import steps_of
from node.web.addresses import call_back_id
from node.web.forms import (
    THE_PAGE,
    FormProblems,
    Problem,
    bounded_text_of,
    read_form,
    text_of,
)
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol import limits
from protocol.messages.callback import Step


def add_routes(app: FastAPI, site: Site) -> None:
    may_mind = Annotated[SignedIn, Depends(site.doors.for_roles(*MINDING))]
    call_backs = site.parts.call_backs

    async def find(call_back: str) -> CallBack:
        found = await run_in_threadpool(call_backs.find, call_back_id(call_back), ours=False)
        if found is None:
            raise HTTPException(404)
        return found

    @app.get("/inbox")
    async def inbox(request: Request, signed_in: may_mind) -> Response:
        listed = await run_in_threadpool(call_backs.of_late, LISTED_MS, ours=False)
        others = site.parts.other_inboxes
        return await site.page(
            request, "inbox.html", signed_in, listed=listed, older="/inbox/all", others=others
        )

    @app.get("/inbox/all")
    async def everything(request: Request, signed_in: may_mind) -> Response:
        listed = await run_in_threadpool(call_backs.all, ours=False)
        return await site.page(request, "inbox.html", signed_in, listed=listed)

    @app.get("/inbox/{call_back}")
    async def item(request: Request, signed_in: may_mind, call_back: str) -> Response:
        return await site.form(request, "inbox_item.html", signed_in, found=await find(call_back))

    @app.post("/inbox/{call_back}")
    async def do(request: Request, signed_in: may_mind, call_back: str) -> Response:
        fields = await read_form(request, signed_in)
        found = await find(call_back)
        try:
            step, owner, note = _done(fields, signed_in.account, found)
            await run_in_threadpool(call_backs.do, found.request.id, step, owner, note)
        except FormProblems as wrong:
            return site.mend(request.url.path, signed_in, fields, wrong.problems)
        except ShieldedCaseError as error:
            problem = Problem(THE_PAGE, f"Nobody is told this: {error}")
            return site.mend(request.url.path, signed_in, fields, [problem])
        except CallBackError:
            # Closed by somebody else since the page was shown, which then says so.
            pass
        return RedirectResponse(f"/inbox/{call_back}", 303)


def _done(fields: FormData, account: Account, found: CallBack) -> tuple[Step, str, str]:
    """Return what was done, whose it is now, and what there is to say of it.

    Raises:
        FormProblems: nothing chosen, or not said what has to be said with it.
    """
    step = steps_of(found).get(text_of(fields, "step"))
    if step is None:
        raise FormProblems(Problem("step", "Choose what you have done"))
    note = bounded_text_of(fields, "note", "Note", limits.CALL_BACK_BYTES)
    if step.needs and not note:
        raise FormProblems(Problem("note", step.needs))
    if step.value is not Step.PASSED_ON:
        return step.value, account.name, note
    owner = bounded_text_of(fields, "owner", "Who has it now", limits.PERSON_BYTES)
    if not owner:
        raise FormProblems(Problem("owner", "Say who has it now: a name, or a team"))
    return step.value, owner, note
