"""Passkeys of accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="as the authenticator names it"),
        sa.Column(
            "username",
            sa.Text,
            sa.ForeignKey("account.username", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("used_number", sa.Integer, nullable=False, comment="as the authenticator counts"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="public key, name, time"),
    )
    op.create_index("passkey_of", "passkey", ["username"])


def downgrade() -> None:
    op.drop_table("passkey")
