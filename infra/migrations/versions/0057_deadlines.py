"""Deadlines of tickets, and who was told of them."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0057"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("due_at", UtcDateTime(), nullable=True))
    op.create_index("ix_ticket_due_at", "ticket", ["due_at"])
    op.create_table(
        "ticket_deadline",
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("step", sa.String(30), nullable=True),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("calendar", sa.String(40), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("amount_s", sa.Integer(), nullable=False),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("gone_off", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_deadline_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "kind", name="pk_ticket_deadline"),
    )
    op.create_table(
        "ticket_watch",
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("wake_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_watch_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_ticket_watch"),
    )
    op.create_index("ix_ticket_watch_wake_at", "ticket_watch", ["wake_at"])
    op.create_table(
        "deadline_notice",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("step", sa.String(30), nullable=True),
        sa.Column("mark", sa.String(12), nullable=False),
        sa.Column("offset_s", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_deadline_notice_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_deadline_notice"),
    )
    op.create_index("ix_deadline_notice_ticket_id", "deadline_notice", ["ticket_id"])
    op.create_index("ix_deadline_notice_staff_id_seen_at", "deadline_notice", ["staff_id", "seen_at"])


def downgrade() -> None:
    op.drop_table("deadline_notice")
    op.drop_table("ticket_watch")
    op.drop_table("ticket_deadline")
    op.drop_index("ix_ticket_due_at", "ticket")
    op.drop_column("ticket", "due_at")
