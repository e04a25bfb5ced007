"""Callers who are blocked, and callers of whom agents are warned."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "listed_caller",
        sa.Column("id", BigId, nullable=False),
        sa.Column("sort", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("manner", sa.String(10), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("added_by", sa.Integer, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("is_proposed", sa.Boolean, nullable=False),
        sa.Column("lifted_by", sa.Integer, nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_listed_caller"),
    )
    op.create_index(
        "uq_listed_caller_open",
        "listed_caller",
        ["value", "kind", "sort"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_listed_caller_open", "listed_caller")
    op.drop_table("listed_caller")
