"""Cards know what they show; the pace at Slack is shared

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What a card that is up to date shows is the request's state. Of others nobody knows: they are looked at.
_SHOWN = sa.text(
    "UPDATE cards SET shown_state = (SELECT r.state FROM requests r WHERE r.id = cards.request_id),"
    " shown_holder = (SELECT r.assigned_to FROM requests r WHERE r.id = cards.request_id)"
    " WHERE EXISTS (SELECT 1 FROM requests r"
    " WHERE r.id = cards.request_id AND r.version <= cards.shown_version)"
)
_OPEN = sa.text("shown_state IS NULL OR shown_state IN ('pending', 'assigned')")


def upgrade() -> None:
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shown_state", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("shown_holder", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("locale", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_SHOWN)
    op.create_index(
        "ix_cards_open", "cards", ["project_id", "surface"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    # Lost in a crash of the database, which costs nothing but one burst.
    unlogged = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_table(
        "paces",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paces")),
        prefixes=unlogged,
    )


def downgrade() -> None:
    op.drop_table("paces")
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.drop_index("ix_cards_open")
        for name in ("looked_at", "posted_at", "digest", "locale", "shown_holder", "shown_state"):
            batch_op.drop_column(name)
