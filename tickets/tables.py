"""The tables of tickets."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from infra.database import BigId, UtcDateTime, metadata
from tickets.model import OPEN_STATES, Priority, TicketFilter

serials = sa.Table(
    "ticket_serial",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

tickets = sa.Table(
    "ticket",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("number", sa.String(24), nullable=False, unique=True),
    sa.Column("type", sa.String(30), nullable=False),
    sa.Column("priority", sa.String(10), nullable=False),
    sa.Column("state", sa.String(30), nullable=False, index=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("customer_id", sa.BigInteger, index=True),
    sa.Column("owner_id", sa.BigInteger, index=True),
    sa.Column("department", sa.String(80), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("category", sa.String(80), nullable=False),
    sa.Column("problem", sa.String(80), nullable=False),
    sa.Column("severity", sa.String(20)),
    sa.Column("urgency", sa.String(20)),
    sa.Column("occurred_at", UtcDateTime),
    sa.Column("demand", sa.Text, nullable=False),
    sa.Column("product", sa.String(80), nullable=False),
    sa.Column("order_number", sa.String(80), nullable=False),
    sa.Column("region", sa.String(80), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
    sa.Column("updated_at", UtcDateTime, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    # The first deadline that is still to be met, see `tickets.deadlines`; none while it is paused.
    sa.Column("due_at", UtcDateTime, index=True),
    # The place in a call where a caller left it in a voice menu: there is one ticket for it.
    sa.Column("left_by", sa.String(200), index=True, unique=True),
)

ticket_calls = sa.Table(
    "ticket_call",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), primary_key=True),
    sa.Column("call_id", sa.String(80), primary_key=True, index=True),
)

# Triggers of the database refuse to change or remove what is in it.
history = sa.Table(
    "ticket_history",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("staff_id", sa.BigInteger),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("why", sa.String(500), nullable=False),
    sa.Column("version", sa.Integer),
)

# As with the history, the database refuses to change or remove any.
entries = sa.Table(
    "ticket_entry",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), nullable=False, index=True),
    sa.Column("key", sa.String(250), nullable=False, unique=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("staff_id", sa.BigInteger),
    sa.Column("channel", sa.String(20)),
    sa.Column("direction", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

attachments = sa.Table(
    "ticket_attachment",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), nullable=False),
    sa.Column("key", sa.String(60), nullable=False),
    sa.Column("file", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("staff_id", sa.BigInteger, nullable=False),
    # The row stays, so that what is sent again by its key is not there again.
    sa.Column("removed_at", UtcDateTime),
    sa.UniqueConstraint("ticket_id", "key"),
)

voicemails = sa.Table(
    "voicemail",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), primary_key=True, autoincrement=False),
    sa.Column("call_id", sa.String(80), nullable=False),
    sa.Column("left_at", UtcDateTime, nullable=False),
    sa.Column("caller_number", sa.String(40), nullable=False),
    sa.Column("dialled", sa.String(40), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("path", sa.String(255), nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("transcript", sa.Text),
    sa.Column("transcript_state", sa.String(10), nullable=False),
    sa.UniqueConstraint("call_id", "left_at"),
)

readings = sa.Table(
    "ticket_reading",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), primary_key=True, autoincrement=False),
    sa.Column("findings", sa.JSON, nullable=False),
)

voicemail_parts = sa.Table(
    "voicemail_part",
    metadata,
    # What makes a part the same one, however often it is found in the spool.
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey(voicemails.c.ticket_id), nullable=False, index=True),
)

_PRIORITY_ORDER = sa.case(
    {priority: place for place, priority in enumerate(Priority)}, value=tickets.c.priority
)
SORTS: Mapping[str, sa.ColumnElement[Any]] = {
    "number": tickets.c.number,
    "priority": _PRIORITY_ORDER,
    "created_at": tickets.c.created_at,
    "updated_at": tickets.c.updated_at,
    "due_at": tickets.c.due_at,
}


def matching(wanted: TicketFilter) -> list[sa.ColumnElement[bool]]:
    """What a ticket has to be that is wanted."""
    where: list[sa.ColumnElement[bool]] = []
    for column, value in (
        (tickets.c.state, wanted.state),
        (tickets.c.type, wanted.type),
        (tickets.c.owner_id, wanted.owner),
        (tickets.c.customer_id, wanted.customer),
    ):
        if value is not None:
            where.append(column == value)
    if wanted.only_open:
        where.append(tickets.c.state.in_(sorted(OPEN_STATES)))
    if wanted.due_before is not None:
        where.append(tickets.c.due_at < wanted.due_before)
    if wanted.search:
        said = sa.select(voicemails.c.ticket_id).where(
            voicemails.c.transcript.icontains(wanted.search, autoescape=True)
        )
        texts = (tickets.c.number, tickets.c.title, tickets.c.description)
        ways = [text.icontains(wanted.search, autoescape=True) for text in texts]
        where.append(sa.or_(*ways, tickets.c.id.in_(said)))
    return where
