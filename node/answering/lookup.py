"""A question to us: gate, match, decide, one row, one answer (spec 50 §6-7)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from node.answering.index import Index, IndexKeeper, accepted_epochs
from node.answering.proving import Proven, Prover
from node.answering.shielding import ShieldKeeper, ShieldSet
from node.answering.table import RecordMatches
from node.disclosure.decision import Decision, decide, lowered
from node.disclosure.policy import Policy, refusal_cause
from node.errors import SettingsError
from node.ledger.entries import AnsweredEntry, Asker, seal_entry
from node.ledger.ledger import Ledger
from node.receiving.request import OpenedRequest
from node.records.model import Record, StoredRecord
from node.records.store import RecordStore
from node.records.tokens import KeyedToken, Tokens
from node.store_key import StoreKey
from protocol import labels, limits
from protocol.errors import MalformedError
from protocol.matching.confidence import Tier
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.involvement import ContactDetails, Involvement, recency, withheld
from protocol.messages.lookup import Answer, Question, Who, encode_answer
from protocol.messages.vocabulary import Cause, InvolvementKind, Outcome
from protocol.tags import hit_proof


class LookupRoom:
    """Answers lookups."""

    on_tick = True

    def __init__(
        self,
        store: RecordStore,
        index: IndexKeeper,
        ledger: Ledger,
        policy: Callable[[], Policy],
        key: StoreKey,
    ) -> None:
        self._store = store
        self._shields = ShieldKeeper(store.shields)
        self._index = index
        self._ledger = ledger
        self._policy = policy
        self._key = key
        self._dummy = key.seal(labels.STORE_RECORD, _DUMMY.encode())

    def answer(self, request: OpenedRequest) -> bytes | None:
        """Return the sealed answer. Whatever is matched writes one row before it goes out.

        *Cannot answer*, and *refused* over the daily limit, write none: nothing is matched.
        """
        question = Question.decode(request.body)
        if question.asker_kind is not request.sender.entry.kind:
            raise MalformedError("malformed question: another kind of member than the directory's")
        try:
            policy = self._policy()
        except SettingsError:
            return _cannot(request, Cause.NO_VALID_POLICY)
        index = self._index.current()
        cause = _why_not(request, question, index)
        if cause is not Cause.NONE or index is None:
            return _cannot(request, cause)
        if self._is_over_limit(request):
            # No row: a member that goes on asking must not fill the disk.
            return request.seal(Answer(Outcome.REFUSED, Cause.DAILY_LIMIT).encode())
        refused = refusal_cause(policy, question, request.directory.purposes)
        if refused is not Cause.NONE:
            entry = _entry(question, policy, Outcome.REFUSED, refused)
            return self._conclude(request, Answer(Outcome.REFUSED, refused).encode(), entry)
        table = index.tables[question.epoch]
        tags = question.slots.tags()
        found = _allowed(request, question, table.match(tags))
        state, version, records = self._store.read([matches.record_id for matches in found])
        if state != index.state:
            # Loaded meanwhile: old tags lead to new records, and new tags to none yet.
            return _cannot(request, Cause.NO_COMPLETE_INDEX)
        prover, shields = Prover(question, request.sealed.header), self._shields.as_of(version)
        # Before anything else is computed: what is shielded is not here.
        shielded = shields.match(tags, question.epoch, request.sealed.header.recipient)
        about = shields.prove(prover, _allowed(request, question, shielded))
        left = shields.left(found, records, about)
        proven = prover.prove_all(left, records)
        if not left and not about:
            self._prove_dummy(prover)
        decision = decide([found.match for found in proven])
        decision = lowered(decision, policy.highest)
        answer = _say(request, policy, decision, proven, records)
        entry = _disclosure_entry(question, policy, decision, proven, records)
        if about:
            entry = _about_shielded(entry, about, shields)
        return self._conclude(request, answer, entry)

    def _is_over_limit(self, request: OpenedRequest) -> bool:
        asked = self._ledger.questions_today(request.sender.id, request.now_ms)
        return asked >= request.sender.entry.questions_per_day

    def _prove_dummy(self, prover: Prover) -> None:
        """Do for a miss what a hit does, so that both take the same way and time."""
        record = StoredRecord.decode(self._key.open(labels.STORE_RECORD, self._dummy))
        prover.prove_all([RecordMatches(0, [0])], {0: record})

    def _conclude(
        self, request: OpenedRequest, answer: bytes, entry: AnsweredEntry
    ) -> bytes | None:
        reply = request.seal(answer)
        sealed_entry = seal_entry(self._key, entry, request.sealed.header.round_id)
        row = self._ledger.record(request.sealed, reply, sealed_entry, request.now_ms)
        return row.reply if row.digest == request.sealed.digest else None


def _allowed(
    request: OpenedRequest, question: Question, found: list[RecordMatches]
) -> list[RecordMatches]:
    """Leave out matches on the household where the purpose does not allow them."""
    if request.directory.purposes[question.purpose].household:
        return found
    of_child = [matches.of_tiers(_OF_CHILD) for matches in found]
    return [matches for matches in of_child if matches]


def _why_not(request: OpenedRequest, question: Question, index: Index | None) -> Cause:
    """Return why we could not know: the same for every child."""
    current = request.directory.oprf_key
    if index is None or current is None:
        return Cause.NO_COMPLETE_INDEX
    if question.oprf_key != index.state.oprf_key or question.oprf_key != current.key_id:
        return Cause.OTHER_KEY
    if not question.matching_version == index.state.matching_version == MATCHING_VERSION:
        return Cause.OTHER_MATCHING_VERSION
    if question.epoch not in accepted_epochs(request.now_ms / 1000):
        return Cause.OTHER_EPOCH
    if question.epoch not in index.tables:
        return Cause.NO_COMPLETE_INDEX
    return Cause.NONE


def _cannot(request: OpenedRequest, cause: Cause) -> bytes:
    return request.seal(Answer(Outcome.CANNOT_ANSWER, cause).encode())


def _say(
    request: OpenedRequest,
    policy: Policy,
    decision: Decision,
    proven: Sequence[Proven],
    records: Mapping[int, StoredRecord],
) -> bytes:
    if decision.strongest is None:
        return Answer(decision.outcome).encode()
    header = request.sealed.header
    token = next(found.token for found in proven if found.match == decision.strongest)
    proof = hit_proof(
        token, header.round_id, header.sender, header.recipient, request.sealed.digest
    )
    involvements = sorted(
        (records[row_id].involvement for row_id in decision.disclosed), key=recency, reverse=True
    )
    return encode_answer(
        decision.outcome,
        Cause.NONE,
        decision.strongest.slot,
        proof,
        [_said(encoded, policy) for encoded in involvements[: limits.INVOLVEMENTS]],
    )


def _said(encoded: bytes, policy: Policy) -> bytes:
    if not policy.withheld:
        return encoded
    return withheld(encoded, kind="kind" in policy.withheld, status="status" in policy.withheld)


def _entry(
    question: Question,
    policy: Policy,
    outcome: Outcome,
    cause: Cause,
    clusters: int = 0,
    asker: Asker | None = None,
    key: str = "",
    case_references: tuple[str, ...] = (),
) -> AnsweredEntry:
    return AnsweredEntry(
        outcome=outcome.name.lower(),
        cause=cause.name.lower(),
        role=question.role.name.lower(),
        purpose=question.purpose,
        policy_version=policy.version,
        clusters=clusters,
        asker=asker,
        key=key,
        case_references=case_references,
    )


def _disclosure_entry(
    question: Question,
    policy: Policy,
    decision: Decision,
    proven: Sequence[Proven],
    records: Mapping[int, StoredRecord],
) -> AnsweredEntry:
    said = question, policy, decision.outcome, Cause.NONE, decision.clusters
    if not decision.matched:
        return _entry(*said)
    who = proven[0].who
    return _entry(
        *said,
        asker=_asker(who),
        key=decision.strongest.key_id.name if decision.strongest else "",
        case_references=tuple(
            records[row_id].case_reference for row_id in decision.matched[:MOST_CASE_REFERENCES]
        ),
    )


def _about_shielded(
    entry: AnsweredEntry, about: Sequence[Proven], shields: ShieldSet
) -> AnsweredEntry:
    """Return a row that tells the shielding officers who asked."""
    changes = {"asker": entry.asker or _asker(about[0].who), "shields": shields.names(about)}
    return entry.model_copy(update=changes)


def _asker(who: Who) -> Asker:
    return Asker(
        name=who.name,
        telephone=who.telephone,
        team=who.team,
        reference=who.reference,
        protected_location=who.protected_location,
    )


_OF_CHILD = frozenset(Tier) - {Tier.HOUSEHOLD}

MOST_CASE_REFERENCES = 8
"""Case references in one ledger row: with every text at its limit, the row still fits."""

_DUMMY = Record(
    "",
    Tokens.of([KeyedToken(KeyId.A1, bytes(32))]),
    Involvement(
        InvolvementKind.EARLY_HELP,
        None,
        False,
        date(2000, 1, 1),
        "",
        ContactDetails("", "", "", "", "", "", ""),
    ),
)
