"""Workflows of tickets: their versions, and where each ticket is in its own."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.create_table(
        "workflow_version",
        sa.Column("workflow", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "digest", name="pk_workflow_version"),
    )
    op.create_table(
        "ticket_place",
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("workflow", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("goal", sa.String(30), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("visit_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_ticket_place"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_place_ticket_id_ticket"),
        sa.ForeignKeyConstraint(
            ["workflow", "digest"],
            ["workflow_version.workflow", "workflow_version.digest"],
            name="fk_ticket_place_workflow_digest_workflow_version",
        ),
    )


def downgrade() -> None:
    op.drop_table("ticket_place")
    op.drop_table("workflow_version")
