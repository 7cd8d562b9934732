"""Lookups that end as they are told, in place of a federation."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence

from node.asking.asker import Enquiry, Lookups, MemberResult, PreparedLookup
from node.errors import AskError
from node.evaluating.evaluator import EvaluationReport
from protocol.directory.members import Directory
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId
from protocol.matching.confidence import Tier
from protocol.messages.vocabulary import Cause, Outcome
from tests.node.small_federation import DIRECTORY, council, involvement

ROUND = RoundId(b"r" * ROUND_ID_BYTES)
"""The round of every question that something was found to."""

_FOUND = {Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED}


class ScriptedLookups(Lookups):
    """Gives results, one each time it is let go on; all at once where nobody holds it."""

    def __init__(self, results: Sequence[MemberResult] = (), problem: str = "") -> None:
        self.results = results
        self.problem = problem
        self.asked: list[Enquiry] = []
        self.sent_to: list[frozenset[MemberId]] = []
        self._held: asyncio.Semaphore | None = None

    def hold(self) -> None:
        """Give nothing until it is let go on."""
        self._held = asyncio.Semaphore(0)

    def go_on(self) -> None:
        """Give one more result, or the end."""
        assert self._held is not None
        self._held.release()

    async def prepare(
        self, directory: Directory, enquiry: Enquiry
    ) -> tuple[PreparedLookup, EvaluationReport]:
        del directory
        self.asked.append(enquiry)
        if self.problem:
            raise AskError(self.problem)
        return PreparedLookup(enquiry, ()), EvaluationReport()

    async def ask(
        self,
        directory: Directory,
        prepared: PreparedLookup,
        members: Collection[MemberId] | None = None,
    ) -> AsyncIterator[MemberResult]:
        del prepared
        asked = frozenset(directory.members if members is None else members)
        self.sent_to.append(asked)
        for result in self.results:
            if result.member.id in asked:
                await self._wait()
                yield result
        await self._wait()

    async def _wait(self) -> None:
        if self._held is not None:
            await self._held.acquire()


def of(number: int, outcome: Outcome, cause: Cause = Cause.NONE) -> MemberResult:
    """Return how the question to a council ended."""
    member = DIRECTORY.member(council(number).id)
    round_id = ROUND if outcome in _FOUND else None
    return MemberResult(member, outcome, cause, round_id=round_id)


def known(number: int, **contact: str) -> MemberResult:
    member = DIRECTORY.member(council(number).id)
    involved = (involvement(**contact),)  # type: ignore[arg-type]
    return MemberResult(
        member, Outcome.KNOWN, tier=Tier.CERTAIN, involvements=involved, round_id=ROUND
    )


def being_checked(number: int) -> MemberResult:
    """Return the answer of a council that looks first at whatever fits, surely or not."""
    member = DIRECTORY.member(council(number).id)
    return MemberResult(member, Outcome.BEING_CHECKED, tier=Tier.CERTAIN, round_id=ROUND)


def of_the_household(number: int) -> MemberResult:
    member = DIRECTORY.member(council(number).id)
    return MemberResult(
        member,
        Outcome.BEING_CHECKED,
        tier=Tier.HOUSEHOLD,
        difference="same household",
        round_id=ROUND,
    )
