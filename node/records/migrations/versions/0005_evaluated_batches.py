"""Evaluated strings are kept by the batch: what unfinished imports have is let go."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_STRING_ID = "keyed fingerprint of a match key's string"


def upgrade() -> None:
    _forget_unfinished()
    op.create_table(
        "evaluated_batch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("unfinished", sa.Integer, nullable=False),
        sa.Column(
            "strings_id",
            sa.LargeBinary,
            nullable=False,
            comment="keyed fingerprint of the strings of the batch",
        ),
        sa.Column(
            "string_ids",
            sa.LargeBinary,
            nullable=False,
            comment="of each of its strings, 16 bytes, in order",
        ),
        sa.Column(
            "is_indexed",
            sa.Integer,
            nullable=False,
            comment="0 or 1: whether its strings are in the next table",
        ),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="their tokens, sealed"),
        sa.UniqueConstraint("unfinished", "strings_id"),
        # A number is not given again: what was opened under the old one would be taken for this.
        sqlite_autoincrement=True,
    )
    op.create_table(
        "evaluated",
        sa.Column("unfinished", sa.Integer, primary_key=True),
        sa.Column("string_id", sa.LargeBinary, primary_key=True, comment=_STRING_ID),
        sa.Column(
            "place",
            sa.Integer,
            nullable=False,
            comment="1024 times its batch's id, and which of the batch it is",
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    _forget_unfinished()
    op.drop_table("evaluated_batch")
    op.create_table(
        "evaluated",
        sa.Column("unfinished", sa.Integer, primary_key=True),
        sa.Column("string_id", sa.LargeBinary, primary_key=True, comment=_STRING_ID),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="its token, sealed"),
        sqlite_with_rowid=False,
    )


def _forget_unfinished() -> None:
    """Drop the tokens, which only the store key could move, and the imports that they are of."""
    op.drop_table("evaluated")
    op.execute("DELETE FROM asked_batch")
    op.execute("DELETE FROM unfinished")
