"""Customers have a region."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("customer", sa.Column("region", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("customer", "region")
