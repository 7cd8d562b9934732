"""`python -m tests.bench [--quick] [NAME ...]`: measure, print, end with 1 if a bar is missed."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from tests.bench import answering, asking, bulk, demo, fan_out, memory, pages, tables
from tests.bench.report import Figure, Report, table

BENCHES: dict[str, Callable[[], Report]] = {
    "answering": answering.run,
    "hub": fan_out.run,
    "asking": asking.run,
    "bulk": bulk.run,
    "demo": demo.run,
    "memory": memory.run,
    "pages": pages.run,
    "table": tables.run,
}

QUICK: dict[str, Callable[[], Report]] = {
    "answering": partial(answering.run, records=20_000, calls=20, repeats=3),
    "hub": partial(fan_out.run, links=20, rounds=20, repeats=3),
    "asking": partial(asking.run, members=20, rounds=2, repeats=3),
    "bulk": partial(bulk.run, rows=200),
    "demo": partial(demo.run, lookups=10, commands=1),
    "memory": partial(memory.run, rounds=500),
    "pages": partial(pages.run, people=20, seconds=5.0),
    "table": partial(tables.run, records=20_000),
}
"""As far as a few seconds go: small stores, few links. The whole bars hold for the whole sizes."""


def main(
    names: Annotated[list[str] | None, typer.Argument(help="of: " + ", ".join(BENCHES))] = None,
    quick: Annotated[bool, typer.Option("--quick", help="smaller, sooner, rougher")] = False,
) -> None:
    """Measure what the project promises of speed, against the bars."""
    benches = QUICK if quick else BENCHES
    figures: list[Figure] = []
    for name in names or benches:
        report = benches[name]()
        typer.echo("\n".join(report.lines()))
        figures += report.figures
    typer.echo("\n".join(table(figures)))
    if not all(figure.is_met for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
