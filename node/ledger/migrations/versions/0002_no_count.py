"""Questions of a day are counted beside the rows: no index of their days is written with each."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_index("received_count", "received")
    op.drop_column("received", "day")


def downgrade() -> None:
    op.add_column("received", sa.Column("day", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE received SET day = received_ms / 86400000")
    op.create_index("received_count", "received", ["kind", "sender", "day"])
