"""Bloom filters of names, date and place (clkhash), compared by their Dice coefficient (anonlink).

The fields are those that our keys of a child have. Here as a yardstick only: such filters fall to
frequency attacks in seconds.
"""

from collections.abc import Iterable, Iterator
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

    Each query's most alike records count, as with the other methods: to pair the files one to one
    would use that nobody is in them twice, which no council can know of the others. Within one file
    all that are as alike as the threshold count, for there may be several of one person.
    """
    queries, records = list(linkage.queries), list(linkage.records)
    candidates: Candidates = anonlink.candidate_generation.find_candidate_pairs(
        [_filters(linkage.queries.values()), _filters(linkage.records.values())],
        anonlink.similarities.dice_coefficient_accelerated,
        _THRESHOLDS[0],
    )
    counted = _others(candidates) if linkage.is_within_one_file else _most_alike(candidates)
    pairs = [
        (similarity, (queries[query], records[record])) for similarity, query, record in counted
    ]
    return max(
        (
            quality_of({pair for alike, pair in pairs if alike >= threshold}, linkage.truth)
            for threshold in _THRESHOLDS
        ),
        key=lambda quality: quality.f1,
    )


def _others(candidates: Candidates) -> Iterator[tuple[float, int, int]]:
    """Yield the candidates that are not a record and itself."""
    similarities, _, (asked, held) = candidates
    for similarity, query, record in zip(similarities, asked, held, strict=True):
        if query != record:
            yield similarity, query, record


def _most_alike(candidates: Candidates) -> Iterator[tuple[float, int, int]]:
    """Yield for each query the records that are most alike; the candidates stand in that order."""
    similarities, _, (asked, held) = candidates
    best: dict[int, float] = {}
    for similarity, query, record in zip(similarities, asked, held, strict=True):
        if similarity == best.setdefault(query, similarity):
            yield similarity, query, record


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
    )
