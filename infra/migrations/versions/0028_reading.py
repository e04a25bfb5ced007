"""What was read out of a ticket's message."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "ticket_reading",
        sa.Column("ticket_id", BigId, nullable=False, autoincrement=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_reading_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_ticket_reading"),
    )


def downgrade() -> None:
    op.drop_table("ticket_reading")
