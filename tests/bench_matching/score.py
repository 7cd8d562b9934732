"""What our keys find, tier by tier and key by key."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from protocol.matching.confidence import Tier, strongest_key, tier_of
from protocol.matching.identity import Identity
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import question_keys, record_keys
from tests.bench_matching.linkage import Linkage, Pair, Quality, quality_of

Met = Mapping[Pair, frozenset[KeyId]]
"""For each query and record that meet, the keys on which they do."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What one key is worth: right pairs that only it finds, and wrong pairs that it meets."""

    key_id: KeyId
    gained: int
    unrelated: int


def meet(linkage: Linkage) -> Met:
    """Return all that meets, household keys included."""
    index = _index(linkage.records)
    met: dict[Pair, set[KeyId]] = defaultdict(set)
    for query_id, identity in linkage.queries.items():
        for key in question_keys(identity, household=True):
            for record_id in index.get(key.oprf_input, ()):
                if (query_id, record_id) in linkage.truth or query_id != record_id:
                    met[query_id, record_id].add(key.id)
    return {pair: frozenset(key_ids) for pair, key_ids in met.items()}


def pairs_met(met: Met) -> set[Pair]:
    """Return the pairs that meet as one child, whether or not the query meets another better.

    The methods beside ours are counted so within one file, where several may be of one person.
    """
    return {pair for pair, tier in _tiers(met) if tier <= Tier.POSSIBLE}


def quality_down_to(weakest: Tier, met: Met, linkage: Linkage) -> Quality:
    """Return the quality of each query's strongest tier, where that is no weaker than this."""
    best: dict[str, list[tuple[Tier, str]]] = defaultdict(list)
    for (query_id, record_id), tier in _tiers(met):
        if tier <= weakest:
            best[query_id].append((tier, record_id))
    found = {
        (query_id, record_id)
        for query_id, ranked in best.items()
        for tier, record_id in ranked
        if tier == min(ranked)[0]
    }
    return quality_of(found, linkage.truth)


def key_lines(met: Met, linkage: Linkage) -> list[KeyLine]:
    """Return a line for each key of a child that met anything; the household's are apart."""
    gained: Counter[KeyId] = Counter()
    unrelated: Counter[KeyId] = Counter()
    for pair, key_ids in met.items():
        of_child = {key_id for key_id in key_ids if tier_of(key_id) is not Tier.HOUSEHOLD}
        if pair not in linkage.truth:
            unrelated.update(of_child)
        elif strongest_key(of_child) is not None:
            gained.update(
                key_id for key_id in of_child if strongest_key(of_child - {key_id}) is None
            )
    return [
        KeyLine(key_id, gained[key_id], unrelated[key_id])
        for key_id in KeyId
        if gained[key_id] or unrelated[key_id]
    ]


def _tiers(met: Met) -> Iterator[tuple[Pair, Tier]]:
    """Yield the pairs whose keys say something, and the tier of the strongest."""
    for pair, key_ids in met.items():
        key_id = strongest_key(key_ids)
        if key_id is not None:
            yield pair, tier_of(key_id)


def _index(records: Mapping[str, Identity]) -> dict[bytes, list[str]]:
    index: dict[bytes, list[str]] = defaultdict(list)
    for record_id, identity in records.items():
        for key in record_keys(identity):
            index[key.oprf_input].append(record_id)
    return index
