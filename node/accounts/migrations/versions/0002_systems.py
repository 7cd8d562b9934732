"""Case systems that ask for their users, and the tokens that they have used."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "case_system",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="its public key"),
    )
    op.create_table(
        "used_token",
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="SHA-256 of system and jti"),
        sa.Column("until_ms", sa.Integer, nullable=False, comment="Unix time; no good from then"),
    )


def downgrade() -> None:
    for table in ("used_token", "case_system"):
        op.drop_table(table)
