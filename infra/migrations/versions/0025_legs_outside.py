"""Who took part in a call from an outside number."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("leg", sa.Column("outside", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("leg", "outside")
