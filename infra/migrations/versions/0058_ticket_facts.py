"""All that a ticket says; a history that tells why, and that the database itself keeps as it was written."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime
from infra.migrations.unchanging import forbid_changes, permit_changes

revision = "0058"
down_revision = "0057"

TEXTS = ("department", "category", "problem", "product", "order_number", "region")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("ticket", sa.Column(name, sa.String(80), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("demand", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("channel", sa.String(20), nullable=False, server_default="phone"))
    op.execute("UPDATE ticket SET channel = 'voicemail' WHERE id IN (SELECT ticket_id FROM voicemail)")
    op.add_column("ticket", sa.Column("severity", sa.String(20), nullable=True))
    op.add_column("ticket", sa.Column("urgency", sa.String(20), nullable=True))
    op.add_column("ticket", sa.Column("occurred_at", UtcDateTime(), nullable=True))
    op.add_column("ticket_history", sa.Column("why", sa.String(500), nullable=False, server_default=""))
    op.add_column("ticket_history", sa.Column("version", sa.Integer(), nullable=True))
    # Pages that were open before know a version, and nobody knows which of these lines they have seen: they
    # are shown a conflict too many rather than replace words of others.
    op.execute(
        "UPDATE ticket_history SET version ="
        " (SELECT ticket.version FROM ticket WHERE ticket.id = ticket_history.ticket_id)"
    )
    forbid_changes("ticket_history")


def downgrade() -> None:
    permit_changes("ticket_history")
    op.drop_column("ticket_history", "version")
    op.drop_column("ticket_history", "why")
    for name in (*TEXTS, "demand", "channel", "severity", "urgency", "occurred_at"):
        op.drop_column("ticket", name)
