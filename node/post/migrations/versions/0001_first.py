"""The first schema of call-back requests and of post that waits for its receipt."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "call_back",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="16 random bytes"),
        sa.Column("ours", sa.Integer, primary_key=True, comment="1: we ask to be rung"),
        sa.Column("member", sa.Text, nullable=False, comment="the other council's id"),
        sa.Column("asked_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("due_ms", sa.Integer, nullable=False, comment="Unix time"),
        sa.Column("step", sa.Integer, nullable=False, comment="of spec 50 §5.1; 0: none yet"),
        sa.Column("changed_ms", sa.Integer, nullable=False, comment="Unix time of the last step"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="who, what, and what was done"),
    )
    op.create_index("call_back_due", "call_back", ["ours", "due_ms"])
    op.create_table(
        "waiting",
        sa.Column("number", sa.Integer, primary_key=True, comment="the order in which they go"),
        sa.Column("recipient", sa.Text, nullable=False, comment="member id"),
        sa.Column("message_id", sa.LargeBinary, nullable=False, comment="16 bytes"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the cell's body"),
        sa.UniqueConstraint("recipient", "message_id"),
    )


def downgrade() -> None:
    for table in ("waiting", "call_back"):
        op.drop_table(table)
