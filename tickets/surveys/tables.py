"""The table of surveys."""

import sqlalchemy as sa

from infra.database import BigId, UtcDateTime, metadata

surveys = sa.Table(
    "survey",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    # What makes it once for each time a ticket is resolved, each call, and each wish of a person.
    sa.Column("key", sa.String(250), nullable=False, unique=True),
    # Kept as it is, since the same link is sent twice; who can read it here can read the answers, too.
    sa.Column("token", sa.String(60), nullable=False, unique=True),
    sa.Column("ticket_id", sa.BigInteger, index=True),
    sa.Column("call_id", sa.String(80)),
    sa.Column("customer_id", sa.BigInteger, index=True),
    sa.Column("agent_id", sa.BigInteger),
    sa.Column("department", sa.String(80), nullable=False),
    sa.Column("about", sa.String(30), nullable=False),
    sa.Column("asked_by", sa.BigInteger),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("dropped", sa.String(20)),
    sa.Column("number", sa.String(40), nullable=False, index=True),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("sends", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("first_sent_at", UtcDateTime, index=True),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("attitude", sa.Integer),
    sa.Column("speed", sa.Integer),
    sa.Column("result", sa.Integer),
    sa.Column("overall", sa.Integer),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("is_anonymous", sa.Boolean, nullable=False),
)
