"""Stories put together and apart by hand: old ids, and what was decided"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "story_aliases",
        sa.Column("alias", sa.String(), primary_key=True),
        sa.Column("story_id", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index("ix_story_aliases_story_id", "story_aliases", ["story_id"])
    op.create_table(
        "story_links",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("one", sa.String(), primary_key=True),
        sa.Column("other", sa.String(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
    )
