"""Identities of which nothing is answered: what is theirs is as if not here (spec 50 §7.1)."""

from collections.abc import Iterable, Mapping, Sequence

from node.answering.proving import Proven, Prover
from node.answering.table import EpochTable, RecordMatches
from node.records.model import StoredRecord
from node.records.shield import Shield, Shielded
from node.records.shields import Shields
from node.records.tokens import JOINING, Tokens
from protocol.identifiers import Epoch, MemberId

MOST_NAMED = 4
"""Shields in one ledger row: a question is about one child, and the row still fits."""


class ShieldSet:
    """The shields in force at one moment, and the tags of their tokens."""

    def __init__(self, version: int, shields: Sequence[Shielded]) -> None:
        self.version = version
        self._ids = [each.id for each in shields]
        identities = [each.shield.identity for each in shields]
        self._records = {
            place: StoredRecord("", _asked_by(each.shield), b"")
            for place, each in enumerate(shields)
        }
        """The shielded identities as if each were one record, by its place."""
        self._separated = {place for place, each in enumerate(shields) if each.shield.is_separated}
        self._rows = frozenset().union(*(identity.rows for identity in identities))
        self._joining = frozenset().union(*(identity.joining for identity in identities))
        self._tables: dict[Epoch, EpochTable] = {}

    def match(self, tags: Iterable[int], epoch: Epoch, member: MemberId) -> list[RecordMatches]:
        """Return each shielded identity of which a tag here is in a slot, by its place."""
        if not self._records:
            return []
        table = self._tables.get(epoch)
        if table is None:
            identities = ((place, record.tokens) for place, record in self._records.items())
            table = EpochTable.build(identities, epoch, member)
            of_now = {at: held for at, held in self._tables.items() if at >= epoch - 1}
            self._tables = {**of_now, epoch: table}
        return table.match(tags)

    def prove(self, prover: Prover, shielded: Sequence[RecordMatches]) -> Sequence[Proven]:
        """Return what a question has proven of shielded identities.

        Of a record the first match on an A to C key is enough. Here each that names the child
        counts, a number alone among them, which is weaker than those.
        """
        naming = [matches.of_keys(JOINING) for matches in shielded]
        return [
            *prover.prove_all(naming, self._records),
            *prover.prove_all(shielded, self._records),
        ]

    def left(
        self,
        found: Sequence[RecordMatches],
        records: Mapping[int, StoredRecord],
        about: Sequence[Proven],
    ) -> list[RecordMatches]:
        """Return what is left of what was found, when what is shielded is not here.

        `about` is what `prove` has returned. A question that names such a child, by a joining key,
        is about nobody else.
        """
        if not self._ids:
            return [*found]
        if any(proven.match.key_id in JOINING for proven in about):
            return []
        return [
            matches
            for matches in found
            if matches.record_id in records and not self._hides(records[matches.record_id])
        ]

    def names(self, about: Sequence[Proven]) -> tuple[str, ...]:
        """Return the ids of the identities that a question was about, as the ledger has them: of a
        separated one it alone, so that no row names it beside another."""
        places = sorted({proven.match.record_id for proven in about})
        separated = [place for place in places if place in self._separated]
        return tuple(self._ids[place].hex() for place in separated[:1] or places[:MOST_NAMED])

    def _hides(self, record: StoredRecord) -> bool:
        joining = record.tokens.with_keys(JOINING)
        return record.source_key in self._rows or not self._joining.isdisjoint(joining)


def _asked_by(shield: Shield) -> Tokens:
    """Return the tokens by which a question is about an identity: of a separated one those alone
    that silence it, so that no row names it beside a case that is answered of."""
    tokens = shield.identity.tokens
    return tokens.of_keys(JOINING) if shield.is_separated else tokens


class ShieldKeeper:
    """The shields as they are on the disk now: an officer sets them beside the node that runs."""

    def __init__(self, shields: Shields) -> None:
        self._shields = shields
        self._set = ShieldSet(-1, ())

    def as_of(self, version: int) -> ShieldSet:
        """Return the shields in force at a change, or later.

        Raises:
            StoreError: they cannot be read. Then nothing may be answered.
        """
        if version != self._set.version:
            self._set = ShieldSet(version, self._shields.in_force())
        return self._set
