"""How Alembic reaches our tables: over the connection that `models.schema` hands in."""

from typing import Any, Literal

from alembic import context

from models import tables  # noqa: F401  (loads every table)
from models.base import Base, SafeJSON, SafeText


def plainly(kind: str, thing: Any, _: Any) -> str | Literal[False]:
    """Write our own types as what they are in PostgreSQL: a migration must outlive its code."""
    if kind == "type" and isinstance(thing, SafeText):
        return "sa.String()"
    if kind == "type" and isinstance(thing, SafeJSON):
        return "postgresql.JSONB()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_item=plainly,
)
with context.begin_transaction():
    context.run_migrations()
