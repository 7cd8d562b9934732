"""What an unfinished import has had evaluated, so that it can go on where it was."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "unfinished",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "source",
            sa.LargeBinary,
            nullable=False,
            unique=True,
            comment="keyed fingerprint of the source's name",
        ),
        sa.Column("oprf_key", sa.LargeBinary, nullable=False, comment="8 bytes"),
        sa.Column("matching_version", sa.Integer, nullable=False),
        sa.Column(
            "day",
            sa.Integer,
            nullable=False,
            comment="day since 0001-01-01 on which the import last began or went on",
        ),
        # A number is not given again: a process that still has the old one would write under it.
        sqlite_autoincrement=True,
    )
    op.create_table(
        "evaluated",
        sa.Column("unfinished", sa.Integer, primary_key=True),
        sa.Column(
            "string_id",
            sa.LargeBinary,
            primary_key=True,
            comment="keyed fingerprint of a match key's string",
        ),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="its token, sealed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asked_batch",
        sa.Column("unfinished", sa.Integer, primary_key=True),
        sa.Column(
            "strings_id",
            sa.LargeBinary,
            primary_key=True,
            comment="keyed fingerprint of the strings of a batch",
        ),
        sa.Column("asked_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column(
            "sealed",
            sa.LargeBinary,
            nullable=False,
            comment="what was sent to keyholders, and what opens their replies, sealed",
        ),
    )


def downgrade() -> None:
    op.drop_table("asked_batch")
    op.drop_table("evaluated")
    op.drop_table("unfinished")
