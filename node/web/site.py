"""What every page stands on: the parts of the node behind it, and the frame around it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.datastructures import FormData

from node.accounts.passkeys import Passkeys
from node.accounts.provider import Provider
from node.accounts.store import IDLE_MS, AccountStore
from node.accounts.systems import Systems
from node.asking.activity import Activity
from node.asking.adding import Adding
from node.asking.desk import LookupDesk
from node.asking.keeping import KeptLookups
from node.asking.reviews import Reviews
from node.asking.words import purpose_name
from node.clock import Clock, local_day
from node.managing import wants_a_look
from node.post.callbacks import CallBacks
from node.post.notices import Notices
from node.records.cases import HeldCase
from node.records.loads import Loads
from node.shielding import Shielding
from node.watching.watches import Watches
from node.web.forms import Problem, shown
from node.web.guard import nonce_of
from node.web.held_forms import OF_NOBODY, HeldForm, HeldForms
from node.web.rendering import Renderer
from node.web.signing_in import Doors, SignedIn
from node.web.telling import Telling, audiences
from protocol.directory.document import MemberEntry
from protocol.directory.members import Directory, Member
from protocol.errors import DirectoryError
from protocol.identifiers import MemberId

MENDED = "mend"
"""What names a held form in an address: at random, and good once."""

NOTHING_TYPED = FormData()

SOON_MS = 30 * 60_000
"""How long before a session's end, which nothing puts off, every page says so."""


@dataclass(frozen=True, slots=True, repr=False)
class Parts:
    """Parts of the node that pages use."""

    member: MemberId
    accounts: AccountStore
    systems: Systems
    provider: Provider | None
    """The council's own sign-in service; None where people have accounts of this node's own."""
    passkeys: Passkeys | None
    """Of accounts of this node's own; None where its address is not known either."""
    desk: LookupDesk
    kept: KeptLookups
    call_backs: CallBacks
    adding: Adding
    notices: Notices
    watches: Watches
    directory: Callable[[], Directory]
    """Raises DirectoryError where none is valid."""
    activity: Activity
    reviews: Reviews
    loads: Loads
    shielding: Shielding
    colour: str
    """Of the council, as #rrggbb."""
    help_line: str
    """How people of the council get help with the service; "" where it has not said."""
    other_inboxes: Mapping[str, str]
    """Councils whose inboxes are minded from here too, each with the address of its pages."""
    clock: Clock

    @property
    def today(self) -> date:
        return local_day(self.clock())


class Site:
    """Makes pages."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.doors = Doors(parts.accounts)
        self.telling = Telling(parts.notices, parts.accounts)
        self._renderer = Renderer()
        self._held = HeldForms()

    async def page(
        self,
        request: Request,
        template: str,
        signed_in: SignedIn | None = None,
        status: int = 200,
        **context: object,
    ) -> HTMLResponse:
        """Return a whole page."""
        framed = self._frame(request, signed_in) | context
        return HTMLResponse(await self._renderer.render(template, **framed), status)

    async def form(
        self,
        request: Request,
        template: str,
        signed_in: SignedIn | None,
        at_first: FormData = NOTHING_TYPED,
        **context: object,
    ) -> HTMLResponse:
        """Return a page with a form: as it is at first, or once with what there is to mend in
        it. Of a form that anybody may send, nobody is signed in."""
        again = self.held(request, signed_in) or HeldForm(at_first, ())
        typed = shown(again.form, again.problems)
        return await self.page(
            request, template, signed_in, 200, **typed, cases=again.cases, **context
        )

    def held(self, request: Request, signed_in: SignedIn | None) -> HeldForm | None:
        """Return what was held for this page, once."""
        name = request.query_params.get(MENDED, "")
        return self._held.take(_session(signed_in), request.url.path, name)

    def mend(
        self,
        path: str,
        signed_in: SignedIn | None,
        form: FormData,
        problems: Sequence[Problem],
        cases: Sequence[HeldCase] = (),
    ) -> Response:
        """Have the page at this path show it again by `form`: no browser keeps that with what was
        typed (decision 36)."""
        return self._hold(signed_in, path, HeldForm(form, problems, cases))

    def show_once(self, signed_in: SignedIn | None, path: str, **texts: str) -> Response:
        """Have `form` show these on a page, as if they were typed, and never again."""
        return self._hold(signed_in, path, HeldForm(FormData(texts), ()))

    def _hold(self, signed_in: SignedIn | None, path: str, held: HeldForm) -> Response:
        name = self._held.hold(_session(signed_in), path, held)
        return RedirectResponse(f"{path}?{MENDED}={name}", 303)

    def stream(
        self, request: Request, template: str, signed_in: SignedIn, **context: object
    ) -> StreamingResponse:
        """Return a page that is sent piece by piece."""
        framed = self._frame(request, signed_in) | context
        pieces = self._renderer.stream(template, **framed)
        return StreamingResponse(_joined(pieces), media_type="text/html")

    async def part(self, template: str, **context: object) -> str:
        """Return a part of a page, without its frame."""
        return await self._renderer.render(template, **context)

    def _frame(self, request: Request, signed_in: SignedIn | None) -> dict[str, object]:
        return {
            "council": self._name_of(self.parts.member),
            "signed_in": signed_in,
            "has_provider": self.parts.provider is not None,
            "has_passkeys": self.parts.passkeys is not None,
            "inbox_number": self._inbox_number(signed_in),
            "call_back_number": self._call_back_number(signed_in),
            "news_number": self._news_number(signed_in),
            "watch_number": self._watch_number(signed_in),
            "shield_number": self._shield_number(signed_in),
            "is_told": signed_in is not None and bool(audiences(signed_in.account)),
            "name_of": self._name_of,
            "purpose_name": partial(purpose_name, self.parts.directory),
            "lines_of": self._lines_of,
            "now_ms": self.parts.clock(),
            "kept_ms": self.parts.kept.kept_ms,
            "cspNonce": nonce_of(request.scope["state"]),
            "themeColor": self.parts.colour,
            "path": request.url.path,
            "idle_minutes": IDLE_MS // 60_000,
            "soon_ms": SOON_MS,
            "help_line": self.parts.help_line,
            "practice": self._is_practice(),
        }

    def _inbox_number(self, signed_in: SignedIn | None) -> int:
        """Return how many wait in the inbox, if whoever looks minds it."""
        if signed_in is None or not signed_in.account.minds_inbox:
            return 0
        return self.parts.call_backs.open_number()

    def _call_back_number(self, signed_in: SignedIn | None) -> int:
        """Return how many requests of theirs, or late ones of their team, somebody should look
        at."""
        if signed_in is None or not signed_in.account.asks_as:
            return 0
        call_backs, now_ms = self.parts.call_backs, self.parts.clock()
        awaited = call_backs.awaited()
        unreached = call_backs.unreached(awaited)
        return sum(wants_a_look(signed_in.account, each, now_ms, unreached) for each in awaited)

    def _news_number(self, signed_in: SignedIn | None) -> int:
        """Return how many questions about cases nobody of those whom they are told to has seen."""
        return self.telling.new_number(signed_in.account) if signed_in is not None else 0

    def _watch_number(self, signed_in: SignedIn | None) -> int | None:
        """Return of how many watched cases something is new, None for who has none watched."""
        if signed_in is None or not signed_in.account.asks_as:
            return None
        return self.parts.watches.news_number(signed_in.account.username)

    def _shield_number(self, signed_in: SignedIn | None) -> int | None:
        """Return how many shields whoever looks should look at; None for who is no officer."""
        if signed_in is None or not signed_in.account.is_shielding_officer:
            return None
        return self.parts.shielding.number_to_look_at(signed_in.account.name)

    def members(self) -> Sequence[Member]:
        """Return all members by name, none where no directory is valid."""
        try:
            found = self.parts.directory().members.values()
        except DirectoryError:
            return ()
        return sorted(found, key=lambda member: member.name)

    def _is_practice(self) -> bool:
        """Whether nobody here is real: by the directory, which no council makes alone."""
        try:
            return self.parts.directory().practice
        except DirectoryError:
            return False

    def _name_of(self, member: MemberId) -> str:
        found = self._member(member)
        return found.name if found is not None else member

    def own_lines(self) -> MemberEntry | None:
        """Return the council's own entry with its lines, None where no directory is valid."""
        return self._lines_of(self.parts.member)

    def _lines_of(self, member: MemberId) -> MemberEntry | None:
        """Return an entry with duty line and out-of-hours line, None of who is no member now."""
        found = self._member(member)
        return found.entry if found is not None else None

    def _member(self, member: MemberId) -> Member | None:
        try:
            return self.parts.directory().members.get(member)
        except DirectoryError:
            return None


def _session(signed_in: SignedIn | None) -> bytes:
    return signed_in.made if signed_in is not None else OF_NOBODY


async def _joined(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Give what stands between two marks as one: a template yields pieces that are a word long."""
    gathered: list[str] = []
    async for piece in pieces:
        # Joined, not added: some are marked as safe, and would escape what they are added to.
        gathered.append(piece.replace(FLUSH, ""))
        if FLUSH in piece:
            yield "".join(gathered)
            gathered.clear()
    yield "".join(gathered)


FLUSH = "<!-- now -->"
"""What a template writes where what it has so far is to be sent."""
