"""Calls that Hotline places itself."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("call", sa.Column("direction", sa.String(3), nullable=False, server_default="in"))


def downgrade() -> None:
    op.drop_column("call", "direction")
