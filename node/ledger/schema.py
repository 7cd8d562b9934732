"""The ledger's tables as the code uses them; `migrations/` has each column's meaning and unit."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

received = Table(
    "received",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("round", LargeBinary),
    Column("sender", Text),
    Column("kind", Integer),
    Column("received_ms", Integer),
    Column("digest", LargeBinary),
    Column("reply", LargeBinary),
    Column("entry", LargeBinary),
    Column("open", Integer),
)

allowance = Table(
    "allowance",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("kind", Integer, primary_key=True),
    Column("oprf_key", LargeBinary, primary_key=True),
    Column("matching_version", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("elements", Integer),
)

asked = Table(
    "asked",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("round", LargeBinary),
    Column("asked_ms", Integer),
    Column("entry", LargeBinary),
)
