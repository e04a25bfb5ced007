"""How it stands with the reserve of queues."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "acd_help",
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("help", sa.String(20), nullable=False),
        sa.Column("queues", sa.JSON, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Integer),
        sa.PrimaryKeyConstraint("queue", name="pk_acd_help"),
    )


def downgrade() -> None:
    op.drop_table("acd_help")
