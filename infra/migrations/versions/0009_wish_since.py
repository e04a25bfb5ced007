"""Since when an agent has been what they want to be."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("acd_wish", sa.Column("since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("acd_wish", "since")
