"""The tables of accounts as the code uses them; `migrations/` has each column's meaning."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

account = Table(
    "account",
    metadata,
    Column("username", Text, primary_key=True),
    Column("sealed", LargeBinary),
    Column("failures", Integer),
    Column("closed_until_ms", Integer),
    Column("declared_ms", Integer),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("username", Text),
    Column("used_number", Integer),
    Column("sealed", LargeBinary),
)

removed = Table(
    "removed",
    metadata,
    Column("username", Text, primary_key=True),
    Column("removed_ms", Integer),
)

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("username", Text),
    Column("begun_ms", Integer),
    Column("seen_ms", Integer),
)
