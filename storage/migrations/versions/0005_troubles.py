"""Troubles of our own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "troubles",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
