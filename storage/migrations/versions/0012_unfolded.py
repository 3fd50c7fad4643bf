"""Messages that wait for a digest are found by an index that planners take"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("fold <> '' AND folded_into = ''")
    op.drop_index("deliveries_unfolded", "deliveries")
    op.create_index(
        "deliveries_unfolded",
        "deliveries",
        ["folded_into", "ready_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
