"""What callers chose in the menu, for the agent's screen after a restart and for whoever looks later."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("call", sa.Column("said_in_menu", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("call", "said_in_menu")
