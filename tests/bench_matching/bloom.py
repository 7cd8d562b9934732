"""Bloom filters of names, date and place (clkhash), compared by their Dice coefficient (anonlink).

Here as a yardstick only: such filters fall to frequency attacks in seconds.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from operator import neg
from typing import Any

import anonlink
from clkhash.bloomfilter import stream_bloom_filters
from clkhash.comparators import NgramComparison
from clkhash.field_formats import BitsPerFeatureStrategy, FieldHashingProperties, StringSpec
from clkhash.key_derivation import generate_key_lists
from clkhash.schema import Schema

from protocol.matching.identity import Identity
from protocol.matching.normalise import exact_date
from tests.bench_matching.linkage import Linkage, Quality, quality_of

_FILTER_BITS = 1024
_BITS_PER_FIELD = 200
_THRESHOLDS = [threshold / 100 for threshold in range(70, 100)]
"""Below them 10,000 people make tens of millions of pairs, nearly all of them wrong."""

Candidates = tuple[Any, tuple[Any, Any], tuple[Any, Any]]
"""Similarities, and for each the two files and the two places in them."""


def best_quality(linkage: Linkage) -> Quality:
    """Return the quality at the threshold with the best F1, chosen with the truth in sight.

    Pairs are made one to one from the most alike downwards, as anonlink does it.
    """
    queries, records = list(linkage.queries), list(linkage.records)
    candidates: Candidates = anonlink.candidate_generation.find_candidate_pairs(
        [_filters(linkage.queries.values()), _filters(linkage.records.values())],
        anonlink.similarities.dice_coefficient_accelerated,
        _THRESHOLDS[0],
    )
    qualities = []
    for threshold in _THRESHOLDS:
        groups = anonlink.solving.greedy_solve(_above(threshold, candidates))
        pairs = (dict(group) for group in groups)
        found = {(queries[pair[0]], records[pair[1]]) for pair in pairs if len(pair) == 2}
        qualities.append(quality_of(found, linkage.truth))
    return max(qualities, key=lambda quality: quality.f1)


def _above(threshold: float, candidates: Candidates) -> Candidates:
    """Return the candidates that are as alike as this; the most alike stand first."""
    similarities, (file, other_file), (place, other_place) = candidates
    number = bisect_right(similarities, -threshold, key=neg)
    return (
        array(similarities.typecode, similarities[:number]),
        (file[:number], other_file[:number]),
        (place[:number], other_place[:number]),
    )


def _filters(people: Iterable[Identity]) -> list[Any]:
    rows = [_fields(identity) for identity in people]
    schema = Schema([_bigrams(number) for number in range(len(rows[0]))], _FILTER_BITS)
    keys = generate_key_lists("a secret of the linkage", len(schema.fields))
    return [bits for bits, _, _ in stream_bloom_filters(rows, keys, schema)]


def _bigrams(number: int) -> StringSpec:
    return StringSpec(
        f"field {number}",
        FieldHashingProperties(NgramComparison(2), BitsPerFeatureStrategy(_BITS_PER_FIELD)),
    )


def _fields(identity: Identity) -> tuple[str, ...]:
    day = identity.date_of_birth
    return (
        identity.forenames[0] if identity.forenames else "",
        identity.surnames[0] if identity.surnames else "",
        exact_date(day) if day else "",
        identity.postcodes[0] if identity.postcodes else "",
        identity.house,
    )
