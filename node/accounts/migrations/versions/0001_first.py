"""The first schema of accounts and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("username", sa.Text, primary_key=True, comment="lower case, as it is typed"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="who, roles, password's hash"),
        sa.Column("failures", sa.Integer, nullable=False, comment="wrong passwords in a row"),
        sa.Column("closed_until_ms", sa.Integer, nullable=False, comment="Unix time; 0: open"),
        sa.Column("declared_ms", sa.Integer, nullable=False, comment="Unix time; 0: never"),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="SHA-256 of the cookie"),
        sa.Column(
            "username",
            sa.Text,
            sa.ForeignKey("account.username", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("begun_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("seen_ms", sa.Integer, nullable=False, comment="Unix time of the last page"),
    )
    op.create_index("session_of", "session", ["username"])


def downgrade() -> None:
    for table in ("session", "account"):
        op.drop_table(table)
