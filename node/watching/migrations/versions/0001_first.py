"""The first schema of standing watches."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="16 random bytes"),
        sa.Column("username", sa.Text, nullable=False, comment="whose it is"),
        sa.Column("next_ms", sa.Integer, nullable=False, comment="Unix time; asked from then on"),
        sa.Column("asked_ms", sa.Integer, nullable=False, comment="Unix time; 0: never"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="case, purpose, what was told"),
    )
    op.create_index("watch_next", "watch", ["next_ms"])
    op.create_index("watch_of", "watch", ["username"])


def downgrade() -> None:
    op.drop_table("watch")
