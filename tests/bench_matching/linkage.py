"""A linkage problem: identities that ask, identities that are held, and which are of one child."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.matching.identity import Identity

Pair = tuple[str, str]
"""A query's id and a record's id."""


@dataclass(frozen=True, slots=True, repr=False)
class Linkage:
    """`truth` holds every pair of a query and a record of the same person."""

    name: str
    queries: Mapping[str, Identity]
    records: Mapping[str, Identity]
    truth: frozenset[Pair]

    @classmethod
    def of_same_ids(
        cls, name: str, queries: Mapping[str, Identity], records: Mapping[str, Identity]
    ) -> "Linkage":
        """Return the linkage of two files that name a person alike; who is in one alone is left
        in: nobody there should be found."""
        both = queries.keys() & records.keys()
        return cls(name, queries, records, frozenset((each, each) for each in both))

    @property
    def is_within_one_file(self) -> bool:
        """Whether records of one file ask for the others of their person, of whom any may be."""
        return self.queries is self.records


@dataclass(frozen=True, slots=True)
class Quality:
    """Precision, recall and F1 of a set of pairs."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def quality_of(found: set[Pair], truth: frozenset[Pair]) -> Quality:
    """Return how good the found pairs are; precision is 1 where nothing was found."""
    right = len(found & truth)
    return Quality(right / len(found) if found else 1.0, right / len(truth))
