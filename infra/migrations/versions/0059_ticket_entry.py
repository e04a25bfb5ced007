"""What was said about tickets, in one thread, kept as it was written."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime
from infra.migrations.unchanging import forbid_changes, permit_changes

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.create_table(
        "ticket_entry",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(20), nullable=True),
        sa.Column("direction", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_entry"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_entry_ticket_id_ticket"),
        sa.UniqueConstraint("key", name="uq_ticket_entry_key"),
    )
    op.create_index("ix_ticket_entry_ticket_id", "ticket_entry", ["ticket_id"])
    forbid_changes("ticket_entry")


def downgrade() -> None:
    permit_changes("ticket_entry")
    op.drop_table("ticket_entry")
