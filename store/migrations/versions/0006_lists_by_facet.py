"""Lists by facet: indexes that end in status and number, and totals of Sentinels and of pairs

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE: dict[str, tuple[list[str], str | None]] = {
    "holder": (["project_id", "assigned_to", "state"], None),
    "title": (["project_id", "title_key", "number"], None),
    "framework": (["project_id", "framework", "number"], "framework IS NOT NULL"),
    "template_id": (["project_id", "template_id", "number"], "template_id IS NOT NULL"),
}
_AFTER: dict[str, tuple[list[str], str | None]] = {
    "assignee": (["project_id", "assigned_to", "status", "number"], None),
    "title": (["project_id", "title_key", "status", "number"], None),
    "framework": (["project_id", "framework", "status", "number"], "framework IS NOT NULL"),
    "template_id": (["project_id", "template_id", "status", "number"], "template_id IS NOT NULL"),
    "title_framework": (
        ["project_id", "title_key", "framework", "status", "number"],
        "framework IS NOT NULL",
    ),
    "template_assignee": (
        ["project_id", "template_id", "assigned_to", "status", "number"],
        "template_id IS NOT NULL",
    ),
}
_r = sa.table(
    "requests",
    *(sa.column(name, sa.Text) for name in ("project_id", "status", "title_key", "framework", "template_id")),
    sa.column("assigned_to", sa.Integer),
)
_t = sa.table(
    "tallies", *(sa.column(name) for name in ("project_id", "facet", "value", "status", "requests"))
)
_ASSIGNEE = sa.cast(_r.c.assigned_to, sa.Text)
_TALLIES = {
    "assignee": _ASSIGNEE,
    "title+framework": _r.c.title_key + "\n" + _r.c.framework,
    "template_id+assignee": _r.c.template_id + "\n" + _ASSIGNEE,
}


def upgrade() -> None:
    _change(_BEFORE, _AFTER)
    for facet, value in _TALLIES.items():
        named = (_r.c.project_id, sa.literal(facet), value, _r.c.status)
        counted = sa.select(*named, sa.func.count()).where(value.is_not(None))
        counted = counted.group_by(_r.c.project_id, sa.text("3"), _r.c.status)
        op.execute(sa.insert(_t).from_select([column.name for column in _t.c], counted))


def downgrade() -> None:
    op.execute(sa.delete(_t).where(_t.c.facet.in_(_TALLIES)))
    _change(_AFTER, _BEFORE)


def _change(
    before: dict[str, tuple[list[str], str | None]], after: dict[str, tuple[list[str], str | None]]
) -> None:
    for name in before:
        op.drop_index(f"ix_requests_{name}", table_name="requests")
    for name, (columns, condition) in after.items():
        rows = None if condition is None else sa.text(condition)
        op.create_index(f"ix_requests_{name}", "requests", columns, sqlite_where=rows, postgresql_where=rows)
