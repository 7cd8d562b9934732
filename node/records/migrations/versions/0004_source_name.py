"""A source's name, sealed: by it a case reference finds its rows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "source",
        sa.Column(
            "sealed_name",
            sa.LargeBinary,
            nullable=True,
            comment="the source's name, sealed; empty until its next load",
        ),
    )


def downgrade() -> None:
    op.drop_column("source", "sealed_name")
