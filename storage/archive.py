"""The Archive port over SQL: T1 is `commit`."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Table, bindparam, delete, select

from news.article import Article
from news.failpoint import reach
from news.filing import Chunk, Filed, Fingerprint, Standing
from news.outlet import SourceState
from news.traffic import Traffic
from news.url import twin
from storage import tables as t
from storage.batches import batches
from storage.documents import ARTICLE, FILED, SIGHTING
from storage.engine import reading, snapshot, writing
from storage.filing import write
from storage.standing import standings_of
from storage.states import state_of
from storage.telling import traffic

# Statements are made once: making one costs more than running it.
_ARTICLE = select(t.articles.c.article_id, t.articles.c.filed, t.articles.c.article).where(
    t.articles.c.url == bindparam("url")
)
_FILED_AMONG = select(t.articles.c.url, t.articles.c.article_id, t.articles.c.filed).where(
    t.articles.c.url.in_(bindparam("urls", expanding=True))
)
_FILED_SINCE = (
    select(t.articles.c.article_id, t.articles.c.filed)
    .where(t.articles.c.sequence > bindparam("sequence"), t.articles.c.fetched_at > bindparam("after"))
    .order_by(t.articles.c.sequence)
)


_REMNANT = (
    select(t.articles, t.revisions.c.number, t.revisions.c.title)
    .join(t.revisions, t.revisions.c.article_id == t.articles.c.article_id)
    .where(t.articles.c.article_id == bindparam("article"))
    .order_by(t.revisions.c.number.desc())
    .limit(1)
)


def _remnant(connection: Connection, article_id: str) -> Filed:
    """What is known of an article whose filing cannot be read. It is like no text, so that it is filed anew as a
    revision that changes nothing: a page that its outlet lists must not keep the whole source from being stored."""
    row = connection.execute(_REMNANT, {"article": article_id}).first()
    if row is None:
        raise FILED.fault("nor is there a revision of it", article_id)
    sighting = SIGHTING.one(connection, row.sighting, article_id)
    return Filed(
        sequence=row.sequence,
        article_id=article_id,
        story_id=row.story_id,
        url=row.url,
        outlet="",
        owner="",
        source=row.source_id,
        title=row.title,
        language="und",
        revision=row.number,
        published_at=None,
        fetched_at=row.fetched_at,
        fingerprint=Fingerprint(content_hash=""),
        copy_of=sighting.copy_of if sighting else "",
        regrouped=sighting.regrouped if sighting else False,
    )


def _twins(urls: Iterable[str], found: Container[str]) -> dict[str, str]:
    """Of those that were not found, by the address with the other scheme."""
    return {other: url for url in urls if url not in found and (other := twin(url))}


def _hashes(connection: Connection, urls: Sequence[str], tables: Sequence[Table]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in batches(urls):
        for table in tables:
            rows = select(table.c.url, table.c.entry_hash).where(table.c.url.in_(part))
            if table is t.pages:
                rows = rows.where(table.c.status != "pending")
            found.update((row.url, row.entry_hash) for row in connection.execute(rows))
    return found


def _filed(connection: Connection, urls: Sequence[str]) -> dict[str, Filed]:
    found: dict[str, Filed] = {}
    for some in batches(urls):
        for row in connection.execute(_FILED_AMONG, {"urls": some}):
            filed = FILED.one(connection, row.filed, row.article_id)
            found[row.url] = filed or _remnant(connection, row.article_id)
    return found


class SqlArchive:
    """Written by intake alone. Every id is computed: what is decided twice is stored once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def snapshot(self) -> AbstractContextManager[None]:
        return snapshot(self._engine)

    def entry_hashes(self, urls: Sequence[str]) -> Mapping[str, str]:
        with reading(self._engine) as connection:
            found = _hashes(connection, urls, (t.pages, t.aliases, t.articles))
            # What was refused by the one scheme may be answered by the other.
            twins = _twins(urls, found)
            other = _hashes(connection, [*twins], (t.aliases, t.articles))
        return found | {twins[url]: told for url, told in other.items()}

    def source_state(self, source_id: str, now: datetime | None = None) -> SourceState:
        with reading(self._engine) as connection:
            return state_of(connection, source_id, now or datetime.now(UTC))

    def article(self, url: str) -> tuple[Filed, Article] | None:
        with reading(self._engine) as connection:
            row = connection.execute(_ARTICLE, {"url": url}).one_or_none()
            if row is None:
                return None
            filed = FILED.one(connection, row.filed, row.article_id)
            article = ARTICLE.one(connection, row.article, row.article_id)
        return None if filed is None or article is None else (filed, article)

    def filed_among(self, urls: Sequence[str]) -> Mapping[str, Filed]:
        with reading(self._engine) as connection:
            found = _filed(connection, urls)
            twins = _twins(urls, found)
            other = _filed(connection, [*twins])
        return found | {twins[url]: filed for url, filed in other.items()}

    def filed_since(self, sequence: int, seen_after: datetime) -> Sequence[Filed]:
        with reading(self._engine) as connection:
            found = connection.execute(_FILED_SINCE, {"sequence": sequence, "after": seen_after})
            return [*FILED.readable(connection, found.all())]

    def standings(self, story_ids: Collection[str]) -> Mapping[str, Standing]:
        if not story_ids:
            return {}
        with reading(self._engine) as connection:
            return standings_of(connection, story_ids)

    def forget_raw_pages(self, before: datetime) -> int:
        with writing(self._engine) as connection:
            return connection.execute(delete(t.raw_pages).where(t.raw_pages.c.at < before)).rowcount

    def traffic(self, now: datetime, *, hourly: bool = True) -> Traffic:
        with reading(self._engine) as connection:
            return traffic(connection, now, hourly=hourly)

    def commit(self, *chunks: Chunk) -> range:
        with writing(self._engine) as connection:
            sequences = write(connection, chunks)
            reach("K2")
        reach("K3")
        return sequences
