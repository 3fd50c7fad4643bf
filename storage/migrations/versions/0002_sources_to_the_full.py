"""Sources to the full: aliases, re-reads, raw pages, coverage, notices; owners in the story; two indexes"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from storage.tables import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "raw_pages",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("charset", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
    op.create_index("ix_raw_pages_at", "raw_pages", ["at"])
    op.create_table(
        "aliases",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("article_url", sa.String(), nullable=False),
        sa.Column("entry_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
    op.create_index("ix_aliases_article_url", "aliases", ["article_url"])
    op.create_table(
        "rereads",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
    op.create_index("rereads_due", "rereads", ["source_id", "due_at"])
    op.create_table(
        "coverage",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("pages", "textless", "dated", "authored", "profiled", "unsure")
        ),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "day"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "endpoint"),
    )
    op.create_index("ix_notices_at", "notices", ["at"])
    op.create_index("notices_due", "notices", ["state", "due_at"])
    op.create_index("deliveries_story", "deliveries", ["story_id"])
    op.create_index("tags_telling", "tags", ["story_id", "rule", "verdict", "score"])
    _write_owners()


def _write_owners() -> None:
    """A story's owners were read from its articles each time; now they stand in the story."""
    connection = op.get_bind()
    articles = sa.text("SELECT filed FROM articles WHERE story_id = :story ORDER BY sequence")
    changed = sa.text("UPDATE stories SET doc = :doc WHERE story_id = :story")
    for story_id, doc in connection.execute(sa.text("SELECT story_id, doc FROM stories")).all():
        filed = [json.loads(row) for row in connection.execute(articles, {"story": story_id}).scalars()]
        owners = dict.fromkeys(item["owner"] for item in filed if not item.get("copy_of"))
        story = {**json.loads(doc), "owners": list(owners)}
        text = json.dumps(story, ensure_ascii=False, separators=(",", ":"))
        connection.execute(changed, {"story": story_id, "doc": text})
