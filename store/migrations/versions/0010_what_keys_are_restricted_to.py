"""What keys are restricted to, and from which networks they may be used

Revision: 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = ("domains", "jurisdictions", "agents", "networks")


def upgrade() -> None:
    # Keys that there are stay unrestricted.
    with op.batch_alter_table("keys", schema=None) as batch_op:
        for name in _COLUMNS:
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("keys", schema=None) as batch_op:
        for name in _COLUMNS:
            batch_op.drop_column(name)
