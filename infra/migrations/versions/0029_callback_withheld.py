"""Callbacks that were promised to callers who had withheld their number."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column(
        "callback", sa.Column("is_from_withheld", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE callback SET is_from_withheld = TRUE"
        " WHERE origin IN (SELECT id FROM call WHERE caller_number = '')"
    )


def downgrade() -> None:
    op.drop_column("callback", "is_from_withheld")
