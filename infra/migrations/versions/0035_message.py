"""Messages to customers, and tickets that callers leave in a voice menu, once each."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("key", sa.String(250), nullable=False, unique=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("call_id", sa.String(80)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
    )
    for column in ("number", "call_id", "written_at"):
        op.create_index(f"ix_message_{column}", "message", [column])
    op.add_column("ticket", sa.Column("left_by", sa.String(200)))
    op.create_index("ix_ticket_left_by", "ticket", ["left_by"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_ticket_left_by", "ticket")
    op.drop_column("ticket", "left_by")
    op.drop_table("message")
