"""The phones that are given out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "phone",
        sa.Column("staff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("is_browser", sa.Boolean(), nullable=False),
        sa.Column("username", sa.String(80), nullable=False),
        sa.Column("realm", sa.String(80), nullable=False),
        sa.Column("ha1", sa.String(32), nullable=False),
        sa.Column("provided_boot", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_phone"),
    )


def downgrade() -> None:
    op.drop_table("phone")
