"""The first schema of kept lookups."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "lookup",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="16 random bytes"),
        sa.Column("username", sa.Text, nullable=False, comment="whose it is"),
        sa.Column("asked_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="outcomes and contacts"),
    )
    op.create_index("lookup_of", "lookup", ["username", "asked_ms"])


def downgrade() -> None:
    op.drop_table("lookup")
