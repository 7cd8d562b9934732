"""The records' tables as the code uses them; `migrations/` has each column's meaning and unit."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table

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

source_table = Table(
    "source",
    metadata,
    Column("source", LargeBinary, primary_key=True),
    Column("oprf_key", LargeBinary),
    Column("matching_version", Integer),
    Column("load_number", Integer),
    Column("sealed_name", LargeBinary),
)

shield = Table(
    "shield",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("changed", Integer),
    Column("is_in_force", Integer),
    Column("sealed", LargeBinary),
)

unfinished = Table(
    "unfinished",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", LargeBinary),
    Column("oprf_key", LargeBinary),
    Column("matching_version", Integer),
    Column("day", Integer),
)

evaluated_batch = Table(
    "evaluated_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unfinished", Integer),
    Column("strings_id", LargeBinary),
    Column("string_ids", LargeBinary),
    Column("is_indexed", Integer),
    Column("sealed", LargeBinary),
)

evaluated = Table(
    "evaluated",
    metadata,
    Column("unfinished", Integer, primary_key=True),
    Column("string_id", LargeBinary, primary_key=True),
    Column("place", Integer),
)

asked_batch = Table(
    "asked_batch",
    metadata,
    Column("unfinished", Integer, primary_key=True),
    Column("strings_id", LargeBinary, primary_key=True),
    Column("asked_ms", Integer),
    Column("sealed", LargeBinary),
)
