"""The language that callers chose the last time, by their number."""

import sqlalchemy as sa
from alembic import op

from infra.database import UtcDateTime

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.create_table(
        "chosen_language",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_chosen_language"),
    )
    op.create_index("ix_chosen_language_at", "chosen_language", ["at"])


def downgrade() -> None:
    op.drop_table("chosen_language")
