"""How long an attempt took; attempts before a person sent it again; indexes for claims that stay quick"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("took_ms", sa.BigInteger()))
    op.add_column("deliveries", sa.Column("attempts_before", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("deliveries_due", "deliveries")
    op.create_index("deliveries_due", "deliveries", ["state", "ready_at", "endpoint"])
    op.create_index("deliveries_expiry", "deliveries", ["state", "expires_at"])
