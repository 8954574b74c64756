"""A bound on the open requests of a key, and how many it has

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNT = """
INSERT INTO tallies (project_id, facet, value, status, requests)
SELECT project_id, 'key', key_id, 'open', count(*) FROM requests WHERE ended_at IS NULL
GROUP BY project_id, key_id
"""


def upgrade() -> None:
    with op.batch_alter_table("keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("max_open", sa.Integer(), nullable=True))
    op.execute(_COUNT)


def downgrade() -> None:
    op.execute("DELETE FROM tallies WHERE facet = 'key'")
    with op.batch_alter_table("keys", schema=None) as batch_op:
        batch_op.drop_column("max_open")
