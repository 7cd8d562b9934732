"""What the team of a case is told: somebody else has asked about it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="16 random bytes"),
        sa.Column(
            "audience", sa.LargeBinary, nullable=False, comment="fingerprint: whom it is for"
        ),
        sa.Column("asked_ms", sa.Integer, nullable=False, comment="Unix time of the question"),
        sa.Column("is_seen", sa.Integer, nullable=False, comment="1: by one of them"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="which case, who asked, why"),
    )
    op.create_index("notice_for", "notice", ["audience", "asked_ms"])
    op.create_index("notice_asked", "notice", ["asked_ms"])


def downgrade() -> None:
    op.drop_table("notice")
