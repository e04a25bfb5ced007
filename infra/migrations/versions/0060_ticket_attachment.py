"""Files that belong to tickets."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "ticket_attachment",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("file", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_attachment"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_attachment_ticket_id_ticket"),
        sa.UniqueConstraint("ticket_id", "key", name="uq_ticket_attachment_ticket_id_key"),
        sa.UniqueConstraint("file", name="uq_ticket_attachment_file"),
    )


def downgrade() -> None:
    op.drop_table("ticket_attachment")
