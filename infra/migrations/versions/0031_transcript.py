"""What was said in calls."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "transcript",
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("call_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("lack", sa.String(20)),
        sa.Column("source", sa.String(20)),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("sides", sa.JSON, nullable=False),
        sa.Column("gaps", sa.JSON, nullable=False),
        sa.Column("searched", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_transcript"),
    )
    op.create_index("ix_transcript_call_at", "transcript", ["call_at"])
    op.create_table(
        "transcript_segment",
        sa.Column("id", BigId, nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("said_at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["transcript.call_id"],
            name="fk_transcript_segment_call_id_transcript",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_transcript_segment"),
    )
    op.create_index("ix_transcript_segment_call_id", "transcript_segment", ["call_id"])
    op.create_table(
        "transcript_agent",
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("agent_id", sa.Integer, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["transcript.call_id"],
            name="fk_transcript_agent_call_id_transcript",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", "agent_id", name="pk_transcript_agent"),
    )
    op.create_index("ix_transcript_agent_agent_id", "transcript_agent", ["agent_id"])


def downgrade() -> None:
    op.drop_table("transcript_agent")
    op.drop_table("transcript_segment")
    op.drop_table("transcript")
