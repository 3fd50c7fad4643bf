"""The ArchiveIndex port over SQL: trigrams (FTS5) on SQLite, pg_trgm on PostgreSQL where it is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, func, insert, literal, or_, select, text
from sqlalchemy import true as always

from news.archive_index import IndexEntry, IndexRow, IndexState, Wanted
from news.article import Article
from storage import tables as t
from storage.batches import batches
from storage.documents import ARTICLE
from storage.engine import put, reading, writing

TRIGRAM = 3
CURSOR = "indexed"
"""The counter that says up to which sequence articles are indexed."""

MOST_TRIGRAMS = 1500
"""Of one FTS expression; a group that would need more is left to the reader of what was found."""

MOST_READ = 30
"""Literals of a group that are looked for by reading; longer groups are left to the reader."""

_CURSOR = select(t.counters.c.value).where(t.counters.c.name == CURSOR)


class SqlArchiveIndex:
    """Entries follow articles at a distance: writing trigrams costs as much as all the rest of filing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def pending(self, limit: int) -> Sequence[tuple[int, str, Article | None]]:
        a = t.articles.c
        with reading(self._engine) as connection:
            query = select(a.sequence, a.article_id, a.article).where(a.sequence > _reached(connection))
            rows = connection.execute(query.order_by(a.sequence).limit(limit)).all()
            return [(row[0], row[1], ARTICLE.one(connection, row.article, row.article_id)) for row in rows]

    def put(self, entries: Sequence[IndexEntry], upto: int) -> None:
        names = [column.name for column in t.texts.columns if column.name != "number"]
        with writing(self._engine) as connection:
            ids = [entry.article_id for entry in entries]
            connection.execute(delete(t.texts).where(t.texts.c.article_id.in_(ids)))
            here = set(connection.scalars(select(t.articles.c.article_id).where(t.articles.c.article_id.in_(ids))))
            rows = [{name: getattr(entry, name) for name in names} for entry in entries if entry.article_id in here]
            if rows:
                connection.execute(insert(t.texts), rows)
            put(connection, t.counters, {"name": CURSOR, "value": upto})

    def start_over(self) -> None:
        with writing(self._engine) as connection:
            put(connection, t.counters, {"name": CURSOR, "value": 0})

    def state(self, make: str) -> IndexState:
        count = select(func.count())
        with reading(self._engine) as connection:
            late = t.articles.c.sequence > _reached(connection)
            return IndexState(
                entries=connection.scalar(count.select_from(t.texts)) or 0,
                pending=connection.scalar(count.select_from(t.articles).where(late)) or 0,
                stale=connection.scalar(count.select_from(t.texts).where(t.texts.c.make != make)) or 0,
            )

    def candidates(self, wanted: Wanted) -> Sequence[str]:
        a = t.articles.c
        with reading(self._engine) as connection:
            dated = select(a.article_id, a.fetched_at, a.sequence)
            late = dated.where(a.sequence > _reached(connection))
            found = _found(dated, wanted, self._engine.dialect.name)
            if wanted.since is not None:
                late = late.where(a.fetched_at >= wanted.since)
            rows = {row[0]: (row[1], row[2]) for query in (found, late) for row in connection.execute(query)}
        return sorted(rows, key=rows.__getitem__, reverse=True)  # what is moved by hand has a new sequence

    def articles(self, ids: Sequence[str]) -> Sequence[tuple[str, str, Article]]:
        a = t.articles.c
        found: dict[str, tuple[str, str, Article]] = {}
        with reading(self._engine) as connection:
            for some in batches(ids):
                part = a.article_id.in_(some)
                for row in connection.execute(select(a.article_id, a.story_id, a.article).where(part)):
                    article = ARTICLE.one(connection, row.article, row.article_id)
                    if article is not None:
                        found[row.article_id] = (row.article_id, row.story_id, article)
        return [found[article_id] for article_id in ids if article_id in found]

    def rows(self, wanted: Wanted, *, share: int = 0, shares: int = 1) -> Iterator[IndexRow]:
        x = t.texts.c
        with reading(self._engine) as connection:
            query = select(x.article_id, x.fetched_at, x.language, x.outlet, x.words, x.make)
            query = _narrowed(query, wanted, self._engine.dialect.name)
            if wanted.since is not None:
                query = query.where(x.fetched_at >= wanted.since)
            if shares > 1:
                first, last = connection.execute(select(func.min(x.number), func.max(x.number))).one()
                size = (last or 0) - (first or 0) + 1
                begin, end = ((first or 0) + size * part // shares for part in (share, share + 1))
                query = query.where(x.number >= begin, x.number < end)
            for row in connection.execution_options(yield_per=1000).execute(query):
                yield IndexRow(
                    article_id=row[0], fetched_at=row[1], language=row[2], outlet=row[3], words=row[4], make=row[5]
                )

    def texts(self, ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        x = t.texts.c
        found: dict[str, tuple[str, str]] = {}
        with reading(self._engine) as connection:
            for some in batches(ids):
                query = select(x.article_id, x.title, x.text).where(x.article_id.in_(some))
                found.update((row.article_id, (row.title, row.text)) for row in connection.execute(query))
        return found


def _reached(connection: Connection) -> int:
    return int(connection.scalar(_CURSOR) or 0)


def _found(query: Select[*tuple[Any, ...]], wanted: Wanted, dialect: str) -> Select[*tuple[Any, ...]]:
    query = query.join(t.texts, t.texts.c.article_id == t.articles.c.article_id)
    if wanted.since is not None:
        query = query.where(t.articles.c.fetched_at >= wanted.since)
    return _narrowed(query, wanted, dialect)


def _narrowed(query: Select[*tuple[Any, ...]], wanted: Wanted, dialect: str) -> Select[*tuple[Any, ...]]:
    if wanted.languages:
        query = query.where(t.texts.c.language.in_(wanted.languages))
    if wanted.outlets:
        query = query.where(t.texts.c.outlet.in_(wanted.outlets))
    long = [group for group in wanted.groups if all(len(word) >= TRIGRAM for word in group)]
    if dialect == "sqlite" and (expression := trigrams(long)):
        matching = text("SELECT rowid FROM texts_found WHERE texts_found MATCH :expression")
        query = query.where(t.texts.c.number.in_(matching.bindparams(expression=expression)))
        long = []
    short = [group for group in wanted.groups if any(len(word) < TRIGRAM for word in group)]
    for group in (*long, *short) if dialect != "sqlite" else short:
        query = query.where(_holds(group))
    return query


def _holds(group: Sequence[str]) -> ColumnElement[bool]:
    """One of the literals, read from end to end (or by pg_trgm's index)."""
    if len(group) > MOST_READ:
        return always()
    sides = [t.texts.c[name].contains(word, autoescape=True) for name in ("title", "text") for word in group]
    return or_(*sides) if sides else literal(False)


def trigrams(groups: Sequence[Sequence[str]]) -> str:
    """The FTS5 expression for "one literal of each group", each literal as its trigrams together."""
    parts = []
    left = MOST_TRIGRAMS
    for group in sorted(groups, key=len):
        size = sum(len(word) - TRIGRAM + 1 for word in group)
        if size > left:
            continue
        left -= size
        parts.append("(" + " OR ".join(_literal(word) for word in group) + ")")
    return " AND ".join(parts)


def _literal(word: str) -> str:
    pieces = dict.fromkeys(word[at : at + TRIGRAM] for at in range(len(word) - TRIGRAM + 1))
    return "(" + " AND ".join('"' + piece.replace('"', '""') + '"' for piece in pieces) + ")"
