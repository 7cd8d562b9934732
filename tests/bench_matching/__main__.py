"""`python -m tests.bench_matching [PART ...]`: measure, print, end with 1 if a bar is missed."""

from collections.abc import Callable, Iterator
from statistics import mean
from typing import Annotated

import typer

from protocol.matching.confidence import Tier
from tests.bench_matching import bloom, census, febrl, plaintext
from tests.bench_matching.linkage import Linkage, Quality, quality_of
from tests.bench_matching.score import key_lines, meet, quality_down_to
from tests.bench_matching.token_sets import TOKEN_SETS, pairs_of

TUNED, REPORTED = range(1, 6), range(11, 16)
"""Seeds of the generators: what was tuned on, and what is reported."""

FEBRL4_F1, FEBRL4_PRECISION = 0.935, 0.999
SAME_YEAR_F1, MOVERS_F1 = 0.98, 0.975
SIBLINGS_MEAN, SIBLINGS_LEAST = 0.975, 0.965
MOST_APART = 0.005

Bars = Iterator[tuple[str, float, float]]
"""What is measured, what it is, and the least that it may be."""


def run_febrl() -> Bars:
    for linkage in (febrl.febrl4(with_number=True), febrl.febrl3()):
        _print_all(linkage)
    linkage = febrl.febrl4(with_number=False)
    ours = _print_all(linkage)
    yield "FEBRL4, F1", ours.f1, FEBRL4_F1
    yield "FEBRL4, precision", ours.precision, FEBRL4_PRECISION


def run_census() -> Bars:
    for name, make, bar in (
        ("census, same year", census.same_year, SAME_YEAR_F1),
        ("census, ten years on", census.ten_years_on, MOVERS_F1),
    ):
        _print_all(make(REPORTED[0]))
        reported, tuned = (
            mean(quality_down_to(Tier.POSSIBLE, meet(each), each).f1 for each in map(make, seeds))
            for seeds in (REPORTED, TUNED)
        )
        yield f"{name}, F1, mean of {len(REPORTED)} seeds", reported, bar
        yield f"{name}, tuned and reported seeds alike", MOST_APART - abs(tuned - reported), 0


def run_siblings() -> Bars:
    found = {seed: census.siblings(seed) for seed in REPORTED}
    for seed, (quality, strangers) in found.items():
        print(
            f"siblings, same year, seed {seed}: recall {quality.recall:.4f}, {strangers} strangers"
        )
    recalls = [quality.recall for quality, _ in found.values()]
    yield "siblings, mean", mean(recalls), SIBLINGS_MEAN
    yield "siblings, least", min(recalls), SIBLINGS_LEAST


PARTS: dict[str, Callable[[], Bars]] = {
    "febrl": run_febrl,
    "census": run_census,
    "siblings": run_siblings,
}


def main(
    parts: Annotated[list[str] | None, typer.Argument(help="of: " + ", ".join(PARTS))] = None,
) -> None:
    """Measure how well children are found, and how many strangers with them, against the bars."""
    bars = [line for name in parts or PARTS for line in PARTS[name]()]
    missed = 0
    print(f"\n{'':58} measured     bar")
    for what, value, bar in bars:
        missed += value < bar
        print(f"{what:58} {value:8.4f} {bar:7.4f}{'  MISSED' if value < bar else ''}")
    raise SystemExit(1 if missed else 0)


def _print_all(linkage: Linkage) -> Quality:
    """Print a table of every method, and a line for each of our keys; return our quality."""
    print(f"\n{linkage.name}: {len(linkage.queries):,} ask, {len(linkage.truth):,} pairs are right")
    print(f"{'':34} precision  recall      F1")
    for name, tokens in TOKEN_SETS.items():
        _print_quality(name, quality_of(pairs_of(tokens, linkage), linkage.truth))
    if linkage.queries is not linkage.records:  # both link two files, not one with itself
        _print_quality("Bloom filters (clkhash, anonlink)", bloom.best_quality(linkage))
        _print_quality("plaintext (splink)", plaintext.best_quality(linkage))
    met = meet(linkage)
    _print_quality("our keys, A and B", quality_down_to(Tier.STRONG, met, linkage))
    _print_quality("our keys, A to C", quality_down_to(Tier.PROBABLE, met, linkage))
    ours = quality_down_to(Tier.POSSIBLE, met, linkage)
    _print_quality("our keys, A to D", ours)
    for line in key_lines(met, linkage):
        gained = line.gained / len(linkage.truth)
        print(f"  {line.key_id.name:10} recall gained {gained:.4f}, unrelated {line.unrelated}")
    return ours


def _print_quality(name: str, quality: Quality) -> None:
    print(f"{name:34} {quality.precision:9.4f} {quality.recall:7.4f} {quality.f1:7.4f}", flush=True)


if __name__ == "__main__":
    typer.run(main)
