"""Routing: agents' queues and wishes, offers with their reasons, waits."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "acd_agent",
        sa.Column("agent", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_acd_agent"),
    )
    op.create_table(
        "acd_wish",
        sa.Column("agent", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_acd_wish"),
    )
    op.create_table(
        "acd_offer",
        sa.Column("leg", sa.String(200), nullable=False),
        sa.Column("call", sa.String(150), nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("agent", sa.Integer(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("waited_s", sa.Float(), nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("result", sa.String(20), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("leg", name="pk_acd_offer"),
    )
    op.create_index("ix_acd_offer_call", "acd_offer", ["call"])
    op.create_table(
        "acd_wait",
        sa.Column("call", sa.String(150), nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("waited_s", sa.Float(), nullable=False),
        sa.Column("was_answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_acd_wait"),
    )
    op.create_index("ix_acd_wait_ended_at", "acd_wait", ["ended_at"])


def downgrade() -> None:
    op.drop_table("acd_wait")
    op.drop_table("acd_offer")
    op.drop_table("acd_wish")
    op.drop_table("acd_agent")
