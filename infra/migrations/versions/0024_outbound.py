"""Calls that agents place, and people who must not be called."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "placed_call",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("agent_id", sa.Integer, nullable=False),
        sa.Column("press", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("agent_id", "press"),
    )
    op.create_index(None, "placed_call", ["agent_id", "at"])
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("added_by", sa.Integer, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("do_not_call")
    op.drop_table("placed_call")
