"""SQLite as both stores use it: WAL, full sync, migrations by Alembic."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from node.errors import StoreError

BUSY_MS = 10_000
"""How long a writer waits for another one."""


class Database:
    """One database file with its migrations."""

    def __init__(self, path: Path, migrations: Path) -> None:
        """Open a file, made and brought to the newest schema if need be.

        Raises:
            StoreError: not a database, or not writable.
        """
        self._path = path
        self._engine = _make_engine(path)
        self._of_thread = threading.local()
        self._drivers: list[SqliteConnection] = []
        try:
            self._migrate(migrations)
        except (StoreError, OSError) as error:
            raise StoreError(f"{path}: not a database, or not writable ({error})") from None
        path.chmod(0o600)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in one transaction that has the write lock from its start.

        Raises:
            StoreError: the disk is full, or another writer does not end; nothing is written.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(_reason(error)) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads without a lock, each statement a consistent view.

        Raises:
            StoreError: the file cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
        except SQLAlchemyError as error:
            raise StoreError(_reason(error)) from None

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a query past SQLAlchemy, which takes ten times SQLite's time to read one row.

        For what every question runs, as `write` is.

        Raises:
            StoreError: as `reading` does.
        """
        try:
            return self._driver().execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(_reason(error)) from None

    def write(self, statement: str, *values: object) -> int:
        """Run a change and return how many rows it changed.

        It is a transaction of its own, or a part of that of this thread.

        Raises:
            StoreError: as `writing` does.
        """
        try:
            return self._driver().execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise StoreError(_reason(error)) from None

    @contextmanager
    def transaction(self) -> Iterator[SqliteConnection]:
        """Give SQLite's own connection in a transaction that has the write lock from its start.

        For what runs with every evaluation: `writing` takes longer than a lookup's evaluation does.

        Raises:
            StoreError: as `writing` does; nothing is written.
        """
        driver = self._driver()
        try:
            driver.execute("BEGIN IMMEDIATE")
            try:
                yield driver
                driver.execute("COMMIT")
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreError(_reason(error)) from None

    def _driver(self) -> SqliteConnection:
        """Return this thread's own connection to SQLite."""
        driver: SqliteConnection | None = getattr(self._of_thread, "driver", None)
        if driver is None:
            driver = sqlite3.connect(self._path, timeout=BUSY_MS / 1000, check_same_thread=False)
            _prepare(driver)
            self._of_thread.driver = driver
            self._drivers.append(driver)
        return driver

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()
        self._engine.dispose()

    def _migrate(self, migrations: Path) -> None:
        if self._version() == _newest(migrations):
            return
        # Alembic takes a fifth of a second to import, and is needed once a release.
        from alembic.command import upgrade  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(migrations))
        config.set_main_option("path_separator", "os")
        with self.writing() as connection:
            config.attributes["connection"] = connection
            upgrade(config, "head")

    def _version(self) -> str | None:
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"):
            return None
        found = self.rows("SELECT version_num FROM alembic_version")
        return found[0][0] if found else None


_FULL = "the disk is full: nothing was written; make room, then try again"
_MEANING = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # the file that opens beside a database
    sqlite3.SQLITE_BUSY: "another process is writing: nothing was written; try again in a minute",
}


def _reason(error: SQLAlchemyError | sqlite3.Error) -> str:
    """Say what to do about an error. Its own text is left out: it has the values in it."""
    original = getattr(error, "orig", error)
    code = getattr(original, "sqlite_errorcode", 0)
    return _MEANING.get(code, f"store: {type(error).__name__}")


def _newest(migrations: Path) -> str:
    """Return the revision of the newest migration: files are named by it, as `0001_first.py`."""
    return max(path.name.split("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


def _prepare(connection: SqliteConnection) -> None:
    # The driver's own transactions begin without the write lock: SQLAlchemy's begin does it.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _make_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: SqliteConnection, _record: object) -> None:
        _prepare(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Fired for reads too, which must take no lock: a table is built for seconds.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
