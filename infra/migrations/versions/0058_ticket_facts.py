"""All that a ticket says; a history that tells why, and that the database itself keeps as it was written."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime
from infra.migrations.unchanging import forbid_changes, permit_changes

revision = "0058"
down_revision = "0057"

TEXTS = {"department": 60, "category": 60, "problem": 60, "product": 80, "order_number": 60, "region": 60}


def upgrade() -> None:
    for name, length in TEXTS.items():
        op.add_column("ticket", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("demand", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("channel", sa.String(20), nullable=False, server_default="phone"))
    op.execute("UPDATE ticket SET channel = 'voicemail' WHERE id IN (SELECT ticket_id FROM voicemail)")
    op.add_column("ticket", sa.Column("severity", sa.String(20), nullable=True))
    op.add_column("ticket", sa.Column("urgency", sa.String(20), nullable=True))
    op.add_column("ticket", sa.Column("occurred_at", UtcDateTime(), nullable=True))
    op.add_column("ticket_history", sa.Column("why", sa.String(500), nullable=False, server_default=""))
    op.add_column("ticket_history", sa.Column("version", sa.Integer(), nullable=True))
    forbid_changes("ticket_history")


def downgrade() -> None:
    permit_changes("ticket_history")
    op.drop_column("ticket_history", "version")
    op.drop_column("ticket_history", "why")
    for name in (*TEXTS, "demand", "channel", "severity", "urgency", "occurred_at"):
        op.drop_column("ticket", name)
