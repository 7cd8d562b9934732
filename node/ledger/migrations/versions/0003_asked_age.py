"""Questions of ours are listed by their time."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("asked_age", "asked", ["asked_ms"])


def downgrade() -> None:
    op.drop_index("asked_age", "asked")
