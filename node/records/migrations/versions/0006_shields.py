"""Shields: identities of which nothing is answered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "shield",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="8 random bytes"),
        sa.Column(
            "changed",
            sa.Integer,
            nullable=False,
            comment="1 more than the highest of all, at each change: what was read is newer or not",
        ),
        sa.Column("is_in_force", sa.Integer, nullable=False, comment="0 or 1"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="who, why, tokens and rows"),
    )


def downgrade() -> None:
    op.drop_table("shield")
