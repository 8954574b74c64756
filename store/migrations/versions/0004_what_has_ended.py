"""Finding what has served its time

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ENDED = sa.text("done_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_done", "deliveries", ["done_at"], sqlite_where=_ENDED, postgresql_where=_ENDED
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.create_index("ix_sightings_at", "sightings", ["at"])


def downgrade() -> None:
    op.drop_index("ix_sightings_at", "sightings")
    op.drop_index("ix_idempotency_created_at", "idempotency")
    op.drop_index("ix_deliveries_done", "deliveries")
