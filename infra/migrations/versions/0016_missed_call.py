"""When an agent did not answer, so that a restart gives them no calls before they say that they are back."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("acd_wish", sa.Column("missed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("acd_wish", "missed_at")
