"""The records' tables as the code uses them; `migrations/` has each column's meaning and unit."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

record = Table(
    "record",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_key", LargeBinary),
    Column("content_key", LargeBinary),
    Column("source", LargeBinary),
    Column("expires_day", Integer),
    Column("sealed", LargeBinary),
)

state = Table(
    "state", metadata, Column("name", Text, primary_key=True), Column("value", LargeBinary)
)
"""`index`: the `IndexState` of what was loaded last."""
