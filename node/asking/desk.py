"""Lookups on their way: they go on whether or not somebody looks, and are kept at the end."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from functools import partial

import structlog

from node.asking.answers import MemberAnswer, member_answer, nothing_heard
from node.asking.asker import Enquiry, Lookups
from node.asking.keeping import (
    LOOKUP_ID_BYTES,
    AskedLookup,
    KeptLookup,
    KeptLookups,
    LookupId,
)
from node.clock import Clock
from node.errors import NodeError
from node.logging import place_of
from protocol.directory.members import Directory
from protocol.errors import ProtocolError

log = structlog.get_logger()


class RunningLookup:
    """One question that is being answered."""

    def __init__(self, username: str, asked: AskedLookup) -> None:
        self.username = username
        self.asked = asked
        self.problem = ""
        self.answers: list[MemberAnswer] = []
        self.has_ended = False
        self._news = asyncio.Condition()

    async def add(self, *answers: MemberAnswer) -> None:
        async with self._news:
            self.answers += answers
            self._news.notify_all()

    async def end(self) -> None:
        async with self._news:
            self.has_ended = True
            self._news.notify_all()

    async def follow(self, position: int = 0) -> AsyncIterator[tuple[int, MemberAnswer]]:
        """Give the answers behind the first so many as they come, each with its number from 1,
        until there is none to come."""
        while True:
            async with self._news:
                await self._news.wait_for(partial(self._has_news, position))
            if len(self.answers) <= position:
                return
            position += 1
            yield position, self.answers[position - 1]

    def _has_news(self, position: int) -> bool:
        return len(self.answers) > position or self.has_ended

    def kept(self) -> KeptLookup:
        return KeptLookup(asked=self.asked, answers=tuple(self.answers), problem=self.problem)


class LookupDesk:
    """Takes enquiries of people who are signed in."""

    def __init__(
        self,
        lookups: Lookups,
        directory: Callable[[], Directory],
        kept: KeptLookups,
        clock: Clock,
    ) -> None:
        """`directory` raises DirectoryError where none is valid."""
        self._lookups = lookups
        self._directory = directory
        self._kept = kept
        self._clock = clock
        self._running: dict[LookupId, RunningLookup] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, username: str, enquiry: Enquiry) -> LookupId:
        """Ask everybody; return the id under which the answers are found.

        Raises:
            DirectoryError: there is no valid directory.
        """
        directory = self._directory()
        asked = AskedLookup(
            asked_ms=self._clock(),
            purpose=directory.purposes[enquiry.purpose].name,
            reference=enquiry.who.reference,
            members=len(directory.members),
        )
        lookup_id = LookupId(os.urandom(LOOKUP_ID_BYTES))
        running = self._running[lookup_id] = RunningLookup(username, asked)
        task = asyncio.create_task(self._run(lookup_id, running, directory, enquiry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return lookup_id

    def running(self, lookup_id: LookupId, username: str) -> RunningLookup | None:
        """Return a lookup of this person that is on its way."""
        running = self._running.get(lookup_id)
        return running if running is not None and running.username == username else None

    async def close(self) -> None:
        """End what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(
        self, lookup_id: LookupId, running: RunningLookup, directory: Directory, enquiry: Enquiry
    ) -> None:
        try:
            await self._ask(running, directory, enquiry)
            await asyncio.to_thread(self._kept.keep, lookup_id, running.username, running.kept())
        except (NodeError, OSError) as error:
            log.warning("lookup not kept", reason=type(error).__name__, place=place_of(error))
        finally:
            await running.end()
            self._running.pop(lookup_id, None)

    async def _ask(self, running: RunningLookup, directory: Directory, enquiry: Enquiry) -> None:
        """Ask, and have an answer of each member whatever happens."""
        heard = set()
        try:
            prepared, _ = await self._lookups.prepare(directory, enquiry)
            async for result in self._lookups.ask(directory, prepared):
                heard.add(result.member.id)
                await running.add(member_answer(result))
        except (NodeError, ProtocolError) as error:
            running.problem = str(error)
        silent = [member for member in directory.members.values() if member.id not in heard]
        await running.add(*map(nothing_heard, silent))
