"""Usernames of accounts that were removed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "removed",
        sa.Column("username", sa.Text, primary_key=True),
        sa.Column("removed_ms", sa.Integer, nullable=False, comment="Unix time"),
    )


def downgrade() -> None:
    op.drop_table("removed")
