"""Which matches are proven: a tag is a hint, its mask must open the who-block (spec 50 §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.answering.table import RecordMatches
from node.disclosure.decision import Match
from node.records.model import StoredRecord
from node.records.tokens import JOINING
from protocol.errors import ProtocolError
from protocol.matching.confidence import Tier
from protocol.messages.lookup import Question, Who
from protocol.sealing.envelope import Header
from protocol.tags import mask_seed, who_key


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

    def prove_all(
        self, found: Sequence[RecordMatches], records: Mapping[int, StoredRecord]
    ) -> list[Proven]:
        """Return what is proven of each record, as far as it decides what is said.

        That is, strongest first, up to the first match on an A to C key: beside that one no weaker
        match of its record counts (spec 50 §7).
        """
        proven = []
        for matches in found:
            record = records.get(matches.record_id)
            if record is not None:
                proven += self._prove(matches, record)
        return proven

    def _prove(self, matches: RecordMatches, record: StoredRecord) -> list[Proven]:
        joining = frozenset(record.tokens.with_keys(JOINING))
        proven = []
        for key_id, slot in matches:
            masked = self._question.slots[slot].masked_seed
            for token in record.tokens.with_keys({key_id}):
                who = self._open(mask_seed(token, masked, *self._exchange))
                if who is not None:
                    match = Match(matches.record_id, key_id, slot, joining)
                    proven.append(Proven(match, token, who))
            if proven and proven[-1].match.tier <= Tier.PROBABLE:
                break
        return proven

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
