"""How long callers were on hold, who was asked meanwhile, and how calls went from one agent to the next."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("leg", sa.Column("held_s", sa.Float(), nullable=False, server_default="0"))
    op.add_column("leg", sa.Column("held_since", UtcDateTime(), nullable=True))
    op.add_column("leg", sa.Column("consulted_at", UtcDateTime(), nullable=True))
    op.add_column("call", sa.Column("transfers", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("call", "transfers")
    op.drop_column("leg", "consulted_at")
    op.drop_column("leg", "held_since")
    op.drop_column("leg", "held_s")
