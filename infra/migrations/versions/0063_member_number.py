"""Customers' member numbers, and callers who said on the line who they are."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0063"
down_revision = "0060"


def upgrade() -> None:
    op.add_column("customer", sa.Column("member_number", sa.String(32), nullable=False, server_default=""))
    op.create_index(
        "uq_customer_member_number",
        "customer",
        ["member_number"],
        unique=True,
        sqlite_where=sa.text("member_number != ''"),
        postgresql_where=sa.text("member_number != ''"),
    )
    op.create_table(
        "identified_caller",
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("customer_id", BigId, nullable=False),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name="fk_identified_caller_customer_id_customer",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", name="pk_identified_caller"),
    )
    op.create_index("ix_identified_caller_customer_id", "identified_caller", ["customer_id"])


def downgrade() -> None:
    op.drop_table("identified_caller")
    op.drop_index("uq_customer_member_number", table_name="customer")
    op.drop_column("customer", "member_number")
