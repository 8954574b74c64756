"""Alembic's environment: runs on the connection that it is handed."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from failpoints import fail
from store import tables
from store.columns import Json, UtcDateTime

assert tables.requests is not None  # the import registers every table on the metadata


def plain(kind: str, item: Any, _: object) -> str | Literal[False]:
    """Write our own column types as the plain ones they are in the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=plain,
    transaction_per_migration=False,
    on_version_apply=lambda **_: fail("migration.step"),
)
with context.begin_transaction():
    context.run_migrations()
