"""Whether whoever asked has looked at what was done."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "call_back",
        sa.Column(
            "is_new",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="1: of ours, and whoever waits for it has not looked at what was done",
        ),
    )
    # Every page asks for what somebody waits for, among all of a year.
    op.create_index("call_back_step", "call_back", ["ours", "step"])
    op.create_index("call_back_new", "call_back", ["ours", "is_new"])


def downgrade() -> None:
    for index in ("call_back_new", "call_back_step"):
        op.drop_index(index)
    op.drop_column("call_back", "is_new")
