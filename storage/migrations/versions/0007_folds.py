"""Deliveries: their route, the digest they wait for or went into, how many owners they showed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("route", "fold", "folded_into"):
        op.add_column("deliveries", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("owners", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("deliveries_created", "deliveries", ["created_at"])
    op.create_index("deliveries_members", "deliveries", ["folded_into"])
    waiting = sa.text("fold <> '' AND folded_into = ''")
    op.create_index("deliveries_unfolded", "deliveries", ["ready_at"], sqlite_where=waiting, postgresql_where=waiting)
