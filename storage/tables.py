"""The tables. Times are whole microseconds since 1970 UTC; documents are JSON text of a noun.

Columns beside a document are what queries filter and order by.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    text,
)

from storage.wording import String, Text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds that are a time: the years 1 to 9999."""


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as an integer: orders alike on both engines, and keeps microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """None also for what is no time: raised here, it would fail every row that is read beside it."""
        try:
            return None if value is None else EPOCH + timedelta(microseconds=value)
        except (OverflowError, TypeError):
            return None


metadata = MetaData()

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("owner", String, nullable=False),
    Column("lease_until", Moment),
    Column("hold_until", Moment),
)

sources = Table(
    "sources",
    metadata,
    Column("source_id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("enlisted", Boolean, nullable=False),
    Column("due_at", Moment),
    Column("doc", Text, nullable=False),
    Index("sources_due", "enlisted", "due_at"),
)

pages = Table(
    "pages",
    metadata,
    Column("url", String, primary_key=True),
    Column("source_id", String, nullable=False, index=True),
    Column("status", String, nullable=False),  # pending | rejected | quarantined
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("entry_hash", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("at", Moment),
    Column("doc", Text, nullable=False),
)

raw_pages = Table(
    "raw_pages",
    metadata,
    Column("url", String, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("charset", String, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib
)

aliases = Table(
    "aliases",
    metadata,
    Column("url", String, primary_key=True),
    Column("article_url", String, nullable=False, index=True),
    Column("entry_hash", String, nullable=False),
)

rereads = Table(
    "rereads",
    metadata,
    Column("url", String, primary_key=True),
    Column("source_id", String, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("doc", Text, nullable=False),
    Index("rereads_due", "source_id", "due_at"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("source_id", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("pages", Integer, nullable=False),
    Column("textless", Integer, nullable=False),
    Column("dated", Integer, nullable=False),
    Column("authored", Integer, nullable=False),
    Column("profiled", Integer, nullable=False),
    Column("unsure", Integer, nullable=False),
    Column("characters", BigInteger, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("url", String, nullable=False, unique=True),
    Column("sequence", BigInteger, nullable=False, index=True),
    Column("story_id", String, nullable=False, index=True),
    Column("source_id", String, nullable=False),
    Column("fetched_at", Moment, nullable=False, index=True),
    Column("entry_hash", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("article", Text, nullable=False),
    Column("filed", Text, nullable=False),
    Column("sighting", Text, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("article_id", String, ForeignKey("articles.article_id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("sequence", BigInteger, nullable=False, index=True),
    Column("fetched_at", Moment, nullable=False),
    Column("language", String, nullable=False),
    Column("outlet", String, nullable=False),
    Column("make", String, nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
)
"""Folded titles and texts. On SQLite triggers keep the table `texts_found` (FTS5, trigrams) like it."""

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("run_id", String, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("story_id", String, primary_key=True),
    Column("last_seen_at", Moment, nullable=False, index=True),
    Column("doc", Text, nullable=False),
)

story_aliases = Table(
    "story_aliases",
    metadata,
    Column("alias", String, primary_key=True),
    Column("story_id", String, nullable=False, index=True),
    Column("at", Moment, nullable=False),
)

story_links = Table(
    "story_links",
    metadata,
    Column("kind", String, primary_key=True),  # must | cannot
    Column("one", String, primary_key=True),
    Column("other", String, primary_key=True),
    Column("at", Moment, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("story_id", String, nullable=False, index=True),
    Column("verdict", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("doc", Text, nullable=False),
    Index("tags_telling", "story_id", "rule", "verdict", "score"),
)

matches = Table(
    "matches",
    metadata,
    Column("story_id", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("score", Float, nullable=False),
    Column("doc", Text, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("story_id", String, nullable=False, index=True),
    Column("created_at", Moment, nullable=False, index=True),
    Column("suppressed", String, nullable=False),
    Column("former_title", Text, nullable=False),
    Column("doc", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("alert_id", String, nullable=False, index=True),
    Column("story_id", String, nullable=False),
    Column("story_revision", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("endpoint", String, nullable=False),
    Column("rules", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ready_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("attempt_count", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("settled_at", Moment),
    Column("owner", String, nullable=False),
    Column("lease_until", Moment),
    Column("body", LargeBinary),
    Column("body_hash", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("attempts_before", Integer, nullable=False, server_default="0"),
    Index("deliveries_due", "state", "ready_at", "endpoint"),
    Index("deliveries_expiry", "state", "expires_at"),
    Column("route", String, nullable=False, server_default=""),
    Column("fold", String, nullable=False, server_default=""),
    Column("folded_into", String, nullable=False, server_default=""),
    Column("owners", Integer, nullable=False, server_default="0"),  # independent ones that it showed
    Index("deliveries_created", "created_at"),
    Index("deliveries_members", "folded_into"),
    Index(
        "deliveries_unfolded",
        "folded_into",  # equal in all: without it a planner takes the index of members, which holds nearly every row
        "ready_at",
        sqlite_where=text("fold <> '' AND folded_into = ''"),
        postgresql_where=text("fold <> '' AND folded_into = ''"),
    ),
    Index(
        "deliveries_digests",
        "endpoint",
        "fold",
        "created_at",
        sqlite_where=text("kind = 'digest'"),
        postgresql_where=text("kind = 'digest'"),
    ),
    Index(
        "deliveries_messages",
        "state",
        "settled_at",
        sqlite_where=text("body IS NOT NULL"),
        postgresql_where=text("body IS NOT NULL"),
    ),
    Index("deliveries_story", "story_id"),
    Index("deliveries_thread", "endpoint", "story_id", "created_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("result", String, nullable=False),
    Column("status", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("next_at", Moment),
    Column("took_ms", BigInteger),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("endpoint", String, primary_key=True),
    Column("health", String, nullable=False),
    Column("blocked_until", Moment),
    Column("doc", Text, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String, primary_key=True),
    Column("endpoint", String, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("due_at", Moment, nullable=False),
    Column("state", String, nullable=False),  # open | told | given_up
    Column("attempt_count", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("doc", Text, nullable=False),
    Index("notices_due", "state", "due_at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("doc", Text, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("id", String, primary_key=True),
    Column("ends_at", Moment, nullable=False, index=True),
    Column("doc", Text, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("source_id", String, nullable=False),
    Column("doc", Text, nullable=False),
)

unsubscribed = Table(
    "unsubscribed",
    metadata,
    Column("endpoint", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("via", String, nullable=False),
)

troubles = Table(
    "troubles",
    metadata,
    Column("key", String, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("doc", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("source_id", String, nullable=False, index=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("outcome", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("doc", Text, nullable=False),
)

run_lines = Table(
    "run_lines",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String, nullable=False, index=True),
    Column("doc", Text, nullable=False),
)
