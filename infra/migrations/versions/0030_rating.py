"""Ratings of calls, and who is to be surveyed instead."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "call_rating",
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("agent_id", sa.BigInteger, nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("rated_at", UtcDateTime),
        sa.Column("comment_path", sa.String(255)),
        sa.Column("comment_begun_at", UtcDateTime),
        sa.Column("comment_s", sa.Float),
        sa.Column("transcript", sa.Text),
        sa.Column("transcript_state", sa.String(10)),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_rating"),
    )
    op.create_index("ix_call_rating_agent_id", "call_rating", ["agent_id"])
    op.create_index("ix_call_rating_asked_at", "call_rating", ["asked_at"])
    op.create_table(
        "survey_due",
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("agent_id", sa.BigInteger, nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("taken_at", UtcDateTime),
        sa.PrimaryKeyConstraint("call_id", name="pk_survey_due"),
    )
    op.create_index("ix_survey_due_taken_at", "survey_due", ["taken_at"])


def downgrade() -> None:
    op.drop_table("survey_due")
    op.drop_table("call_rating")
