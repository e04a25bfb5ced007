"""What agents can do, their branch, their own time after a call; how waits ended in more detail."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("acd_agent", sa.Column("skills", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("acd_agent", sa.Column("region", sa.String(80), nullable=False, server_default=""))
    op.add_column("acd_agent", sa.Column("wrap_up_s", sa.Float(), nullable=True))
    op.add_column("acd_wait", sa.Column("met_own_agent", sa.Boolean(), nullable=True))
    op.add_column("acd_wait", sa.Column("exit", sa.String(20), nullable=True))


def downgrade() -> None:
    op.drop_column("acd_wait", "exit")
    op.drop_column("acd_wait", "met_own_agent")
    op.drop_column("acd_agent", "wrap_up_s")
    op.drop_column("acd_agent", "region")
    op.drop_column("acd_agent", "skills")
