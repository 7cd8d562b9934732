"""What managers say of the lookups that were drawn for them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("round", sa.LargeBinary, primary_key=True, comment="of the question"),
        sa.Column("reviewed_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="by whom, and what was found"),
    )


def downgrade() -> None:
    op.drop_table("review")
