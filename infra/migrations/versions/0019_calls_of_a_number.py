"""The newest calls of a number are found without reading all of them."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_index("ix_call_caller_number_arrived_at", "call", ["caller_number", "arrived_at"])
    op.drop_index("ix_call_caller_number", "call")


def downgrade() -> None:
    op.create_index("ix_call_caller_number", "call", ["caller_number"])
    op.drop_index("ix_call_caller_number_arrived_at", "call")
