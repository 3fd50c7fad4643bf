"""Messages that are kept still are found without reading those that are not"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.text("body IS NOT NULL")
    op.create_index(
        "deliveries_messages", "deliveries", ["state", "settled_at"], sqlite_where=kept, postgresql_where=kept
    )
