"""Lookups on their way: they go on whether or not somebody looks, and are kept at the end."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

import structlog

from node.asking.answers import MemberAnswer, member_answer, nothing_heard
from node.asking.asker import Enquiry, Lookups
from node.asking.cases import FindCases, askable_cases
from node.asking.keeping import (
    LOOKUP_ID_BYTES,
    AskedCase,
    AskedLookup,
    KeptLookup,
    KeptLookups,
    LookupId,
)
from node.asking.running import AGAIN_MS, EndedLookups, RunningLookup
from node.asking.words import why_not_asked
from node.clock import Clock
from node.errors import NodeError
from node.logging import place_of
from node.records.cases import HeldCase
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.errors import ProtocolError
from protocol.messages.callback import check_urgency
from protocol.messages.lookup import Who

log = structlog.get_logger()

ExpectCheck = Callable[[str, Who, AskedLookup, MemberAnswer], None]
"""Takes the answer of a council that checks whether it knows the child of somebody's lookup."""


class LookupDesk:
    """Takes enquiries of people who are signed in."""

    def __init__(
        self,
        lookups: Lookups,
        directory: Callable[[], Directory],
        kept: KeptLookups,
        find_cases: FindCases,
        expect_check: ExpectCheck,
        clock: Clock,
    ) -> None:
        """`directory` raises DirectoryError where none is valid."""
        self._expect_check = expect_check
        self._lookups = lookups
        self._find_cases = find_cases
        self._directory = directory
        self._kept = kept
        self._clock = clock
        self._running: dict[LookupId, RunningLookup] = {}
        self._ended = EndedLookups(clock)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, username: str, enquiry: Enquiry) -> LookupId:
        """Ask everybody; return the id under which the answers are found.

        Raises:
            DirectoryError: there is no valid directory.
        """
        directory = self._directory()
        asked = asked_lookup(directory, enquiry, self._clock())
        lookup_id = LookupId(os.urandom(LOOKUP_ID_BYTES))
        enquiry = replace(enquiry, kept_as=encode_base64url(lookup_id))
        running = RunningLookup(username, asked)
        self._start(lookup_id, running, self._prepare_and_ask(running, directory, enquiry))
        return lookup_id

    async def find_cases(self, reference: str) -> Sequence[HeldCase]:
        """Return the cases of ours of this reference that can be asked about, one for each child.

        Raises:
            DirectoryError: there is no valid directory.
            StoreError: they cannot be read.
        """
        directory, now_ms = self._directory(), self._clock()
        return await asyncio.to_thread(
            askable_cases, self._find_cases, directory, reference, now_ms
        )

    async def forget(self, lookup_id: LookupId, username: str) -> None:
        """Keep nothing of a lookup of this person: neither what is on its way nor its tokens."""
        self._ended.forget(lookup_id, username)
        running = self.running(lookup_id, username)
        if running is not None:
            running.is_wanted = False
        await asyncio.to_thread(self._kept.remove, lookup_id, username)

    def may_ask_again(self, lookup_id: LookupId, username: str) -> bool:
        """Whether the members that have not answered a lookup can still be asked again."""
        ended = self._ended.find(lookup_id, username)
        return ended is not None and self._may_be_asked_again(ended)

    def not_kept(self, lookup_id: LookupId, username: str) -> KeptLookup | None:
        """Return a lookup of this person that has ended and could not be kept."""
        ended = self._ended.find(lookup_id, username)
        return ended.kept() if ended is not None and not ended.is_kept else None

    def ask_again(self, lookup_id: LookupId, username: str) -> bool:
        """Ask the members that have not answered once more; return False where it is too late.

        Raises:
            DirectoryError: there is no valid directory.
        """
        directory = self._directory()
        ended = self._ended.find(lookup_id, username)
        if ended is None or not self._may_be_asked_again(ended):
            return False
        self._ended.forget(lookup_id, username)
        heard = [answer for answer in ended.answers if not answer.may_come_yet]
        running = RunningLookup(username, ended.asked, heard)
        running.prepared = ended.prepared
        self._start(lookup_id, running, self._ask(running, directory))
        return True

    def _may_be_asked_again(self, ended: RunningLookup) -> bool:
        is_soon = self._clock() - ended.asked.asked_ms < AGAIN_MS
        return ended.may_be_asked_again and is_soon

    def running(self, lookup_id: LookupId, username: str) -> RunningLookup | None:
        """Return a lookup of this person that is on its way."""
        running = self._running.get(lookup_id)
        return running if running is not None and running.username == username else None

    async def close(self) -> None:
        """End what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(
        self, lookup_id: LookupId, running: RunningLookup, work: Coroutine[None, None, None]
    ) -> None:
        self._running[lookup_id] = running
        task = asyncio.create_task(self._run(lookup_id, running, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(
        self, lookup_id: LookupId, running: RunningLookup, work: Coroutine[None, None, None]
    ) -> None:
        try:
            await work
            if running.is_wanted:
                kept = running.kept()
                await asyncio.to_thread(self._kept.keep, lookup_id, running.username, kept)
                running.is_kept = True
                await asyncio.to_thread(self._expect_checks, running)
            if not running.is_wanted:
                # Perhaps only since it was looked at: it is removed whichever came first.
                await asyncio.to_thread(self._kept.remove, lookup_id, running.username)
        except (NodeError, OSError) as error:
            log.warning("lookup not kept", reason=type(error).__name__, place=place_of(error))
        finally:
            self._running.pop(lookup_id, None)
            self._ended.remember(lookup_id, running)
            await running.end()

    def _expect_checks(self, running: RunningLookup) -> None:
        for answer in running.answers:
            if running.prepared is not None and answer.is_being_checked:
                who = running.prepared.enquiry.who
                self._expect_check(running.username, who, running.asked, answer)

    async def _prepare_and_ask(
        self, running: RunningLookup, directory: Directory, enquiry: Enquiry
    ) -> None:
        try:
            running.prepared, _ = await self._lookups.prepare(directory, enquiry)
        except (NodeError, ProtocolError) as error:
            running.problem = _why_not(error)
        await self._ask(running, directory)

    async def _ask(self, running: RunningLookup, directory: Directory) -> None:
        """Ask whoever has not answered, and have an answer of each whatever happens."""
        heard = {answer.member for answer in running.answers}
        silent = {member for member in directory.members if member not in heard}
        try:
            if running.prepared is not None:
                async for result in self._lookups.ask(directory, running.prepared, silent):
                    silent.discard(result.member.id)
                    await running.add(member_answer(result))
        except (NodeError, ProtocolError) as error:
            running.problem = _why_not(error)
        await running.add(*(nothing_heard(directory.member(member)) for member in sorted(silent)))


def _why_not(error: NodeError | ProtocolError) -> str:
    log.warning("lookup failed", problem=str(error), place=place_of(error))
    return why_not_asked(error)


def asked_lookup(directory: Directory, enquiry: Enquiry, asked_ms: int) -> AskedLookup:
    """Return what is kept of an enquiry."""
    purpose, caller = directory.purposes[enquiry.purpose], enquiry.caller
    return AskedLookup(
        asked_ms=asked_ms,
        purpose=purpose.name,
        check_urgency=check_urgency(purpose),
        reference=enquiry.who.reference,
        members=len(directory.members),
        caller=f"{caller.name}, {caller.organisation}" if caller else "",
        case=_asked_case(enquiry),
    )


def _asked_case(enquiry: Enquiry) -> AskedCase | None:
    case = enquiry.child
    if not isinstance(case, HeldCase):
        return None
    return AskedCase(
        reference=case.reference,
        id=encode_base64url(case.id),
        purpose=enquiry.purpose,
        protected_location=enquiry.who.protected_location,
    )
