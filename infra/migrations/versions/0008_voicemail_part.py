"""Which parts of a message are in its recording."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "voicemail_part",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_voicemail_part"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["voicemail.ticket_id"], name="fk_voicemail_part_ticket_id_voicemail"
        ),
    )
    op.create_index("ix_voicemail_part_ticket_id", "voicemail_part", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("voicemail_part")
