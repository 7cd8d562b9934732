"""One lookup while it is answered, and for a while after: in memory alone."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from functools import partial

from node.asking.answers import MemberAnswer
from node.asking.asker import PreparedLookup
from node.asking.keeping import AskedLookup, KeptLookup, LookupId
from node.clock import Clock

AGAIN_MS = 10 * 60_000
"""How long the tokens of a question that some have not answered stay in memory, never on a disk."""


class RunningLookup:
    """One question that is being answered."""

    def __init__(
        self, username: str, asked: AskedLookup, answers: Iterable[MemberAnswer] = ()
    ) -> None:
        self.username = username
        self.asked = asked
        self.prepared: PreparedLookup | None = None
        """Once its tokens are made."""
        self.problem = ""
        self.is_wanted = True
        """Whether it is to be kept."""
        self.is_kept = False
        self.answers: list[MemberAnswer] = [*answers]
        self.has_ended = False
        self._news = asyncio.Condition()

    @property
    def may_be_asked_again(self) -> bool:
        """Whether somebody who has not answered would be asked with the same tokens."""
        return self.prepared is not None and any(each.may_come_yet for each in self.answers)

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


class EndedLookups:
    """Lookups that have ended, with what is on no disk of them: tokens that somebody can be asked
    again with, or answers that could not be kept. Each is let go a while after it was asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ended: dict[LookupId, RunningLookup] = {}

    def remember(self, lookup_id: LookupId, ended: RunningLookup) -> None:
        if not ended.is_wanted or (ended.is_kept and not ended.may_be_asked_again):
            return
        self._ended[lookup_id] = ended
        left_ms = max(0, ended.asked.asked_ms + AGAIN_MS - self._clock())
        asyncio.get_running_loop().call_later(left_ms / 1000, self._ended.pop, lookup_id, None)

    def find(self, lookup_id: LookupId, username: str) -> RunningLookup | None:
        """Return a lookup of this person that ended a while ago at the most."""
        found = self._ended.get(lookup_id)
        if found is None or found.username != username:
            return None
        return found if self._clock() - found.asked.asked_ms < AGAIN_MS else None

    def forget(self, lookup_id: LookupId, username: str) -> None:
        """Let go a lookup of this person."""
        ended = self._ended.get(lookup_id)
        if ended is not None and ended.username == username:
            del self._ended[lookup_id]
