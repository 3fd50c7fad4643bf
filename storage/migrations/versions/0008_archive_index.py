"""The archive's index: folded texts, and their trigrams"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQLITE = (
    # detail=none: a term's trigrams are looked for together and what is found is read again, so where
    # they stand need not be kept; the index takes a third of the room and half the time.
    "CREATE VIRTUAL TABLE texts_found USING fts5(title, text, content='texts', content_rowid='number', "
    "tokenize='trigram', detail=none)",
    "CREATE TRIGGER texts_put AFTER INSERT ON texts BEGIN "
    "INSERT INTO texts_found(rowid, title, text) VALUES (new.number, new.title, new.text); END",
    "CREATE TRIGGER texts_gone AFTER DELETE ON texts BEGIN "
    "INSERT INTO texts_found(texts_found, rowid, title, text) VALUES ('delete', old.number, old.title, old.text); END",
)
_POSTGRESQL = (
    "CREATE INDEX texts_title_trigrams ON texts USING gin (title gin_trgm_ops)",
    "CREATE INDEX texts_text_trigrams ON texts USING gin (text gin_trgm_ops)",
)


def upgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column(
            "article_id",
            sa.String(),
            sa.ForeignKey("articles.article_id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", Moment(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("make", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("ix_texts_sequence", "texts", ["sequence"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    elif _has_trigrams():
        for statement in _POSTGRESQL:
            op.execute(statement)


def _has_trigrams() -> bool:
    """Whether pg_trgm is there, or can be made; without it the texts are read from end to end."""
    connection = op.get_bind()
    offered = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
    if connection.execute(offered).first() is None:
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return False
    return True
