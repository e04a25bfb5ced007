"""Desk phones with secrets that last, and what was planned for phones."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "desk_phone",
        sa.Column("staff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(80), nullable=False),
        sa.Column("realm", sa.String(80), nullable=False),
        sa.Column("sealed_ha1", sa.String(255), nullable=False),
        sa.Column("is_encrypted", sa.Boolean(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_desk_phone")),
        sa.UniqueConstraint("username", name=op.f("uq_desk_phone_username")),
    )
    op.add_column("phone", sa.Column("is_lasting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("phone", sa.Column("plan", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("phone", "plan")
    op.drop_column("phone", "is_lasting")
    op.drop_table("desk_phone")
