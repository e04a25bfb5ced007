"""Calls whose recordings were kept for as long as they may be."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "recording_removed",
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_recording_removed"),
    )


def downgrade() -> None:
    op.drop_table("recording_removed")
