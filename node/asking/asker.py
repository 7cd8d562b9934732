"""A lookup from here: tokens, a cell for each member, answers as they come (spec 50 §2-4)."""

import asyncio
import hmac
import os
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from node.clock import Clock
from node.errors import AskError
from node.evaluating.evaluator import EvaluationReport, Evaluator
from node.federation.rounds import Delivery, Failure, RoundSender
from node.keys import NodeKeys
from node.ledger.entries import AskedEntry, Asker, Caller, seal_entry
from node.ledger.ledger import Ledger
from node.records.cases import HeldCase
from node.store_key import StoreKey
from protocol import limits
from protocol.directory.members import Directory, Member
from protocol.errors import ProtocolError
from protocol.identifiers import ROUND_ID_BYTES, Epoch, MemberId, RoundId, epoch_at
from protocol.matching.confidence import Tier, difference_of, tier_of
from protocol.matching.identity import Identity
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MatchKey, question_keys
from protocol.messages.involvement import Involvement
from protocol.messages.lookup import SLOT_BYTES, Answer, Question, Slots, Who
from protocol.messages.vocabulary import Cause, Outcome, Role
from protocol.sealing.bundle import encode_bundle
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import Header, Kind, SentRequest, seal_request
from protocol.tags import (
    SEED_BYTES,
    hit_proof,
    mask_seed,
    tag,
    tag_context,
    who_key,
)


@dataclass(frozen=True, slots=True, repr=False)
class OnTheTelephone:
    """Somebody for whom a question is asked. It stays here: another council rings whoever asks."""

    name: str
    organisation: str
    verified: str
    """How it was made sure who that is."""


@dataclass(frozen=True, slots=True, repr=False)
class Enquiry:
    """What a practitioner wants to know, and on what grounds."""

    child: Identity | HeldCase
    purpose: int
    role: Role
    who: Who
    caller: OnTheTelephone | None = None
    username: str = ""
    """Of whose account it is asked; "" at the terminal."""
    is_watch: bool = False
    """Whether the node asks by itself, as somebody has it watch a case."""
    kept_as: str = ""
    """Where the answers will be kept, in base64url."""


@dataclass(frozen=True, slots=True, repr=False)
class MemberResult:
    """How the question to one member ended. `tier` and what follows stand on a proven hit alone."""

    member: Member
    outcome: Outcome
    cause: Cause = Cause.NONE
    tier: Tier | None = None
    difference: str = ""
    involvements: tuple[Involvement, ...] = ()
    round_id: RoundId | None = None
    """Of a question that something was found to, by which the member finds it again."""


@dataclass(frozen=True, slots=True, repr=False)
class _Keyed:
    key_id: KeyId
    token: bytes


class Lookups:
    """Asks every member about one child."""

    def __init__(
        self,
        member: MemberId,
        keys: NodeKeys,
        evaluator: Evaluator,
        sender: RoundSender,
        ledger: Ledger,
        store_key: StoreKey,
        clock: Clock,
    ) -> None:
        self._member = member
        self._keys = keys
        self._evaluator = evaluator
        self._sender = sender
        self._ledger = ledger
        self._store_key = store_key
        self._clock = clock

    async def prepare(
        self, directory: Directory, enquiry: Enquiry
    ) -> tuple["PreparedLookup", EvaluationReport]:
        """Turn an enquiry into tokens, ready to be sent.

        Raises:
            AskError: an unknown purpose, nobody to answer to, nothing to ask with, no key, or too
                few keyholders.
            NoHubError: no hub carried the evaluation.
        """
        if not (enquiry.who.name.strip() and enquiry.who.telephone.strip()):
            # No council answers it, and every one would say *not known* (spec 50 §7).
            raise AskError("say who asks, and a telephone number to ring you on")
        if enquiry.purpose not in directory.purposes:
            raise AskError("the purpose is not on the directory's list")
        household = directory.purposes[enquiry.purpose].household
        if isinstance(enquiry.child, HeldCase):
            of_case = _of_case(enquiry.child, household)
            return _prepared(enquiry, of_case), EvaluationReport()
        match_keys = question_keys(enquiry.child, household)
        tokens, report = await self._evaluator.lookup_tokens(
            directory, [key.oprf_input for key in match_keys]
        )
        return _prepared(enquiry, _keyed(match_keys, tokens)), report

    async def ask(
        self,
        directory: Directory,
        prepared: "PreparedLookup",
        members: Collection[MemberId] | None = None,
    ) -> AsyncIterator[MemberResult]:
        """Yield one result for each member, or each of these, as they come.

        Our own row is on the disk before anything goes out. To whom is left out goes a question
        with nothing in it: no hub sees who is asked again (spec 30 §6).

        Raises:
            AskError: this member is not in the directory.
            NoHubError: no hub carried the round.
        """
        if self._member not in directory.members:
            raise AskError("this council is not in the directory: ask a signer to admit it")
        round_id = RoundId(os.urandom(ROUND_ID_BYTES))
        asked = directory.members.keys() if members is None else members
        sent = await asyncio.to_thread(self._seal_all, directory, prepared, round_id, asked)
        await asyncio.to_thread(self._record, prepared.enquiry, round_id, len(asked))
        bundle = encode_bundle(list(sent.values()), self._keys.signing)
        async for delivery in self._sender.run(directory, sent, bundle):
            if delivery.member in asked:
                member = directory.member(delivery.member)
                yield _result(member, delivery, sent[delivery.member], prepared.tokens)

    def _record(self, enquiry: Enquiry, round_id: RoundId, members: int) -> None:
        who, caller = enquiry.who, enquiry.caller
        entry = AskedEntry(
            asker=Asker(
                name=who.name,
                telephone=who.telephone,
                team=who.team,
                reference=who.reference,
                protected_location=who.protected_location,
            ),
            caller=Caller(
                name=caller.name, organisation=caller.organisation, verified=caller.verified
            )
            if caller
            else None,
            role=enquiry.role.name.lower(),
            purpose=enquiry.purpose,
            members=members,
            username=enquiry.username,
            is_watch=enquiry.is_watch,
            kept_as=enquiry.kept_as,
        )
        sealed = seal_entry(self._store_key, entry, round_id)
        self._ledger.record_asked(round_id, sealed, self._clock())

    def _seal_all(
        self,
        directory: Directory,
        prepared: "PreparedLookup",
        round_id: RoundId,
        asked: Collection[MemberId],
    ) -> dict[MemberId, SentRequest]:
        now_ms = self._clock()
        epoch = epoch_at(now_ms / 1000)
        nothing = replace(prepared, tokens=())
        sent = {}
        for recipient in directory.members.values():
            header = Header(Kind.LOOKUP, round_id, self._member, recipient.id, now_ms)
            told = prepared if recipient.id in asked else nothing
            question = _question(directory, told, header, epoch)
            sent[recipient.id] = seal_request(
                header,
                os.urandom(REPLY_SECRET_BYTES),
                question.encode(),
                recipient.sealing_key,
                self._keys.signing,
            )
        return sent


@dataclass(frozen=True, slots=True, repr=False)
class PreparedLookup:
    """An enquiry with the tokens of its keys, in slot order. They never leave this machine."""

    enquiry: Enquiry
    tokens: tuple[_Keyed, ...]


def _prepared(enquiry: Enquiry, tokens: tuple[_Keyed, ...]) -> PreparedLookup:
    """Return what is asked with.

    Raises:
        AskError: nothing is, and every council would truthfully say *not known*.
    """
    if not tokens:
        raise AskError("too little is known of the child to ask with, for this purpose")
    return PreparedLookup(enquiry, tokens)


def _of_case(case: HeldCase, household: bool) -> tuple[_Keyed, ...]:
    """Return what a question about a case of ours is asked with: of its keys those that the
    question about an identity has (spec 10 §6)."""
    asked = (
        _Keyed(key_id, token)
        for key_id, token in case.tokens
        if key_id is not KeyId.D8 and (household or tier_of(key_id) is not Tier.HOUSEHOLD)
    )
    return tuple(islice(asked, limits.QUESTION_SLOTS))


def _keyed(match_keys: Sequence[MatchKey], tokens: Sequence[bytes]) -> tuple[_Keyed, ...]:
    pairs = zip(match_keys, tokens, strict=True)
    return tuple(_Keyed(match_key.id, token) for match_key, token in pairs)


def _question(
    directory: Directory, prepared: PreparedLookup, header: Header, epoch: Epoch
) -> Question:
    seed = os.urandom(SEED_BYTES)
    context = tag_context(epoch, header.recipient)
    exchange = header.round_id, header.sender, header.recipient
    empty = limits.QUESTION_SLOTS - len(prepared.tokens)
    slots = b"".join(
        tag(keyed.token, context) + mask_seed(keyed.token, seed, *exchange)
        for keyed in prepared.tokens
    ) + os.urandom(empty * SLOT_BYTES)
    key, asker = directory.oprf_key, directory.member(header.sender)
    return Question(
        oprf_key=key.key_id if key is not None else bytes(8),
        matching_version=directory.matching_version,
        epoch=epoch,
        directory_version=directory.version,
        directory_hash=directory.hash,
        asker_kind=asker.entry.kind,
        role=prepared.enquiry.role,
        purpose=prepared.enquiry.purpose,
        slots=Slots(slots),
        who_cell=prepared.enquiry.who.seal(who_key(seed, *exchange)),
    )


_FAILURES = {
    Failure.UNREACHABLE: Outcome.UNREACHABLE,
    Failure.TIMED_OUT: Outcome.TIMED_OUT,
    Failure.DECLINED: Outcome.UNREACHABLE,
    Failure.BUSY: Outcome.BUSY,
    Failure.INVALID: Outcome.MISBEHAVED,
}


def _result(
    member: Member, delivery: Delivery, sent: SentRequest, tokens: tuple[_Keyed, ...]
) -> MemberResult:
    if delivery.body is None:
        return MemberResult(member, _FAILURES[delivery.failure or Failure.UNREACHABLE])
    try:
        answer = Answer.decode(delivery.body)
    except ProtocolError:
        return MemberResult(member, Outcome.MISBEHAVED)
    return judge(member, answer, sent, tokens)


def judge(
    member: Member, answer: Answer, sent: SentRequest, tokens: tuple[_Keyed, ...]
) -> MemberResult:
    """Return what an answer is worth: the tier comes from the slot that proves it, not from it.

    A hit without proof, or of a higher outcome than its slot's tier allows, is misbehaviour.
    """
    if answer.outcome not in _MOST_TIER:
        return MemberResult(member, answer.outcome, answer.cause)
    header = sent.header
    if answer.slot >= len(tokens):
        return MemberResult(member, Outcome.MISBEHAVED)
    keyed = tokens[answer.slot]
    expected = hit_proof(keyed.token, header.round_id, header.sender, header.recipient, sent.digest)
    tier = tier_of(keyed.key_id)
    if not hmac.compare_digest(expected, answer.proof) or tier > _MOST_TIER[answer.outcome]:
        return MemberResult(member, Outcome.MISBEHAVED)
    return MemberResult(
        member,
        answer.outcome,
        tier=tier,
        difference=difference_of(keyed.key_id),
        involvements=answer.involvements,
        round_id=header.round_id,
    )


_MOST_TIER = {
    Outcome.KNOWN: Tier.STRONG,
    Outcome.MAY_BE_KNOWN: Tier.PROBABLE,
    Outcome.BEING_CHECKED: Tier.HOUSEHOLD,
}
"""The weakest tier that may carry each kind of hit; a council's policy may say less, never more."""
