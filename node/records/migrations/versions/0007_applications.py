"""Applications for a child to be shielded."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="8 random bytes"),
        sa.Column("waits", sa.Integer, nullable=False, comment="1 until an officer has decided"),
        sa.Column("changed_ms", sa.Integer, nullable=False, comment="Unix time of the last change"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="who, of whom, why; decisions"),
    )


def downgrade() -> None:
    op.drop_table("application")
