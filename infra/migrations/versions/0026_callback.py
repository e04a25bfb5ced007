"""Customers who were promised to be called back."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("origin", sa.String(80), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("mark", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("dials", sa.Integer, nullable=False),
        sa.Column("is_dialled", sa.Boolean, nullable=False),
        sa.Column("not_before", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("end", sa.String(20)),
        sa.Column("by_call", sa.String(80)),
        sa.Column("reason", sa.String(20)),
    )
    op.create_index("ix_callback_origin", "callback", ["origin"])
    op.create_index(
        "uq_callback_origin",
        "callback",
        ["origin"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_callback_ended_at", "callback", ["ended_at"])


def downgrade() -> None:
    op.drop_table("callback")
