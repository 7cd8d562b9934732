"""One federation of real processes for all here: a directory, two hubs, five councils."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.demo.children import Population, make_population
from deploy.demo.councils import COUNCILS
from deploy.demo.federation import Federation, NodePlan, memory_folder
from deploy.demo.rows import write_csv

SEED = 11
ROWS_PER_COUNCIL = 60


@pytest.fixture(scope="package")
def population() -> Population:
    return make_population(SEED, COUNCILS, datetime.now(UTC).date(), ROWS_PER_COUNCIL)


@pytest.fixture(scope="package")
def federation(
    tmp_path_factory: pytest.TempPathFactory, population: Population
) -> Iterator[Federation]:
    folder = tmp_path_factory.mktemp("federation")
    made = Federation(folder, memory_folder(f"whoelse-{folder.name}"), plans(), hubs=2)
    try:
        made.make(post_interval_seconds=3)
        made.start()
        made.hold_ceremony()
        for plan in made.plans:
            file = folder / f"{plan.name}.csv"
            write_csv(population.rows[plan.id], file)
            made.load(plan, file, lambda _line: None)
            file.unlink()
        yield made
    finally:
        made.stop()


def plans() -> list[NodePlan]:
    return [
        NodePlan(
            council.id,
            council.name,
            council.supplier,
            council.host,
            council.duty_line,
            council.out_of_hours_line,
            declared_records=1000,
        )
        for council in COUNCILS
    ]


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    """A council's own 20 rows."""
    header = (
        "case_reference,surname,forename,date_of_birth,postcode,"
        "involvement,last_updated,team,telephone"
    )
    rows = [
        f"OWN-{number},Quarrington{chr(96 + number)},Philippa,2016-04-{number:02d},QX1 2AB,"
        "child in need,2026-10-01,Front door,0113 496 0111"
        for number in range(1, 21)
    ]
    path = tmp_path / "own.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path
