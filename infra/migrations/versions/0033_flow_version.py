"""Versions of flows, drafts, and the sets of flows by which calls go."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "flow_version",
        sa.Column("id", BigId, nullable=False),
        sa.Column("flow", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=True),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("is_published", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flow_version"),
        sa.UniqueConstraint("flow", "number", name="uq_flow_version_flow_number"),
    )
    op.create_index("ix_flow_version_digest", "flow_version", ["digest"])
    op.create_table(
        "flow_draft",
        sa.Column("flow", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("based_on", sa.String(16), nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("flow", name="pk_flow_draft"),
    )
    op.create_table(
        "flow_set",
        sa.Column("pin", sa.String(16), nullable=False),
        sa.Column("digests", sa.JSON, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pin", name="pk_flow_set"),
    )


def downgrade() -> None:
    op.drop_table("flow_set")
    op.drop_table("flow_draft")
    op.drop_index("ix_flow_version_digest", "flow_version")
    op.drop_table("flow_version")
