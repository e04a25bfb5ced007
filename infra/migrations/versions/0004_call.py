"""The ledger of calls."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("caller_number", sa.String(40), nullable=False),
        sa.Column("caller_name", sa.String(80), nullable=False),
        sa.Column("dialled", sa.String(40), nullable=False),
        sa.Column("trunk", sa.String(40), nullable=False),
        sa.Column("decided", sa.String(20), nullable=True),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    for column in ("arrived_at", "caller_number", "outcome", "ended_at"):
        op.create_index(f"ix_call_{column}", "call", [column])
    op.create_table(
        "leg",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(20), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_leg_call_id_call", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_leg"),
    )
    for column in ("call_id", "agent_id"):
        op.create_index(f"ix_leg_{column}", "leg", [column])


def downgrade() -> None:
    op.drop_table("leg")
    op.drop_table("call")
