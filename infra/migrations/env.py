"""What Alembic runs around a migration: always on the connection that `migrate` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from infra.database import UtcDateTime, metadata


def _name_of_type(kind: str, item: object, autogenerate: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        autogenerate.imports.add("from infra.database import UtcDateTime")
        return "UtcDateTime()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_name_of_type,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
