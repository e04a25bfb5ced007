"""Why nobody had served a call that left its queue."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("acd_wait", sa.Column("unserved", sa.JSON))


def downgrade() -> None:
    op.drop_column("acd_wait", "unserved")
