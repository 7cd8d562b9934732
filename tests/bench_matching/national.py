"""What a question meets in a whole nation: the child it is about, and how many strangers.

All 11.26 million children are held, each once, as records; 20,000 of them a seed are asked about,
and between question and record are the errors of uk_errors.py. Nothing is scaled up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import numpy as np

from protocol.errors import IdentityProblems
from protocol.matching.confidence import Tier, strongest_key, tier_of
from protocol.matching.identity import Identity, parse_identity
from protocol.matching.key_ids import KeyId
from tests.bench_matching.cohort import TODAY, Nation
from tests.bench_matching.linkage import Linkage
from tests.bench_matching.meeting import candidates
from tests.bench_matching.name_groups import GROUPS
from tests.bench_matching.score import key_lines, meet
from tests.bench_matching.uk_errors import on_record, written_twice

QUESTIONS = 20_000
"""A seed; five seeds are 100,000, but for the few of whom too little is left to ask."""


@dataclass(slots=True)
class Tally:
    """Counts over the questions of one group of names, or of all."""

    questions: int = 0
    found: Counter[Tier] = field(default_factory=Counter)
    """Questions whose child was met, by its tier."""
    strangers: Counter[Tier] = field(default_factory=Counter)
    """Children of other families that were met, by their tier."""

    def add(self, other: "Tally") -> None:
        self.questions += other.questions
        self.found += other.found
        self.strangers += other.strangers

    def recall(self, weakest: Tier) -> float:
        return _down_to(weakest, self.found) / self.questions

    def unrelated(self, weakest: Tier) -> float:
        """Return how many strangers a question meets."""
        return _down_to(weakest, self.strangers) / self.questions


@dataclass(slots=True)
class Figures:
    """Tallies by name of group, and for each key what it is worth."""

    groups: dict[str, Tally] = field(default_factory=dict)
    gained: Counter[KeyId] = field(default_factory=Counter)
    """Questions whose child only this key finds."""
    alone: Counter[KeyId] = field(default_factory=Counter)
    """Strangers whom only this key meets."""
    unrelated: Counter[KeyId] = field(default_factory=Counter)
    """Strangers whom this key meets, among others perhaps."""

    def add(self, other: "Figures") -> None:
        for name, tally in other.groups.items():
            self.groups.setdefault(name, Tally()).add(tally)
        self.gained += other.gained
        self.alone += other.alone
        self.unrelated += other.unrelated

    def over(self, names: Iterable[str]) -> Tally:
        """Return the tally of these groups together."""
        total = Tally()
        for name in names:
            total.add(self.groups.get(name, Tally()))
        return total


def all_groups() -> list[str]:
    """Return the names of all groups."""
    return [group.name for group in GROUPS]


def measure(nation: Nation, seed: int, questions: int = QUESTIONS) -> Figures:
    """Ask about some children of a nation, and return what was met."""
    numbers = np.random.default_rng([seed, 1]).choice(len(nation), questions, replace=False)
    asked: dict[str, Identity] = {}
    records: dict[str, Identity] = {}
    for number in numbers.tolist():
        rng = Random(f"{seed} {number}")
        pair = written_twice(nation.child(number), nation.strangers(number), rng)
        # Where too little is left on one side, nobody is asked or held.
        with suppress(IdentityProblems):
            question, record = (parse_identity(entries, TODAY) for entries in pair)
            asked[str(number)], records[str(number)] = question, record
    in_question = np.array([int(name) for name in asked])
    for _, number in candidates(nation, list(asked.values()), in_question):
        if str(number) not in records:
            records[str(number)] = parse_identity(on_record(nation.child(number)), TODAY)
    linkage = Linkage.of_same_ids(f"nation of seed {seed}", asked, records)
    return _figures(nation, linkage)


def _figures(nation: Nation, linkage: Linkage) -> Figures:
    group = {name: GROUPS[nation.group[int(name)]].name for name in linkage.queries}
    figures = Figures({name: Tally() for name in all_groups()})
    for name in linkage.queries:
        figures.groups[group[name]].questions += 1
    met = {
        pair: key_ids
        for pair, key_ids in meet(linkage).items()
        if pair in linkage.truth or not _are_related(nation, *pair)
    }
    for pair, key_ids in met.items():
        if (key_id := strongest_key(key_ids)) is not None:
            tally = figures.groups[group[pair[0]]]
            (tally.found if pair in linkage.truth else tally.strangers)[tier_of(key_id)] += 1
    for line in key_lines(met, linkage):
        figures.gained[line.key_id] = line.gained
    for pair, key_ids in met.items():
        of_child = {key_id for key_id in key_ids if tier_of(key_id) is not Tier.HOUSEHOLD}
        if pair not in linkage.truth and strongest_key(of_child) is not None:
            figures.unrelated.update(of_child)
            figures.alone.update(
                key_id for key_id in of_child if strongest_key(of_child - {key_id}) is None
            )
    return figures


def _are_related(nation: Nation, name: str, other: str) -> bool:
    return bool(nation.family[int(name)] == nation.family[int(other)])


def _down_to(weakest: Tier, counts: Mapping[Tier, int]) -> int:
    return sum(count for tier, count in counts.items() if tier <= weakest)
