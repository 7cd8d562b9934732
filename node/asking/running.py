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
    again with for a while after it was asked, or answers that could not be kept, for a while from
    their end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ended: dict[LookupId, tuple[RunningLookup, int]] = {}
        """Each with the Unix time at which it is let go."""

    def remember(self, lookup_id: LookupId, ended: RunningLookup) -> None:
        if not ended.is_wanted or (ended.is_kept and not ended.may_be_asked_again):
            return
        now_ms = self._clock()
        until_ms = (ended.asked.asked_ms if ended.is_kept else now_ms) + AGAIN_MS
        self._ended[lookup_id] = (ended, until_ms)
        left_ms = max(0, until_ms - now_ms)
        asyncio.get_running_loop().call_later(left_ms / 1000, self._let_go, lookup_id, until_ms)

    def find(self, lookup_id: LookupId, username: str) -> RunningLookup | None:
        """Return a lookup of this person that ended a while ago at the most."""
        found, until_ms = self._ended.get(lookup_id, (None, 0))
        if found is None or found.username != username or self._clock() >= until_ms:
            return None
        return found

    def forget(self, lookup_id: LookupId, username: str) -> None:
        """Let go a lookup of this person."""
        ended, _ = self._ended.get(lookup_id, (None, 0))
        if ended is not None and ended.username == username:
            del self._ended[lookup_id]

    def _let_go(self, lookup_id: LookupId, until_ms: int) -> None:
        """Let go a lookup, unless it was asked again and is to stay for longer."""
        _, stays_until_ms = self._ended.get(lookup_id, (None, 0))
        if stays_until_ms <= until_ms:
            self._ended.pop(lookup_id, None)
