"""From matched records to one outcome (spec 50 §7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from protocol.matching.confidence import Tier, rank_of, strongest_key, tier_of
from protocol.matching.key_ids import KeyId
from protocol.messages.vocabulary import Outcome


@dataclass(frozen=True, slots=True, repr=False)
class Match:
    """A slot that a record's token proved, and the tokens that join the record to others."""

    record_id: int
    key_id: KeyId
    slot: int
    joining_tokens: frozenset[bytes]

    @property
    def tier(self) -> Tier:
        return tier_of(self.key_id)


@dataclass(frozen=True, slots=True, repr=False)
class Decision:
    """What is said. `strongest` is the match whose slot proves it; None where nothing is said."""

    outcome: Outcome
    strongest: Match | None
    disclosed: tuple[int, ...]
    """Row ids of the records whose involvements go out."""
    clusters: int
    matched: tuple[int, ...]
    """Row ids of the records whose matches count."""


def decide(matches: Sequence[Match]) -> Decision:
    """Return the decision over every proven match of one question.

    Matches on A to C keys that lead to more than one cluster, that is to more than one child,
    disclose nothing: a question holds one child, and whoever puts several in learns of none.
    """
    best = _best_by_record(matches)
    matched = tuple(sorted(match.record_id for match in best))
    if not best:
        return Decision(Outcome.NOT_KNOWN, None, (), 0, ())
    clusters = _count_clusters(match for match in best if match.tier <= Tier.PROBABLE)
    if clusters > 1:
        return Decision(Outcome.ADD_A_FIELD, None, (), clusters, matched)
    strongest = min(best, key=_strength)
    if strongest.tier > Tier.PROBABLE:
        return Decision(Outcome.BEING_CHECKED, strongest, (), clusters, matched)
    if strongest.tier is Tier.PROBABLE:
        return Decision(Outcome.MAY_BE_KNOWN, strongest, (), clusters, matched)
    disclosed = tuple(sorted(match.record_id for match in best if match.tier <= Tier.STRONG))
    return Decision(Outcome.KNOWN, strongest, disclosed, clusters, matched)


def lowered(decision: Decision, highest: Outcome) -> Decision:
    """Return a decision that says no more than an outcome: with it goes what is disclosed."""
    if decision.strongest is None or decision.outcome >= highest:
        return decision
    return replace(decision, outcome=highest, disclosed=())


def _best_by_record(matches: Iterable[Match]) -> list[Match]:
    """Return each record's strongest match; none of a record whose matches say nothing."""
    of_record: dict[int, list[Match]] = {}
    for match in matches:
        of_record.setdefault(match.record_id, []).append(match)
    best = []
    for found in of_record.values():
        key_id = strongest_key([match.key_id for match in found])
        best += sorted((match for match in found if match.key_id == key_id), key=_strength)[:1]
    return best


def _strength(match: Match) -> tuple[int, int]:
    return rank_of(match.key_id), match.slot


def _count_clusters(matches: Iterable[Match]) -> int:
    """Return how many sets of records there are that no joining token connects."""
    clusters: list[tuple[set[int], set[bytes]]] = []
    for match in matches:
        records, tokens = {match.record_id}, set(match.joining_tokens)
        apart = []
        for other_records, other_tokens in clusters:
            if records & other_records or tokens & other_tokens:
                records |= other_records
                tokens |= other_tokens
            else:
                apart.append((other_records, other_tokens))
        clusters = [*apart, (records, tokens)]
    return len(clusters)
