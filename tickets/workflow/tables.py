"""The tables of workflows."""

import sqlalchemy as sa

from infra.database import UtcDateTime, metadata
from tickets.tables import tickets

versions = sa.Table(
    "workflow_version",
    metadata,
    sa.Column("workflow", sa.String(40), primary_key=True),
    sa.Column("digest", sa.String(16), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    # Since when it is known: tickets that were there before go on without.
    sa.Column("since", UtcDateTime, nullable=False),
)

places = sa.Table(
    "ticket_place",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey(tickets.c.id), primary_key=True, autoincrement=False),
    sa.Column("workflow", sa.String(40), nullable=False),
    sa.Column("digest", sa.String(16), nullable=False),
    sa.Column("step", sa.String(40), nullable=False),
    # What the step makes of the ticket's state once somebody works on it.
    sa.Column("goal", sa.String(30), nullable=False),
    sa.Column("begun_at", UtcDateTime, nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("passed", sa.JSON, nullable=False),
    # `values` is a word of SQL.
    sa.Column("entries", sa.JSON, nullable=False),
    sa.Column("visit_at", UtcDateTime),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["workflow", "digest"], ["workflow_version.workflow", "workflow_version.digest"]),
)
