"""The first schema of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "received",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("round", sa.LargeBinary, nullable=False, comment="16 bytes"),
        sa.Column("sender", sa.Text, nullable=False, comment="member id"),
        sa.Column("kind", sa.Integer, nullable=False, comment="protocol.sealing.envelope.Kind"),
        sa.Column("day", sa.Integer, nullable=False, comment="days since 1970, UTC"),
        sa.Column("received_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the request"),
        sa.Column("reply", sa.LargeBinary, comment="sealed reply; empty until made, and once old"),
        sa.Column("entry", sa.LargeBinary, nullable=False, comment="sealed, of one length a kind"),
        sa.Column("open", sa.Integer, nullable=False, comment="1 until post has been acted upon"),
    )
    op.create_index("received_once", "received", ["round", "sender"], unique=True)
    op.create_index("received_count", "received", ["kind", "sender", "day"])
    op.create_index("received_age", "received", ["kind", "received_ms"])
    op.create_table(
        "allowance",
        sa.Column("sender", sa.Text, primary_key=True, comment="member id"),
        sa.Column("kind", sa.Integer, primary_key=True),
        sa.Column("oprf_key", sa.LargeBinary, primary_key=True, comment="8 bytes"),
        sa.Column("matching_version", sa.Integer, primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, comment="days since 1970, UTC"),
        sa.Column(
            "elements", sa.Integer, nullable=False, comment="evaluated for, padding included"
        ),
    )
    op.create_table(
        "asked",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("round", sa.LargeBinary, nullable=False, unique=True, comment="16 bytes"),
        sa.Column("asked_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("entry", sa.LargeBinary, nullable=False, comment="sealed, of one length"),
    )


def downgrade() -> None:
    for table in ("asked", "allowance", "received"):
        op.drop_table(table)
