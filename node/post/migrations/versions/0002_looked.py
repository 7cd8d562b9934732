"""How far the ledger was looked at for checks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "looked",
        sa.Column("id", sa.Integer, primary_key=True, comment="1"),
        sa.Column("row", sa.Integer, nullable=False, comment="the last row of the ledger"),
        sa.Column("round", sa.LargeBinary, nullable=False, comment="its round, 16 bytes"),
    )


def downgrade() -> None:
    op.drop_table("looked")
