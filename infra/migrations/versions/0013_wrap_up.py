"""The time after a call that an agent still has, so that a restart does not end it."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("acd_wish", sa.Column("wrap_up_call", sa.String(150), nullable=True))
    op.add_column("acd_wish", sa.Column("wrap_up_since", UtcDateTime(), nullable=True))
    op.add_column("acd_wish", sa.Column("wrap_up_until", UtcDateTime(), nullable=True))
    op.add_column("acd_wish", sa.Column("wrap_up_is_extended", sa.Boolean, nullable=True))


def downgrade() -> None:
    for name in ("is_extended", "until", "since", "call"):
        op.drop_column("acd_wish", f"wrap_up_{name}")
