"""When an endpoint last had a digest is found without reading every message of eight days"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    digests = sa.text("kind = 'digest'")
    op.create_index(
        "deliveries_digests",
        "deliveries",
        ["endpoint", "fold", "created_at"],
        sqlite_where=digests,
        postgresql_where=digests,
    )
