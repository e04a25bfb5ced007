"""Who may work is said by the account: an agent's queues need no switch of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.drop_column("acd_agent", "is_enabled")


def downgrade() -> None:
    op.add_column(
        "acd_agent", sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true())
    )
