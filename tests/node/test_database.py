"""Two processes on one file: a reader never waits for a writer, nor the other way round."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

import node.ledger
from node.database import Database
from node.errors import StoreError

MIGRATIONS = Path(node.ledger.__file__).parent / "migrations"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(path, MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def other(path: Path, database: Database) -> Iterator[Database]:  # noqa: ARG001 (makes the file)
    opened = Database(path, MIGRATIONS)
    yield opened
    opened.close()


def test_writes_while_another_reads(database: Database, other: Database) -> None:
    """A table is built from one read of seconds: imports and answers go on meanwhile."""
    with database.reading() as reader:
        rows = reader.execute(text("SELECT 1 UNION SELECT 2"))
        with other.writing() as writer:
            writer.execute(text("DELETE FROM asked"))
        assert len(rows.all()) == 2


def test_reads_while_another_writes(database: Database, other: Database) -> None:
    with database.writing() as writer:
        writer.execute(text("DELETE FROM asked"))
        with other.reading() as reader:
            assert reader.execute(text("SELECT count(*) FROM asked")).scalar_one() == 0


def insert_twice(database: Database) -> None:
    insert = text("INSERT INTO asked (round, asked_ms, entry) VALUES (x'00', 1, x'00')")
    with database.writing() as writer:
        writer.execute(insert)
        writer.execute(insert)


def test_broken_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(StoreError):
        insert_twice(database)
    with database.reading() as reader:
        assert reader.execute(text("SELECT count(*) FROM asked")).scalar_one() == 0


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "noise.db"
    path.write_bytes(b"noise" * 1000)
    with pytest.raises(StoreError, match=r"noise\.db: not a database"):
        Database(path, MIGRATIONS)
