"""What shielding officers do: shield a child, look again, end it, see who was told before."""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from node.clock import Clock, local_day
from node.errors import ShieldError
from node.ledger.entries import AnsweredEntry, Asker, open_answered
from node.ledger.ledger import AskedHere, Ledger
from node.records.applications import Application, ApplicationId, Decision
from node.records.cases import HeldCase
from node.records.identity import Identity, grown
from node.records.shield import Shield, ShieldId, ShieldReview
from node.records.shields import AlreadyShieldedError, RecordsChangedError
from node.records.store import RecordStore
from node.records.tokens import NAMING, SEPARATING, Tokens
from node.store_key import StoreKey
from protocol.identifiers import MemberId
from protocol.messages.vocabulary import Outcome

REVIEWED_IN = timedelta(days=90)
"""Unless an officer says otherwise."""

TOLD_MS = 365 * 86_400_000
"""How far back it is looked who was told of a child."""

ROWS_AT_ONCE = 1000

TRIES = 3
"""To make a shield while records are loaded."""

_TOLD = frozenset(
    outcome.name.lower() for outcome in (Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED)
)


@dataclass(frozen=True, slots=True)
class Former:
    """What an officer says of a former identity of a child (adoption, a protected person)."""

    cases: Collection[str] = ()
    """Other cases here that are of it."""
    namesakes: Collection[str] = ()
    """Cases of other children, who have its name and date of birth."""


class NotAllFormerError(ShieldError):
    """Cases that have a name with date of birth or a number in common with a former identity, and
    of which it is not said whose they are. One that is of the child's identity of now is mended
    first."""

    def __init__(self, references: Sequence[str]) -> None:
        super().__init__(f"it has entries in common with case {'; '.join(references)}")
        self.references = references


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A question about a child that was answered before it was shielded."""

    asked_ms: int
    member: MemberId
    asker: Asker
    role: str
    purpose: int
    outcome: str


class Shielding:
    """Shields as officers handle them, by their names."""

    def __init__(self, records: RecordStore, ledger: Ledger, key: StoreKey, clock: Clock) -> None:
        self._records = records
        self._ledger = ledger
        self._key = key
        self._clock = clock
        self.shields, self.applications = records.shields, records.applications

    def cases(self, case_reference: str) -> Sequence[HeldCase]:
        """Return the children of a case reference, those no longer answered too: they may be
        loaded again.

        Raises:
            ShieldError: there is none.
        """
        state = self._records.index_state()
        if state is None:
            raise ShieldError("no records are loaded, or sources are of different keys")
        found = self._records.find_cases(
            case_reference, state.oprf_key, state.matching_version, date.min
        )
        if not found:
            raise ShieldError(f"there is no case {case_reference}")
        return found

    def begin(
        self,
        case: HeldCase,
        officer: str,
        reason: str,
        review_in: timedelta = REVIEWED_IN,
        former: Former | None = None,
    ) -> tuple[ShieldId, Shield]:
        """Shield the child of a case, in all that is held of it and in all that is loaded later.

        With `former` it is a former identity of the child, which is separated: nothing is joined to
        it any more.

        Raises:
            AlreadyShieldedError: it is.
            NotAllFormerError: it has more in common with cases than is said of them.
            ShieldError: nobody or no reason is named.
        """
        reason, officer = said(reason, "why"), said(officer, "who you are")
        for _ in range(TRIES):
            shield, load_number = self._made(case, former)
            now_ms = self._clock()
            told = {
                "reason": reason,
                "begun_by": officer,
                "begun_ms": now_ms,
                "review_on": local_day(now_ms) + review_in,
            }
            shield = shield.model_copy(update=told)
            with suppress(RecordsChangedError):
                return self.shields.begin(shield, load_number), shield
        raise ShieldError("records are being loaded: try again in a minute")

    def _made(self, case: HeldCase, former: Former | None) -> tuple[Shield, int]:
        """Return a shield of a case as it is now, and the number of the last load by then."""
        state = self._records.index_state()
        case = self._as_it_is(case)
        rows = frozenset(row.source_key for row in case.rows)
        identity = grown(Identity(Tokens.of(case.tokens), rows), self._records.tokens)
        namesakes: Collection[str] = ()
        if former is not None:
            identity = self._of_former(identity, rows, former)
            namesakes = former.namesakes
        shield = Shield(
            case_reference=case.reference,
            reason="",
            begun_by="",
            begun_ms=0,
            review_on=date.min,
            tokens=identity.tokens.content,
            rows=tuple(sorted(identity.rows)),
            other_kinds=tuple(sorted(self._records.other_kinds(identity.rows))),
            is_separated=former is not None,
            namesakes=tuple(sorted(namesakes)),
        )
        return shield, state.load_number if state is not None else 0

    def _as_it_is(self, case: HeldCase) -> HeldCase:
        """Return a case that somebody has chosen, as it is now.

        Raises:
            ShieldError: it is no longer held, or its records have no tokens: they were of a former
                identity, and were not loaded since.
        """
        rows = {row.source_key for row in case.rows}
        for each in self.cases(case.reference):
            if rows.isdisjoint(row.source_key for row in each.rows):
                continue
            standing = (held.shield.identity.rows for held in self.shields.in_force())
            if each.tokens or any(not rows.isdisjoint(held) for held in standing):
                return each
            raise ShieldError("its records have to be loaded anew before it can be shielded again")
        raise ShieldError(f"case {case.reference} is no longer held")

    def _of_former(self, identity: Identity, case: AbstractSet[bytes], former: Former) -> Identity:
        """Return a former identity, once all that has something in common is accounted for."""
        told = {token for _, token in identity.tokens.of_keys(NAMING)}
        named = [
            (source_key, tokens, reference)
            for source_key, tokens, reference in self._records.rows()
            if source_key not in identity.rows and not told.isdisjoint(tokens.with_keys(NAMING))
        ]
        for source_key, tokens, reference in named:
            if reference in former.cases:
                identity = identity.with_row(source_key, tokens)
        identity = grown(identity, self._records.tokens)
        own = self._records.references(identity.rows - case) - {*former.cases}
        others = {
            reference for source_key, _, reference in named if source_key not in identity.rows
        }
        if left := own | (others - {*former.namesakes}):
            raise NotAllFormerError(sorted(left))
        return Identity(identity.tokens.of_keys(SEPARATING), identity.rows)

    def review(self, id: ShieldId, officer: str, note: str, review_in: timedelta) -> None:
        """Keep that a shield is still needed, and why.

        Raises:
            ShieldError: nobody or nothing is said, or there is no such shield in force.
        """
        now_ms = self._clock()
        review = ShieldReview(
            by=said(officer, "who you are"), reviewed_ms=now_ms, note=said(note, "what you found")
        )
        self.shields.review(id, review, local_day(now_ms) + review_in)

    def end(self, id: ShieldId, officer: str) -> Shield:
        """End a shield, once a second officer wants it.

        Raises:
            ShieldError: nobody is named, there is none in force, or the same officer asks twice.
        """
        return self.shields.end(id, said(officer, "who you are"), self._clock())

    def shield_as_asked(
        self,
        id: ApplicationId,
        case: HeldCase,
        officer: str,
        verified: str,
        reason: str,
        review_in: timedelta,
    ) -> ShieldId:
        """Shield a child as somebody has asked; one that is shielded already stays so.

        Raises:
            ShieldError: nothing is to be decided, or not by this officer, or something is not said.
        """
        self.application(id).check_may_decide(officer)
        said(verified, "how it was made sure who asks")
        try:
            shield, _ = self.begin(case, officer, reason, review_in)
        except AlreadyShieldedError as error:
            shield = error.id
            # Another officer may want it to end: it is needed.
            self.review(shield, officer, reason, review_in)
        try:
            self._decide(id, officer, verified, reason, shield.hex())
        except ShieldError as error:
            raise ShieldError(f"the child is shielded now; of the request: {error}") from None
        return shield

    def refuse(self, id: ApplicationId, officer: str, verified: str, reason: str) -> None:
        """Decide that a child is not shielded.

        Raises:
            ShieldError: nothing is to be decided, or not by this officer, or something is not said.
        """
        self._decide(id, officer, verified, reason, "")

    def appeal(self, id: ApplicationId, why: str) -> None:
        """Keep that somebody does not take a refusal; another officer decides.

        Raises:
            ShieldError: it was not refused, or was appealed before, or nothing is said.
        """
        why = said(why, "why")
        self.applications.change(id, lambda held: held.appealed(why), self._clock())

    def application(self, id: ApplicationId) -> Application:
        """Return what somebody asks.

        Raises:
            ShieldError: there is none.
        """
        found = self.applications.find(id)
        if found is None:
            raise ShieldError("there is no such request")
        return found

    def _decide(
        self, id: ApplicationId, officer: str, verified: str, reason: str, shield: str
    ) -> None:
        now_ms = self._clock()
        decision = Decision(
            by=said(officer, "who you are"),
            decided_ms=now_ms,
            verified=said(verified, "how it was made sure who asks"),
            reason=said(reason, "why"),
            shield=shield,
        )
        self.applications.change(id, lambda held: held.decided(decision), now_ms)

    def forget_old(self) -> None:
        """Remove requests that were decided a year ago."""
        self.applications.forget_old(self._clock())

    def number_to_look_at(self, officer: str) -> int:
        """Return how many shields and requests for one an officer should look at: it is time,
        another officer wants one to end, or somebody waits for a decision."""
        today = local_day(self._clock())
        standing = (each.shield for each in self.shields.in_force())
        return self.applications.waiting_number() + sum(
            shield.review_on <= today or shield.end_asked_by not in ("", officer)
            for shield in standing
        )

    def told_before(self, shield: Shield) -> Sequence[Told]:
        """Return who was told of a child in the year until now, the latest first. All that was
        asked here in that time is read: seconds, where there are hundreds of thousands.

        Raises:
            StoreError: an entry cannot be opened.
        """
        references = self._records.references(shield.rows) | {shield.case_reference}
        found = [
            Told(row.received_ms, row.sender, asker, entry.role, entry.purpose, entry.outcome)
            for row, entry in self._answered()
            if (asker := entry.asker) is not None
            and entry.outcome in _TOLD
            and not references.isdisjoint(entry.case_references)
        ]
        return found[::-1]

    def _answered(self) -> Iterator[tuple[AskedHere, AnsweredEntry]]:
        since_ms, last = self._clock() - TOLD_MS, 0
        while rows := self._ledger.questions_after(last, ROWS_AT_ONCE):
            last = rows[-1].row_id
            for row in rows:
                if row.received_ms >= since_ms:
                    yield row, open_answered(self._key, row.entry, row.round_id)


def said(text: str, what: str) -> str:
    """Return what an officer has said.

    Raises:
        ShieldError: nothing.
    """
    if not text.strip():
        raise ShieldError(f"say {what}")
    return text.strip()
