"""Which matches are proven: a tag is a hint, its mask must open the who-block (spec 50 §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.answering.table import TagMatch
from node.disclosure.decision import Match
from node.records.model import Record
from protocol.errors import ProtocolError
from protocol.matching.confidence import Tier, rank_of, tier_of
from protocol.matching.key_ids import KeyId
from protocol.messages.lookup import Question, Who
from protocol.sealing.envelope import Header
from protocol.tags import mask_seed, who_key

_JOINING = frozenset(key_id for key_id in KeyId if tier_of(key_id) <= Tier.STRONG)
"""Keys whose tokens make two records one child: A and B (spec 50 §7)."""


@dataclass(frozen=True, slots=True, repr=False)
class Proven:
    """A match whose mask opened the who-block."""

    match: Match
    token: bytes
    who: Who


class Prover:
    """Opens one question's who-block through slots that matched."""

    def __init__(self, question: Question, header: Header) -> None:
        self._question = question
        self._exchange = header.round_id, header.sender, header.recipient
        self._opened: dict[bytes, Who | None] = {}

    def prove_all(self, found: Sequence[TagMatch], records: Mapping[int, Record]) -> list[Proven]:
        """Return all that decides about these records, as they stand there, of what is proven."""
        of_record: dict[int, list[TagMatch]] = {}
        for match in found:
            of_record.setdefault(match.record_id, []).append(match)
        return [
            proof
            for record_id, matches in of_record.items()
            if record_id in records
            for proof in self._prove_record(matches, records[record_id])
        ]

    def _prove_record(self, found: Sequence[TagMatch], record: Record) -> list[Proven]:
        """Return what is proven, strongest first, up to the first match on an A to C key.

        Beside that one no weaker match of this record counts (spec 50 §7), and a child that is
        known well matches on fifty.
        """
        joining = frozenset(record.tokens.with_keys(_JOINING))
        proven = []
        for match in sorted(found, key=lambda match: rank_of(match.key_id)):
            proof = self._prove(match, record, joining)
            if proof is not None:
                proven.append(proof)
                if proof.match.tier <= Tier.PROBABLE:
                    break
        return proven

    def _prove(self, found: TagMatch, record: Record, joining: frozenset[bytes]) -> Proven | None:
        """Return the match if a token of this record opens the who-block through this slot."""
        masked = self._question.slots[found.slot].masked_seed
        for token in record.tokens.with_keys({found.key_id}):
            who = self._open(mask_seed(token, masked, *self._exchange))
            if who is not None:
                match = Match(found.record_id, found.key_id, found.slot, joining)
                return Proven(match, token, who)
        return None

    def _open(self, seed: bytes) -> Who | None:
        """Return who asks. An honest question has one seed: it is opened once, however it hits."""
        if seed not in self._opened:
            self._opened[seed] = self._try(seed)
        return self._opened[seed]

    def _try(self, seed: bytes) -> Who | None:
        try:
            who = Who.open(self._question.who_cell, who_key(seed, *self._exchange))
        except ProtocolError:
            return None
        # A hit is answered to somebody, or to nobody.
        return who if who.name.strip() and who.telephone.strip() else None
