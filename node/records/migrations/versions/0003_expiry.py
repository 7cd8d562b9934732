"""What has expired is found without reading every record."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("record_expiry", "record", ["expires_day"])


def downgrade() -> None:
    op.drop_index("record_expiry", "record")
