"""The first schema of the records."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "source_key",
            sa.LargeBinary,
            nullable=False,
            unique=True,
            comment="keyed fingerprint of source, case reference and involvement",
        ),
        sa.Column(
            "content_key",
            sa.LargeBinary,
            nullable=False,
            comment="keyed fingerprint of the whole row: tells an unchanged one",
        ),
        sa.Column(
            "source",
            sa.LargeBinary,
            nullable=False,
            comment="keyed fingerprint of the source's name",
        ),
        sa.Column(
            "expires_day",
            sa.Integer,
            nullable=False,
            comment="day since 0001-01-01 from which it is no longer answered",
        ),
        sa.Column(
            "sealed",
            sa.LargeBinary,
            nullable=False,
            comment="tokens, case reference, involvement and contact details, sealed",
        ),
    )
    op.create_index("record_source", "record", ["source"])
    op.create_table(
        "source",
        sa.Column(
            "source",
            sa.LargeBinary,
            primary_key=True,
            comment="keyed fingerprint of the source's name",
        ),
        sa.Column("oprf_key", sa.LargeBinary, nullable=False, comment="8 bytes"),
        sa.Column("matching_version", sa.Integer, nullable=False),
        sa.Column("load_number", sa.Integer, nullable=False, comment="counts all loads"),
    )


def downgrade() -> None:
    op.drop_table("source")
    op.drop_table("record")
