"""Call-back requests, checks and corrections: ours and those of others, each with an owner, steps
and a clock."""

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from node.clock import Clock
from node.errors import CallBackError
from node.ledger.entries import open_answered
from node.ledger.ledger import Ledger
from node.post.callback_store import CallBack, CallBackKind, CallBackStore, DoneStep, IsShielded
from node.post.outbox import StoredOutbox
from node.store_key import StoreKey
from protocol.identifiers import Epoch, MemberId, RoundId, epoch_at
from protocol.matching.confidence import rank_of
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import (
    CALL_BACK_ID_BYTES,
    HOUR_MS,
    AddedTags,
    CallBackGiven,
    CallBackNews,
    CallBackRequest,
    Step,
    Urgency,
    check_id,
)
from protocol.messages.post import PostType

LISTED_MS = 28 * 24 * HOUR_MS
"""How long what was done is listed with what is to do."""

KEPT_MS = 365 * 24 * HOUR_MS
"""How long a request is kept after its last step."""

MOST_STEPS = 50
"""So many steps of another council are kept: it cannot fill our disk with them."""

UNREACHED_MS = 3 * 5 * 60_000
"""What has no receipt after three beats of five minutes has not reached the other council."""


@dataclass(frozen=True, slots=True, repr=False)
class Matched:
    """What a question of another member met here."""

    case_references: tuple[str, ...]
    protected_location: bool = False
    """Whether whoever asked it says that where the child lives is protected."""


FindMatched = Callable[[RoundId, MemberId], Matched | None]
"""What a question of a member met; None where it asked none of this round."""

Fitting = Callable[[Sequence[str], Epoch, Collection[bytes]], Sequence[tuple[str, KeyId]]]
"""Those of these references under which a record of ours has one of these tags of an epoch, each
with the strongest key on which it does."""


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """Who asks to be rung, about which question of ours, how soon, and with what message; or who
    says what is wrong in an answer."""

    username: str
    name: str
    telephone: str
    team: str
    reference: str
    round_id: RoundId
    urgency: Urgency
    message: str


TELLING = frozenset({Step.IS_THE_CHILD, Step.FIELD_ASKED})
"""What tells another council that a child may be known here."""

SHIELDED = (
    "a shielding officer has hidden this child since it was asked about. Say that it is not, or "
    "that you cannot say"
)


class ShieldedCaseError(CallBackError):
    """A check of a child who was shielded since: nobody is told that it is known."""


class CallBacks:
    """Makes requests and takes those of others; what changes is told to the other council."""

    def __init__(
        self,
        store: CallBackStore,
        outbox: StoredOutbox,
        clock: Clock,
        find_matched: FindMatched,
        is_shielded: IsShielded,
    ) -> None:
        """What is put into the outbox is on the disk with the change that it tells of."""
        self._is_shielded = is_shielded
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._find_matched = find_matched

    def ask(
        self, member: MemberId, asking: Asking, kind: CallBackKind = CallBackKind.REQUEST
    ) -> CallBack:
        """Ask a council to ring, or to look at an answer of its own that is wrong. What is sent
        twice, word for word, is asked once, as long as it is open.

        Raises:
            MalformedError: a text is too long or not printable.
            StoreError: it cannot be kept.
        """
        request = CallBackRequest(
            os.urandom(CALL_BACK_ID_BYTES),
            asking.round_id,
            asking.urgency,
            self._clock(),
            asking.name,
            asking.telephone,
            asking.team,
            asking.reference,
            asking.message,
        )
        message = request.post(_TYPES[kind])
        made = CallBack(request, True, member, asking.username, (), (), kind)
        with self._store.changing():
            open_one = self.asked_about(member, asking.round_id, kind)
            if open_one is not None and _says_the_same(open_one.request, request):
                return open_one
            self._store.keep(made)
            self._outbox.put(member, message)
        return made

    def asked_about(
        self, member: MemberId, round_id: RoundId, kind: CallBackKind
    ) -> CallBack | None:
        """Return what of this kind we have asked a council about its answer and is open."""
        found = (
            each
            for each in self._store.open_with(member)
            if (each.request.round_id, each.kind) == (round_id, kind)
        )
        return next(found, None)

    def expect_check(self, member: MemberId, asking: Asking, asked_ms: int) -> None:
        """Keep that a council checks whether a question of ours is about a child of its own. It
        knows that by itself: nothing is sent, and its news are taken."""
        request = CallBackRequest(
            check_id(asking.round_id, member),
            asking.round_id,
            asking.urgency,
            asked_ms,
            asking.name,
            asking.telephone,
            asking.team,
            asking.reference,
            asking.message,
        )
        with self._store.changing():
            if self._store.find(request.id, ours=True) is None:
                kind = CallBackKind.CHECK
                expected = CallBack(request, True, member, asking.username, (), (), kind)
                self._store.keep(expected)

    def take_request(self, sender: MemberId, content: bytes) -> bool:
        """Take a request of another council; what comes again changes nothing.

        Raises:
            MalformedError: not a request.
        """
        return self._take(sender, content, CallBackKind.REQUEST)

    def take_correction(self, sender: MemberId, content: bytes) -> bool:
        """Take what another council says is wrong in an answer of ours; likewise.

        Raises:
            MalformedError: not of this form.
        """
        return self._take(sender, content, CallBackKind.CORRECTION)

    def _take(self, sender: MemberId, content: bytes, kind: CallBackKind) -> bool:
        request = CallBackRequest.decode(content)
        request = replace(request, asked_ms=min(request.asked_ms, self._clock()))
        matched = self._find_matched(request.round_id, sender)
        with self._store.changing():
            if matched is not None and self._store.find(request.id, ours=False) is None:
                taken = CallBack(
                    request,
                    False,
                    sender,
                    "",
                    matched.case_references,
                    (),
                    kind,
                    protected_location=matched.protected_location,
                )
                self._store.keep(taken)
        return True

    def take_news(self, sender: MemberId, content: bytes) -> bool:
        """Take what another council did about a request of ours.

        Raises:
            MalformedError: no news.
        """
        news = CallBackNews.decode(content)
        done = DoneStep(step=news.step, at_ms=news.at_ms, owner=news.owner, note=news.note)
        with self._store.changing():
            found = self._store.find(news.id, ours=True)
            if found is not None and found.member == sender and _is_news(done, found):
                is_new = found.is_new or done.step not in _ON_THE_WAY
                self._store.keep(replace(found, steps=(*found.steps, done), is_new=is_new))
        return True

    def looked(self, id: bytes) -> None:
        """Keep that whoever waits for one of ours has looked at what was done.

        Raises:
            StoreError: it cannot be kept.
        """
        with self._store.changing():
            found = self._store.find(id, ours=True)
            if found is not None and found.is_new:
                self._store.keep(replace(found, is_new=False))

    def do(
        self,
        id: bytes,
        step: Step,
        owner: str,
        note: str,
        is_wanted: Callable[[CallBack], bool] = lambda _: True,
    ) -> CallBack:
        """Do something about a request of another council, and have it told. Where that was decided
        by what was read before, `is_wanted` is asked of the request as it is now.

        Raises:
            CallBackError: there is none of that id, it is closed, or the step is not wanted.
            MalformedError: a text is too long or not printable.
            StoreError: it cannot be kept.
        """
        with self._store.changing():
            found = self._store.find(id, ours=False)
            if found is None:
                raise CallBackError("there is no such request")
            if found.is_closed:
                raise CallBackError("this request is closed")
            if step.is_of_checks and not found.is_check:
                raise CallBackError("this is no check")
            if step is Step.FIELD_ASKED and found.decision is not None:
                raise CallBackError("somebody has said already whether it is the child")
            if step in TELLING and any(map(self._is_shielded, found.case_references)):
                raise ShieldedCaseError(SHIELDED)
            if not is_wanted(found):
                raise CallBackError("somebody has seen to this request")
            # The other side takes nothing that is older than what it has: ours may have been set.
            at_ms = max(self._clock(), found.last.at_ms + 1 if found.last else 0)
            message = CallBackNews(id, step, at_ms, owner, note).post()
            done = DoneStep(step=step, at_ms=at_ms, owner=owner, note=note)
            changed = replace(found, steps=(*found.steps, done))
            self._store.keep(changed)
            self._outbox.put(found.member, message)
        return changed

    def give(self, id: bytes, username: str, name: str, telephone: str, team: str) -> None:
        """Give a request or a check of ours to somebody else, and have the other council told whom
        to ring.

        Raises:
            CallBackError: there is none of that id, or nobody has to ring any more.
            MalformedError: a text is too long or not printable.
            StoreError: it cannot be kept.
        """
        with self._store.changing():
            found = self._store.find(id, ours=True)
            if found is None or not found.is_open:
                raise CallBackError("this request is done")
            # The other side takes nothing that is older than what it has: our clock may be set.
            given = CallBackGiven(id, max(self._clock(), found.given_ms + 1), name, telephone, team)
            message = given.post()
            self._store.keep(replace(_given(found, given), username=username, is_new=True))
            self._outbox.put(found.member, message)

    def take_given(self, sender: MemberId, content: bytes) -> bool:
        """Take whom to ring from now on, of whoever asked.

        Raises:
            MalformedError: not of this form.
        """
        given = CallBackGiven.decode(content)
        with self._store.changing():
            found = self._store.find(given.id, ours=False)
            if found is None or found.member != sender or found.is_closed:
                return True
            if given.at_ms > found.given_ms:
                self._store.keep(_given(found, given))
        return True

    def add_tags(self, id: bytes, tags_for: Callable[[MemberId, Epoch], Sequence[bytes]]) -> None:
        """Send the council of a check of ours the tags, made for it and an epoch, of what else is
        known of the child.

        Raises:
            CallBackError: there is no such check, or nobody looks any more.
            StoreError: it cannot be kept.
        """
        with self._store.changing():
            found = self._store.find(id, ours=True)
            if found is None or not found.wants_a_field:
                raise CallBackError("this check is done")
            at_ms = max(self._clock(), found.added_ms + 1)
            epoch = epoch_at(at_ms / 1000)
            tags = tuple(tags_for(found.member, epoch))
            message = AddedTags(id, at_ms, epoch, tags).post()
            self._store.keep(replace(found, added_ms=at_ms))
            self._outbox.put(found.member, message)

    def take_tags(self, fitting: Fitting, sender: MemberId, content: bytes) -> bool:
        """Keep whether what else another council knows of the child fits the records that its check
        is of. Nothing is told of it: somebody reads it, and says what he finds.

        Raises:
            MalformedError: not of this form.
        """
        added = AddedTags.decode(content)
        with self._store.changing():
            found = self._store.find(added.id, ours=False)
            if found is None or found.member != sender or not found.wants_a_field:
                return True
            if added.at_ms > found.added_ms:
                fits = fitting(found.case_references, added.epoch, added.tags)
                self._store.keep(
                    replace(
                        found,
                        added_ms=added.at_ms,
                        added_after=len(found.steps),
                        added_fits=_strongest([*found.added_fits, *fits]),
                    )
                )
        return True

    def find(self, id: bytes, *, ours: bool) -> CallBack | None:
        """Return a request."""
        return self._store.find(id, ours=ours)

    def all(self, *, ours: bool) -> Sequence[CallBack]:
        """Return ours, or those of others: what is open first, by when it is due, then what was
        done last."""
        return self._store.since(0, ours=ours)

    def of_late(self, length_ms: int, *, ours: bool) -> Sequence[CallBack]:
        """Return those of `all` that are open, or have changed within a time until now."""
        return self._store.since(self._clock() - length_ms, ours=ours)

    def unreached(self, listed: Iterable[CallBack]) -> Collection[bytes]:
        """Return the ids of those of ours among these that the other council does not have, though
        it should by now: it is silent, or no hub reaches it."""
        waiting, before_ms = self._outbox.waiting(), self._clock() - UNREACHED_MS
        return {
            each.request.id
            for each in listed
            # What it has done tells that it has the request, though a receipt was lost.
            if each.request.id in waiting and each.request.asked_ms <= before_ms and not each.steps
        }

    def open_of_others(self) -> Sequence[CallBack]:
        """Return those of others that somebody here still has to see to."""
        return self._store.open_of_others()

    def open_of_ours(self) -> Sequence[CallBack]:
        """Return those of ours that nobody has rung about."""
        return self._store.open_of_ours()

    def awaited(self) -> Sequence[CallBack]:
        """Return those of ours that somebody still waits for, or, as long as it is listed, has not
        looked at."""
        return self._store.awaited(self._clock() - LISTED_MS)

    def open_number(self) -> int:
        """Return how many of others somebody here still has to ring."""
        return self._store.open_number()

    def forget_old(self) -> None:
        """Remove requests that nothing was done about for a year."""
        self._store.forget(self._clock() - KEPT_MS, self._clock())


def _says_the_same(before: CallBackRequest, request: CallBackRequest) -> bool:
    return (before.urgency, before.message) == (request.urgency, request.message)


_TYPES = {
    CallBackKind.REQUEST: PostType.CALL_BACK_REQUEST,
    CallBackKind.CORRECTION: PostType.CORRECTION,
}


def matched_in(ledger: Ledger, key: StoreKey) -> FindMatched:
    """Return what tells by the ledger what a question met here."""

    def find_matched(round_id: RoundId, sender: MemberId) -> Matched | None:
        sealed = ledger.question(round_id, sender)
        if sealed is None:
            return None
        entry = open_answered(key, sealed, round_id)
        protected = entry.asker is not None and entry.asker.protected_location
        return Matched(entry.case_references, protected)

    return find_matched


_ON_THE_WAY = frozenset({Step.SEEN, Step.PASSED_ON})
"""Steps after which whoever asked has nothing new to do."""


def _given(found: CallBack, given: CallBackGiven) -> CallBack:
    request = replace(found.request, name=given.name, telephone=given.telephone, team=given.team)
    return replace(found, request=request, given_ms=given.at_ms)


def _strongest(fits: Sequence[tuple[str, KeyId]]) -> tuple[tuple[str, KeyId], ...]:
    """Return each reference once, with its strongest key, the strongest of all first: what is typed
    wrong the next time leaves what was found."""
    by_strength = sorted(fits, key=lambda fit: rank_of(fit[1]), reverse=True)
    of_each = dict(by_strength)
    return tuple(sorted(of_each.items(), key=lambda fit: rank_of(fit[1])))


def _is_news(done: DoneStep, found: CallBack) -> bool:
    if found.is_closed or len(found.steps) >= MOST_STEPS:
        return False
    if done.step.is_of_checks and not found.is_check:
        return False
    if done.step is Step.FIELD_ASKED and found.decision is not None:
        return False
    return found.last is None or done.at_ms > found.last.at_ms
