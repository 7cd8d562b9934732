"""SQLite as both stores use it: WAL, full sync, migrations by Alembic."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
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
        self._engine = _make_engine(path)
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
            raise StoreError(f"store: {type(error).__name__}") from None

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
            raise StoreError(f"store: {type(error).__name__}") from None

    def close(self) -> None:
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
        with self.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            statement = text("SELECT version_num FROM alembic_version")
            return connection.execute(statement).scalar_one_or_none()


def _newest(migrations: Path) -> str:
    """Return the revision of the newest migration: files are named by it, as `0001_first.py`."""
    return max(path.name.split("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


def _make_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: SqliteConnection, _record: object) -> None:
        # The driver's own transactions begin without the write lock: SQLAlchemy's begin does it.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Fired for reads too, which must take no lock: a table is built for seconds.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
