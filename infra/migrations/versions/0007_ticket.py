"""Tickets, their history, and messages."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "ticket_serial",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_ticket_serial"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", BigId, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("type", sa.String(30), nullable=False),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("number", name="uq_ticket_number"),
    )
    for column in ("state", "customer_id", "owner_id", "created_at", "updated_at"):
        op.create_index(f"ix_ticket_{column}", "ticket", [column])
    op.create_table(
        "ticket_call",
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "call_id", name="pk_ticket_call"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_call_ticket_id_ticket"),
    )
    op.create_index("ix_ticket_call_call_id", "ticket_call", ["call_id"])
    op.create_table(
        "ticket_history",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_history"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_history_ticket_id_ticket"),
    )
    op.create_index("ix_ticket_history_ticket_id", "ticket_history", ["ticket_id"])
    op.create_table(
        "voicemail",
        sa.Column("ticket_id", BigId, autoincrement=False, nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=False),
        sa.Column("caller_number", sa.String(40), nullable=False),
        sa.Column("dialled", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("path", sa.String(255), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column("transcript_state", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_voicemail"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_voicemail_ticket_id_ticket"),
        sa.UniqueConstraint("call_id", "left_at", name="uq_voicemail_call_id_left_at"),
    )


def downgrade() -> None:
    for table in ("voicemail", "ticket_history", "ticket_call", "ticket", "ticket_serial"):
        op.drop_table(table)
