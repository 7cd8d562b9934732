"""Asks about what is watched, on this node's own clock: whatever came of it the last time."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from node.asking.answers import MemberAnswer, member_answer
from node.asking.asker import Enquiry, Lookups
from node.asking.cases import FindCases, askable_cases, reference_sent
from node.asking.desk import ExpectCheck
from node.asking.keeping import (
    LOOKUP_ID_BYTES,
    AskedLookup,
    KeptLookup,
    KeptLookups,
    LookupId,
)
from node.asking.words import why_not_asked
from node.clock import Clock
from node.errors import NodeError
from node.logging import place_of
from node.records.cases import HeldCase
from node.store_key import StoreKey
from node.watching.news import heard_number, new_in, told_with
from node.watching.store import NEVER_MS, Ending, New, Watch, Watched, WatchStore
from node.watching.watches import DAY_MS, Pace
from protocol import labels
from protocol.directory.members import Directory
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import ProtocolError
from protocol.matching.confidence import Tier, tier_of
from protocol.messages.callback import check_urgency
from protocol.messages.lookup import Who
from protocol.messages.vocabulary import Role

log = structlog.get_logger()

AGAIN_MS = 3_600_000
"""When it is tried again where nobody could be asked."""


MISSING_MS = 14 * DAY_MS
"""How long a case that is not found is looked for."""


@dataclass(frozen=True, slots=True, repr=False)
class WhoWatches:
    """Somebody for whom a case is watched, as their account says now."""

    role: Role
    name: str
    telephone: str
    team: str


FindWho = Callable[[str], WhoWatches | None]
"""Returns who has this username, None for nobody who may ask."""


class Watcher:
    """Asks one question at a time."""

    def __init__(
        self,
        store: WatchStore,
        key: StoreKey,
        lookups: Lookups,
        kept: KeptLookups,
        find_cases: FindCases,
        find_who: FindWho,
        expect_check: ExpectCheck,
        directory: Callable[[], Directory],
        pace: Callable[[], Pace],
        clock: Clock,
    ) -> None:
        """`directory` and `pace` raise DirectoryError where none is valid."""
        self._store = store
        self._key = key
        self._lookups = lookups
        self._kept = kept
        self._find_cases = find_cases
        self._find_who = find_who
        self._expect_check = expect_check
        self._directory = directory
        self._pace = pace
        self._clock = clock

    async def turn(self) -> None:
        """Ask about the case whose time has come, if one's has and the day's allowance lasts.

        Raises:
            DirectoryError: there is no valid directory.
            StoreError: it cannot be kept.
        """
        due = await asyncio.to_thread(self._due)
        if due is None:
            return
        directory, pace = self._directory(), self._pace()
        if await asyncio.to_thread(self._are_enough_asked, pace):
            return
        enquiry = await asyncio.to_thread(self._enquiry, directory, due)
        if enquiry is None:
            return
        asked_ms = self._clock()
        # Before it goes out: what came of it must not decide when the next one does.
        await asyncio.to_thread(self._begin, due, asked_ms, pace)
        try:
            prepared, _ = await self._lookups.prepare(directory, enquiry)
            answers = [
                member_answer(result) async for result in self._lookups.ask(directory, prepared)
            ]
        except (NodeError, ProtocolError) as error:
            log.warning("watch not asked", problem=str(error), place=place_of(error))
            await asyncio.to_thread(self._put_off, due, why_not_asked(error))
            return
        asked = _asked(directory, due.watch, asked_ms)
        await asyncio.to_thread(self._keep, due, asked, answers)
        await asyncio.to_thread(self._expect_checks, due, enquiry.who, asked, answers)

    def _due(self) -> Watched | None:
        return self._store.due(self._clock())

    def _are_enough_asked(self, pace: Pace) -> bool:
        now_ms = self._clock()
        return self._store.asked_number(now_ms - now_ms % DAY_MS) >= pace.most_a_day

    def _enquiry(self, directory: Directory, due: Watched) -> Enquiry | None:
        """Return what is asked, None where the watch has ended."""
        who = self._find_who(due.username)
        if who is None:
            # Perhaps for a while: what is nobody's any more is forgotten elsewhere.
            self._store.change(due.id, self._clock() + DAY_MS, lambda watch: watch)
            return None
        watch = due.watch
        if self._clock() >= watch.ends_ms:
            self._end(due, Ending.TIME)
            return None
        case = self._case(directory, watch)
        if case is None:
            self._miss(due)
            return None
        sure = _surely(directory, case, watch.case.purpose)
        if not sure.tokens:
            # It would be a question about nobody, to which *not known* is always true.
            self._end(due, Ending.TOO_LITTLE)
            return None
        child, keyed = self._child(case), _keyed_by(directory)
        known = {"child": child, "keyed": keyed}
        self._store.change(due.id, None, lambda watch: watch.model_copy(update=known))
        reference, protected = reference_sent(case.reference), watch.case.protected_location
        return Enquiry(
            sure,
            watch.case.purpose,
            who.role,
            Who(who.name, who.telephone, who.team, reference, protected),
            username=due.username,
            is_watch=True,
        )

    def _case(self, directory: Directory, watch: Watch) -> HeldCase | None:
        """Return the case of the child that is watched. A reference may be given to another child,
        and an involvement become one of another kind: what tells are the child's keys. A child that
        has none, as one that is not born, is known by the row."""
        cases = askable_cases(self._find_cases, directory, watch.case.reference, self._clock())
        if watch.child and watch.keyed == _keyed_by(directory):
            return next((case for case in cases if watch.child & self._child(case)), None)
        id = decode_base64url(watch.case.id)
        return next((case for case in cases if id in {row.source_key for row in case.rows}), None)

    def _child(self, case: HeldCase) -> frozenset[str]:
        """Return fingerprints of the tokens by which a case's child is told from others: its
        number, its names with its date of birth, which stay when it moves."""
        return frozenset(
            self._key.fingerprint(labels.STORE_WATCH_CHILD, keyed.token).hex()
            for keyed in case.tokens
            if tier_of(keyed.key_id) <= Tier.PROBABLE
        )

    def _miss(self, due: Watched) -> None:
        """Look again tomorrow for a case that is not there: perhaps its file is loaded anew, under
        another key or matching version. What has not been there for long is held no more."""
        now_ms = self._clock()
        since_ms = due.watch.missing_ms or now_ms
        if now_ms - since_ms >= MISSING_MS:
            self._end(due, Ending.NOT_HELD)
            return
        missing = {"missing_ms": since_ms}
        self._store.change(due.id, now_ms + DAY_MS, lambda watch: watch.model_copy(update=missing))

    def _end(self, due: Watched, ending: Ending) -> None:
        ended = {"ending": ending, "ended_ms": self._clock()}
        self._store.change(due.id, NEVER_MS, lambda watch: watch.model_copy(update=ended))

    def _begin(self, due: Watched, asked_ms: int, pace: Pace) -> None:
        begun = {"asked_ms": asked_ms, "problem": "", "missing_ms": 0}
        next_ms = asked_ms + pace.interval_ms
        self._store.change(due.id, next_ms, lambda watch: watch.model_copy(update=begun))

    def _put_off(self, due: Watched, problem: str) -> None:
        failed = {"asked_ms": due.watch.asked_ms, "problem": problem}
        next_ms = self._clock() + AGAIN_MS
        self._store.change(due.id, next_ms, lambda watch: watch.model_copy(update=failed))

    def _keep(self, due: Watched, asked: AskedLookup, answers: Sequence[MemberAnswer]) -> None:
        found = new_in(due.watch.told, answers)
        lookup_id = LookupId(os.urandom(LOOKUP_ID_BYTES))
        if found:
            kept = KeptLookup(asked=asked, answers=tuple(answers))
            self._kept.keep(lookup_id, due.username, kept)
        names = tuple(sorted(answer.name for answer in found))
        new = New(asked_ms=asked.asked_ms, lookup=encode_base64url(lookup_id), names=names)

        def seen(watch: Watch) -> Watch:
            return watch.model_copy(
                update={
                    "told": told_with(watch.told, answers),
                    "members": asked.members,
                    "heard": heard_number(answers),
                    "news": (*watch.news, new) if found else watch.news,
                }
            )

        self._store.change(due.id, None, seen)

    def _expect_checks(
        self, due: Watched, who: Who, asked: AskedLookup, answers: Sequence[MemberAnswer]
    ) -> None:
        for answer in answers:
            if answer.is_being_checked:
                self._expect_check(due.username, who, asked, answer)


def _asked(directory: Directory, watch: Watch, asked_ms: int) -> AskedLookup:
    return AskedLookup(
        asked_ms=asked_ms,
        purpose=watch.purpose,
        check_urgency=check_urgency(directory.purposes[watch.case.purpose]),
        reference=reference_sent(watch.case.reference),
        members=len(directory.members),
        case=watch.case,
    )


def _keyed_by(directory: Directory) -> str:
    """Return what tokens are comparable under."""
    key = directory.oprf_key
    return f"{key.key_id.hex() if key else ''}, {directory.matching_version}"


def _surely(directory: Directory, case: HeldCase, purpose: int) -> HeldCase:
    """Return a case with the keys alone on which something is known: what fits in part would be
    looked at by a duty officer there, each time anew."""
    granted = directory.purposes.get(purpose)
    unasked = {Tier.POSSIBLE} if granted and granted.household else {Tier.POSSIBLE, Tier.HOUSEHOLD}
    tokens = tuple(keyed for keyed in case.tokens if tier_of(keyed.key_id) not in unasked)
    return replace(case, tokens=tokens)
