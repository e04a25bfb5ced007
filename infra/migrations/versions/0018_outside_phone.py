"""Phones that are outside numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("phone", sa.Column("number", sa.String(24), nullable=False, server_default=""))
    op.add_column("phone", sa.Column("language", sa.String(10), nullable=False, server_default="zh"))


def downgrade() -> None:
    op.drop_column("phone", "language")
    op.drop_column("phone", "number")
