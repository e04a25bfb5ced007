"""The tables of deadlines."""

import sqlalchemy as sa

from infra.database import BigId, UtcDateTime, metadata
from tickets.tables import tickets

deadlines = sa.Table(
    "ticket_deadline",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("step", sa.String(30)),
    sa.Column("rule", sa.String(40), nullable=False),
    sa.Column("calendar", sa.String(40), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("amount_s", sa.Integer, nullable=False),
    sa.Column("pauses", sa.JSON, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime),
    sa.Column("gone_off", sa.JSON, nullable=False),
)

watches = sa.Table(
    "ticket_watch",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), primary_key=True, autoincrement=False),
    # Rises with each writing of a ticket's deadlines: of two who looked at once, one looks again.
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("wake_at", UtcDateTime, index=True),
)

notices = sa.Table(
    "deadline_notice",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), nullable=False, index=True),
    sa.Column("staff_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("step", sa.String(30)),
    sa.Column("mark", sa.String(12), nullable=False),
    sa.Column("offset_s", sa.Integer, nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime),
    sa.Index("ix_deadline_notice_staff_id_seen_at", "staff_id", "seen_at"),
)
