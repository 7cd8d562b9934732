"""The running node: everything wired by constructor, and its few clocks."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from datetime import time as time_of_day
from functools import partial
from typing import TYPE_CHECKING

import structlog

from node.answering.index import IndexKeeper
from node.answering.lookup import LookupRoom
from node.answering.outside import OutsideBuilder
from node.asking.adding import Adding
from node.asking.cases import askable_cases, fits_of, teams_of
from node.asking.detail_socket import DetailSocket
from node.clock import Clock, local_day, on_beats
from node.disclosure.policy import Policy, PolicyFile
from node.errors import NodeError, TableError
from node.evaluating.evaluator import Evaluator
from node.evaluating.evidence import EvidenceFolder
from node.federation.links import LinkKeeper
from node.federation.rounds import RoundSender, make_client
from node.keyholding.ceremony import Ceremony
from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.ledger.ledger import Ledger
from node.logging import place_of
from node.mail.nudge import SendNudge
from node.opening import OpenFolder
from node.post.beat import Beat
from node.post.callback_store import CallBackStore, open_post_database
from node.post.callbacks import CallBacks, matched_in
from node.post.checks import Checks
from node.post.confirming import Confirming
from node.post.handover import Handover, OfficeHours
from node.post.inbox import Inbox
from node.post.looking import LedgerLook
from node.post.notices import Notices
from node.post.nudging import Nudging, OutOfHours
from node.post.outbox import MemoryOutbox, StoredOutbox
from node.post.room import PostRoom
from node.receiving.receiver import Receiver
from node.receiving.request import Answering
from node.records.store import RecordStore
from node.running import Running
from node.settings import NodeSettings, NudgeSettings
from node.store_key import StoreKey
from protocol.directory.members import Directory
from protocol.errors import DirectoryError
from protocol.identifiers import Epoch
from protocol.matching.key_ids import KeyId
from protocol.messages.post import PostType
from protocol.sealing.envelope import Kind

if TYPE_CHECKING:
    from node.serving import Pages

log = structlog.get_logger()

INDEX_SECONDS = 0.5
"""How often the node looks whether records were loaded or an hour draws near."""

INDEX_REST_SECONDS = 10.0
"""How long it rests where a table was not built, before it builds that again."""

FORGET_SECONDS = 3600.0
"""How often it lets go of what imports left behind that nobody went on with."""

WATCH_SECONDS = 10.0
"""How often it looks whether a case that somebody has watched is to be asked about, one a turn."""

DETAILS_SECONDS = 60.0
"""How long after it could take nothing from a terminal it tries again."""

STATUS_SECONDS = 0.5
"""How often it looks whether what it says of itself has changed."""


class Node:
    """One node process."""

    def __init__(self, opened: OpenFolder, clock: Clock) -> None:
        self._opened = opened
        self._clock = clock
        folder, key, member = opened.folder, opened.store_key, opened.settings.member
        ledger = opened.ledger
        shares = folder.shares(key)
        builder = OutsideBuilder(folder.records, key, member)
        self._index = IndexKeeper(opened.records, member, clock, builder)
        self._client = make_client()
        self._sender = RoundSender(self._client, self._hub_urls)
        self._outbox = MemoryOutbox()
        self._post_database = open_post_database(folder.post)
        stored = StoredOutbox(self._post_database, key)
        call_backs = CallBackStore(self._post_database, key)
        is_shielded = opened.records.is_shielded
        matched = matched_in(ledger, key)
        self._call_backs = CallBacks(call_backs, stored, clock, matched, is_shielded)
        checks = Checks(member, call_backs, clock, is_shielded)
        self._notices = Notices(
            member,
            self._post_database,
            key,
            self._teams_of,
            clock,
            opened.records.shields.case_of,
        )
        self._look = LedgerLook(
            ledger,
            key,
            self._post_database,
            opened.directory.current,
            checks.see,
            self._notices.see,
        )
        self._confirming = Confirming(
            ledger, key, self._call_backs, self._notices, opened.directory.current, clock
        )
        self._handover = _handover(opened.settings, self._call_backs, clock)
        self._nudging = _nudging(opened.settings, self._call_backs, clock)
        self._beat = Beat(member, opened.keys, (stored, self._outbox), self._sender, clock)
        self._ceremony = Ceremony(
            member,
            folder.ceremony(key),
            shares,
            folder.certificate,
            opened.directory.current,
            self._outbox.put,
        )
        self._inbox = Inbox(
            ledger,
            key,
            {
                PostType.CEREMONY_CONTRIBUTION: self._ceremony.take_contribution,
                PostType.CEREMONY_SIGNATURE: self._ceremony.take_signature,
                PostType.CALL_BACK_REQUEST: self._call_backs.take_request,
                PostType.CALL_BACK_NEWS: self._call_backs.take_news,
                PostType.CALL_BACK_GIVEN: self._call_backs.take_given,
                PostType.CORRECTION: self._call_backs.take_correction,
                PostType.ADDED_TAGS: partial(self._call_backs.take_tags, self._fitting),
            },
            clock,
        )
        policy = PolicyFile(folder.policy)
        rooms = make_rooms(opened.records, self._index, ledger, shares.load, policy.current, key)
        receiver = Receiver(
            member,
            opened.keys.signing,
            opened.keys.sealing,
            ledger,
            opened.directory.current,
            rooms,
            clock,
        )
        keep = EvidenceFolder(folder.evidence).keep
        evaluator = Evaluator(member, opened.keys, self._sender, clock, keep)
        self._adding = Adding(
            evaluator.lookup_tokens, self._call_backs.add_tags, self._directory, clock
        )
        self._details = DetailSocket(folder.details, self._adding, clock)
        self._status: Running | None = None
        self._pages: Pages | None = None
        if opened.settings.web_port is not None:
            # A fifth of all that a node imports: one without pages starts without them.
            from node import serving  # noqa: PLC0415

            self._pages = serving.Pages(
                opened,
                opened.settings.web_port,
                self._sender,
                evaluator,
                self._adding,
                self._call_backs,
                self._notices,
                self._directory,
                clock,
            )
        self._links = LinkKeeper(member, opened.keys.signing, receiver.receive, clock)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            # A table that is being built would keep the process until it is done.
            self._index.stop()
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        refresh_seconds = self._opened.settings.directory_refresh_seconds
        await self._refresh_index()
        self._dial()
        await self._refresh_directory()
        clocks = [
            self._every(refresh_seconds, self._refresh_directory),
            self._keep_index(),
            self._every(STATUS_SECONDS, self._write_status),
            self._every(FORGET_SECONDS, self._forget_old_records),
            self._post(),
            self._every(WATCH_SECONDS, self._watch),
            *self._clocks_of_adding(),
        ]
        tasks = [asyncio.create_task(clock) for clock in clocks]
        serving = [asyncio.create_task(self._pages.serve())] if self._pages else []
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([stopped, *tasks, *serving], return_when=asyncio.FIRST_COMPLETED)
        if self._pages is not None:
            self._pages.end()
            await asyncio.gather(*serving)
            await self._pages.close()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await self._links.close()
        await self._client.aclose()
        self._post_database.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await _try(work)
            await asyncio.sleep(seconds)

    async def _refresh_directory(self) -> None:
        hubs = self._hub_urls()
        problems = await asyncio.to_thread(self._opened.directory.refresh, hubs)
        for problem in problems:
            log.warning("directory not fetched", problem=problem)
        self._dial()

    def _dial(self) -> None:
        """Keep links to the hubs of the directory that is held, if one is."""
        try:
            directory = self._directory()
        except DirectoryError as error:
            log.warning("no valid directory", reason=str(error))
            return
        if self._opened.settings.member not in directory.members:
            log.warning("not in the directory", reason="send registration.json to a signer")
        self._links.set_hubs(directory.hubs)

    async def _keep_index(self) -> None:
        while True:
            await asyncio.sleep(INDEX_SECONDS)
            if not await self._refresh_index():
                await asyncio.sleep(INDEX_REST_SECONDS)

    async def _refresh_index(self) -> bool:
        """Return whether all tables are there that records are there for."""
        began = time.monotonic()
        try:
            is_built = await asyncio.to_thread(self._index.refresh)
        except (NodeError, OSError) as error:
            # What is answered from stays as it is: old tables are of no other load's records.
            reason = str(error) if isinstance(error, TableError) else type(error).__name__
            log.warning("index not built", reason=reason, place=place_of(error))
            return False
        if is_built:
            index = self._index.current()
            log.info(
                "index built",
                load_number=index.state.load_number if index else 0,
                seconds=round(time.monotonic() - began, 1),
            )
        return True

    async def _forget_old_records(self) -> None:
        today = local_day(self._clock())
        await asyncio.to_thread(self._opened.records.forget_expired, today)
        await asyncio.to_thread(self._opened.records.unfinished.forget_old, today)
        await asyncio.to_thread(self._call_backs.forget_old)
        await asyncio.to_thread(self._notices.forget_old)
        if self._pages is not None:
            await asyncio.to_thread(self._pages.forget_old)

    async def _watch(self) -> None:
        if self._pages is not None:
            await self._pages.watch()

    def _clocks_of_adding(self) -> Iterator[Coroutine[None, None, None]]:
        settings = self._opened.settings
        if not settings.adding_seconds:
            return
        evaluate = partial(_try, self._adding.turn)
        yield on_beats(f"adding {settings.member}", settings.adding_seconds, self._clock, evaluate)
        yield self._every(DETAILS_SECONDS, self._details.serve)

    async def _post(self) -> None:
        while True:
            try:
                directory = self._directory()
            except DirectoryError as error:
                log.warning("no post", reason=str(error))
                await asyncio.sleep(5)
                continue
            await asyncio.sleep(self._beat.seconds_to_next(directory.post_interval_seconds))
            await _try(partial(self._beat.send, directory))
            for work in self._works_of_post():
                await _try(partial(asyncio.to_thread, work))

    def _works_of_post(self) -> Iterator[Callable[[], None]]:
        """Give what is done after each beat, one by one: none waits for what another cannot do."""
        # What is told of a check finds it there, though both came since the last beat.
        yield self._look.look
        yield self._confirming.work
        yield self._inbox.work
        yield self._ceremony.step
        if self._handover is not None:
            yield self._handover.work
        if self._nudging is not None:
            yield self._nudging.work

    async def _write_status(self) -> None:
        index = self._index.current()
        status = Running(tuple(sorted(self._links.linked)), index.state.load_number if index else 0)
        if status != self._status:
            await asyncio.to_thread(self._opened.folder.running.write, status)
            self._status = status

    def _teams_of(self, directory: Directory, reference: str) -> Collection[str]:
        return teams_of(self._opened.records.find_cases, directory, reference, self._clock())

    def _fitting(
        self, references: Sequence[str], epoch: Epoch, tags: Collection[bytes]
    ) -> Sequence[tuple[str, KeyId]]:
        directory, find = self._directory(), self._opened.records.find_cases
        cases = [
            case
            for reference in references
            for case in askable_cases(find, directory, reference, self._clock())
        ]
        return fits_of(cases, tags, epoch, self._opened.settings.member)

    def _directory(self) -> Directory:
        return self._opened.directory.current()

    def _hub_urls(self) -> list[str]:
        """Return the directory's hubs, or before there is one those of the settings."""
        try:
            return [hub.url for hub in self._directory().hubs]
        except DirectoryError:
            return list(self._opened.settings.hubs)


def make_rooms(
    records: RecordStore,
    index: IndexKeeper,
    ledger: Ledger,
    share: Callable[[], KeyShare | None],
    policy: Callable[[], Policy],
    key: StoreKey,
) -> dict[Kind, Answering]:
    """Return the room of each kind of request."""
    evaluation = EvaluationRoom(share, ledger, key)
    return {
        Kind.EVALUATION: evaluation,
        Kind.IMPORT_EVALUATION: evaluation,
        Kind.LOOKUP: LookupRoom(records, index, ledger, policy, key),
        Kind.POST: PostRoom(ledger, key),
    }


def _office_hours(settings: NodeSettings) -> OfficeHours | None:
    """Return None where one team has the inbox by day and at night."""
    if not settings.office_hours:
        return None
    opens, closes = map(time_of_day.fromisoformat, settings.office_hours.split("-"))
    return OfficeHours(opens, closes, settings.closed_days)


def _handover(settings: NodeSettings, call_backs: CallBacks, clock: Clock) -> Handover | None:
    hours = _office_hours(settings)
    return Handover(call_backs, hours, clock) if hours else None


def _nudging(settings: NodeSettings, call_backs: CallBacks, clock: Clock) -> Nudging | None:
    nudge, hours = settings.nudge, _office_hours(settings)
    if nudge is None:
        return None
    send = _sending(nudge, nudge.to, clock)
    night = None
    if hours and nudge.out_of_hours_to:
        night = OutOfHours(hours, _sending(nudge, nudge.out_of_hours_to, clock))
    pages = settings.web_address or (settings.sign_in.address if settings.sign_in else "")
    return Nudging(call_backs, send, night, f"{pages}/inbox" if pages else "", clock)


def _sending(nudge: NudgeSettings, to: Sequence[str], clock: Clock) -> SendNudge:
    # Mail is imported by who sends some.
    if nudge.smtp_host is not None:
        from node.mail.smtp import sending_by_smtp  # noqa: PLC0415

        return sending_by_smtp(nudge, to)
    from node.mail.notify import sending_by_notify  # noqa: PLC0415

    return sending_by_notify(nudge, to, clock)


async def _try(work: Callable[[], Awaitable[None]]) -> None:
    """Do one turn of a clock. A full disk or a locked store costs the turn, not the node; nor does
    a defect, which would do the same after every start."""
    try:
        await work()
    except Exception as error:
        log.warning("turn failed", reason=type(error).__name__, place=place_of(error))
