"""How many callers came to each node of a flow on each day, and hung up there."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "flow_visit",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("flow", sa.String(40), nullable=False),
        sa.Column("node", sa.String(40), nullable=False),
        sa.Column("came", sa.Integer, nullable=False),
        sa.Column("hung_up", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "flow", "node", name="pk_flow_visit"),
    )


def downgrade() -> None:
    op.drop_table("flow_visit")
