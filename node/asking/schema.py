"""The table of kept lookups as the code uses it; `migrations/` has each column's meaning."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

lookup = Table(
    "lookup",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("username", Text),
    Column("asked_ms", Integer),
    Column("sealed", LargeBinary),
)
