"""Customers and their numbers."""

import sqlalchemy as sa
from alembic import op

from infra.database import BigId, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_index("ix_customer_name", "customer", ["name"])
    op.create_table(
        "customer_number",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("customer_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_customer_number"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
            name="fk_customer_number_customer_id_customer",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_customer_number_customer_id", "customer_number", ["customer_id"])


def downgrade() -> None:
    op.drop_table("customer_number")
    op.drop_table("customer")
