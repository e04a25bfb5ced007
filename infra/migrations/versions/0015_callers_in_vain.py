"""Whom callers wanted who reached nobody, and who of them somebody has seen to."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("call", sa.Column("wanted_queue", sa.String(80), nullable=True))
    op.add_column("call", sa.Column("wanted_since", UtcDateTime(), nullable=True))
    op.add_column("call", sa.Column("wanted_until", UtcDateTime(), nullable=True))
    op.add_column("call", sa.Column("turned_away", sa.String(20), nullable=True))
    op.create_table(
        "caller_seen_to",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_caller_seen_to"),
    )


def downgrade() -> None:
    op.drop_table("caller_seen_to")
    op.drop_column("call", "turned_away")
    op.drop_column("call", "wanted_until")
    op.drop_column("call", "wanted_since")
    op.drop_column("call", "wanted_queue")
