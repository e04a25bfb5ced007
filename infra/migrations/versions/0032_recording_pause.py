"""Pauses of recordings."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "recording_pause",
        sa.Column("id", BigId, nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("leg_id", sa.String(100), nullable=False),
        sa.Column("agent_id", sa.BigInteger, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("why", sa.String(20)),
        sa.PrimaryKeyConstraint("id", name="pk_recording_pause"),
        sa.UniqueConstraint("call_id", "since", name="uq_recording_pause_call_id_since"),
    )
    op.create_index("ix_recording_pause_call_id", "recording_pause", ["call_id"])
    op.create_index("ix_recording_pause_until", "recording_pause", ["until"])


def downgrade() -> None:
    op.drop_table("recording_pause")
