"""When somebody was signed out everywhere, and when a phone was taken: an older one is taken back."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("staff", sa.Column("sessions_ended_at", UtcDateTime(), nullable=True))
    op.add_column("phone", sa.Column("taken_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("phone", "taken_at")
    op.drop_column("staff", "sessions_ended_at")
