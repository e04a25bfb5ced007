"""Surveys of customers by a link that works once."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0080"
down_revision = "0065"


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("key", sa.String(250), nullable=False, unique=True),
        sa.Column("token", sa.String(60), nullable=False, unique=True),
        sa.Column("ticket_id", sa.BigInteger),
        sa.Column("call_id", sa.String(80)),
        sa.Column("customer_id", sa.BigInteger),
        sa.Column("agent_id", sa.BigInteger),
        sa.Column("department", sa.String(80), nullable=False),
        sa.Column("about", sa.String(30), nullable=False),
        sa.Column("asked_by", sa.BigInteger),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("dropped", sa.String(20)),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("first_sent_at", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("attitude", sa.Integer),
        sa.Column("speed", sa.Integer),
        sa.Column("result", sa.Integer),
        sa.Column("overall", sa.Integer),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
    )
    for column in ("ticket_id", "customer_id", "number", "first_sent_at"):
        op.create_index(f"ix_survey_{column}", "survey", [column])


def downgrade() -> None:
    op.drop_table("survey")
