"""The Archive port over SQL: T1 is `commit`."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, and_, bindparam, delete, func, select, update

from news.article import Article, Disposition, Rejection, Withdrawal
from news.errors import FenceLost, Outdated
from news.failpoint import reach
from news.filing import Chunk, Filed, Filing, Standing, Telling
from news.outlet import PendingPage, Reread, SourceState
from news.story import Story
from news.tag import Tag, Verdict
from news.traffic import Traffic
from storage import tables as t
from storage.codec import dumps, loads
from storage.dispatch import free
from storage.engine import add, add_all, put, reading, writing
from storage.notices import write as write_notices
from storage.runlog import write as write_run
from storage.telling import told_of, traffic
from storage.telling import write as write_telling

_REREADS = 10
"""Pages read again in one visit at most: new ones come first."""

_RAW = 2 * 1024**2
"""Bytes kept of a quarantined page."""

_BATCH = 400
"""Values in one IN list; SQLite allows 32,766 variables, older builds 999."""


# Statements are made once: making one costs more than running it.
_ARTICLE = select(t.articles.c.filed, t.articles.c.article).where(t.articles.c.url == bindparam("url"))
_FILED = select(t.articles.c.filed).where(t.articles.c.url == bindparam("url"))
_STORY = select(t.stories.c.doc).where(t.stories.c.story_id == bindparam("story"))
_BEST_SCORES = (
    select(t.tags.c.rule, t.tags.c.verdict, func.max(t.tags.c.score).label("score"))
    .where(t.tags.c.story_id == bindparam("story"), t.tags.c.verdict != Verdict.NONE.value)
    .group_by(t.tags.c.rule, t.tags.c.verdict)
)
_BEST_TAG = (
    select(t.tags.c.doc)
    .where(
        t.tags.c.story_id == bindparam("story"),
        t.tags.c.rule == bindparam("rule"),
        t.tags.c.verdict == bindparam("verdict"),
        t.tags.c.score == bindparam("score"),
    )
    .order_by(t.tags.c.article_id)
    .limit(1)
)
_SOURCE = select(t.sources.c.doc, t.sources.c.due_at).where(t.sources.c.source_id == bindparam("source"))
_IS_PENDING = and_(t.pages.c.source_id == bindparam("source"), t.pages.c.status == "pending")
_PENDING = select(t.pages.c.doc).where(_IS_PENDING)
_NO_PENDING = delete(t.pages).where(_IS_PENDING)
_REREADS_DUE = (
    select(t.rereads.c.doc)
    .where(t.rereads.c.source_id == bindparam("source"), t.rereads.c.due_at <= bindparam("now"))
    .order_by(t.rereads.c.due_at)
    .limit(_REREADS)
)
_STATE = (
    update(t.sources)
    .where(t.sources.c.source_id == bindparam("source"))
    .values(host=bindparam("at_host"), due_at=bindparam("due"), doc=bindparam("state"))
)
_FENCE = select(t.hosts.c.fence).where(t.hosts.c.host == bindparam("host"))
_NUMBER = (
    update(t.counters)
    .where(t.counters.c.name == "sequence")
    .values(value=t.counters.c.value + bindparam("count"))
    .returning(t.counters.c.value)
)
_SIGHTING = select(t.articles.c.sighting).where(t.articles.c.article_id == bindparam("article"))
_ENTRY_HASH = (
    update(t.articles).where(t.articles.c.article_id == bindparam("wanted")).values(entry_hash=bindparam("told"))
)
_NO_PAGE = delete(t.pages).where(t.pages.c.url == bindparam("address"))
_NO_RAW_PAGE = delete(t.raw_pages).where(t.raw_pages.c.url == bindparam("address"))
_FILED_SINCE = (
    select(t.articles.c.filed)
    .where(t.articles.c.sequence > bindparam("sequence"), t.articles.c.fetched_at > bindparam("after"))
    .order_by(t.articles.c.sequence)
)


class SqlArchive:
    """Written by intake alone; idempotent because every id is computed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def entry_hashes(self, urls: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(urls), _BATCH):
                part = urls[start : start + _BATCH]
                for table in (t.pages, t.aliases, t.articles):
                    rows = select(table.c.url, table.c.entry_hash).where(table.c.url.in_(part))
                    if table is t.pages:
                        rows = rows.where(table.c.status != "pending")
                    found.update((row.url, row.entry_hash) for row in connection.execute(rows))
        return found

    def source_state(self, source_id: str, now: datetime | None = None) -> SourceState:
        with reading(self._engine) as connection:
            return _source_state(connection, source_id, now or datetime.now(UTC))

    def article(self, url: str) -> tuple[Filed, Article] | None:
        with reading(self._engine) as connection:
            row = connection.execute(_ARTICLE, {"url": url}).one_or_none()
        return None if row is None else (loads(Filed, row.filed), loads(Article, row.article))

    def filed(self, url: str) -> Filed | None:
        with reading(self._engine) as connection:
            doc = connection.scalar(_FILED, {"url": url})
        return None if doc is None else loads(Filed, doc)

    def filed_among(self, urls: Sequence[str]) -> Mapping[str, Filed]:
        with reading(self._engine) as connection:
            docs = [(url, connection.scalar(_FILED, {"url": url})) for url in urls]
        return {url: loads(Filed, doc) for url, doc in docs if doc is not None}

    def filed_since(self, sequence: int, seen_after: datetime) -> Sequence[Filed]:
        with reading(self._engine) as connection:
            found = connection.scalars(_FILED_SINCE, {"sequence": sequence, "after": seen_after})
            return [loads(Filed, text) for text in found]

    def standing(self, story_id: str) -> Standing | None:
        with reading(self._engine) as connection:
            return standing_of(connection, story_id)

    def forget_raw_pages(self, before: datetime) -> int:
        with writing(self._engine) as connection:
            return connection.execute(delete(t.raw_pages).where(t.raw_pages.c.at < before)).rowcount

    def traffic(self, now: datetime) -> Traffic:
        with reading(self._engine) as connection:
            return traffic(connection, now)

    def commit(self, chunk: Chunk) -> None:
        with writing(self._engine) as connection:
            _check_fence(connection, chunk)
            for rejection in chunk.rejections:
                _write_rejection(connection, rejection, chunk)
            for withdrawal in chunk.withdrawals:
                _write_withdrawal(connection, withdrawal)
            _check_stories(connection, chunk)
            sequence = next_sequences(connection, len(chunk.filings)) if chunk.filings else 0
            _write_filings(connection, chunk, sequence)
            for telling in chunk.tellings:
                _write_telling(connection, telling)
            if chunk.state is not None:
                _write_state(connection, chunk.source_id, chunk.host, chunk.state, chunk.run_id)
            _write_rereads(connection, chunk)
            write_notices(connection, chunk.notices, chunk.operators)
            if chunk.record is not None:
                write_run(connection, chunk.record)
            if chunk.frees:
                free(connection, chunk.host, chunk.fence, chunk.hold_until)
            reach("K2")
        reach("K3")


def _source_state(connection: Connection, source_id: str, now: datetime) -> SourceState:
    own = {"source": source_id}
    row = connection.execute(_SOURCE, own).one_or_none()
    if row is None:
        return SourceState()
    owed = tuple(loads(PendingPage, doc) for doc in connection.scalars(_PENDING, own))
    known = loads(SourceState, row.doc)
    due = tuple(loads(Reread, doc) for doc in connection.scalars(_REREADS_DUE, {**own, "now": now}))
    return replace(known, due_at=row.due_at, pending=owed, rereads=due)


def standing_of(connection: Connection, story_id: str) -> Standing | None:
    """A story with what has been made of it, inside a transaction."""
    doc = connection.scalar(_STORY, {"story": story_id})
    if doc is None:
        return None
    return Standing(
        story=loads(Story, doc),
        tags=_best_tags(connection, story_id),
        told=told_of(connection, story_id),
    )


def _best_tags(connection: Connection, story_id: str) -> dict[str, Tag]:
    """The best tag of each rule with something to say. Only the best ones' documents are read: a
    story may have thousands of reports."""
    bests = connection.execute(_BEST_SCORES, {"story": story_id}).all()
    order = {"match": 3, "rupture": 2, "review": 1}
    best = {row.rule: row for row in sorted(bests, key=lambda row: order[row.verdict])}
    found: dict[str, Tag] = {}
    for rule, row in best.items():
        key = {"story": story_id, "rule": rule, "verdict": row.verdict, "score": row.score}
        found[rule] = loads(Tag, connection.execute(_BEST_TAG, key).scalar_one())
    return found


def _check_fence(connection: Connection, chunk: Chunk) -> None:
    fence = connection.scalar(_FENCE, {"host": chunk.host})
    if fence is not None and fence > chunk.fence:
        raise FenceLost(
            f"{chunk.source_id}: the host {chunk.host} was taken over by another worker meanwhile; "
            "this part of the visit was not stored and is read again"
        )


def _check_stories(connection: Connection, chunk: Chunk) -> None:
    stories = sorted({filing.story.id for filing in chunk.filings if filing.story})
    if not stories:
        return
    merged = connection.scalar(select(t.story_aliases.c.alias).where(t.story_aliases.c.alias.in_(stories)).limit(1))
    if merged:
        raise Outdated(f"the story {merged} was merged with another while articles were placed in it.")


def next_sequences(connection: Connection, count: int) -> int:
    """The first of `count` fresh numbers."""
    add(connection, t.counters, {"name": "sequence", "value": 0})
    return int(connection.execute(_NUMBER, {"count": count}).scalar_one()) - count + 1


def _write_rejection(connection: Connection, rejection: Rejection, chunk: Chunk) -> None:
    put(
        connection,
        t.pages,
        {
            "url": rejection.url,
            "source_id": chunk.source_id,
            "status": "quarantined" if rejection.quarantined else "rejected",
            "reason": rejection.reason,
            "detail": rejection.detail,
            "entry_hash": rejection.entry_hash,
            "run_id": chunk.run_id,
            "at": rejection.fetched_at,
            "doc": _list_entry(rejection),
        },
    )
    if rejection.quarantined and rejection.raw:
        packed = zlib.compress(rejection.raw[:_RAW], 6)
        kept = {"url": rejection.url, "at": rejection.fetched_at, "charset": rejection.charset, "body": packed}
        put(connection, t.raw_pages, kept)


def _list_entry(rejection: Rejection) -> str:
    """What the list said of a page, in the form in which pages still owed are kept."""
    published = rejection.published_at.isoformat() if rejection.published_at else ""
    entry = {"link": rejection.link, "title": rejection.title, "published": published}
    page = PendingPage(
        url=rejection.url, reason=rejection.reason, attempt_count=1, entry_hash=rejection.entry_hash, entry=entry
    )
    return dumps(page)


def _write_withdrawal(connection: Connection, withdrawal: Withdrawal) -> None:
    doc = connection.scalar(select(t.articles.c.article).where(t.articles.c.url == withdrawal.url))
    if doc is None:
        return
    article = replace(loads(Article, doc), withdrawn_at=withdrawal.withdrawn_at)
    where = t.articles.c.url == withdrawal.url
    connection.execute(update(t.articles).where(where).values(article=dumps(article)))


def _write_rereads(connection: Connection, chunk: Chunk) -> None:
    if chunk.reread:
        connection.execute(delete(t.rereads).where(t.rereads.c.url.in_(chunk.reread)))
    put(
        connection,
        t.rereads,
        *(
            {"url": item.url, "source_id": chunk.source_id, "due_at": item.due_at, "doc": dumps(item)}
            for item in chunk.rereads
        ),
    )


def _write_filings(connection: Connection, chunk: Chunk, sequence: int) -> None:
    """A chunk's rows table by table, many at once: asking for a statement costs more than its rows."""
    if not chunk.filings:
        return
    addresses = [{"address": url} for f in chunk.filings for url in (f.article.url, *f.article.aliases)]
    connection.execute(_NO_PAGE, addresses)
    connection.execute(_NO_RAW_PAGE, addresses)
    aliases = {
        alias: {"url": alias, "article_url": f.article.url, "entry_hash": f.article.entry_hash}
        for f in chunk.filings
        for alias in f.article.aliases
    }
    put(connection, t.aliases, *aliases.values())
    articles: dict[str, dict[str, object]] = {}
    for offset, filing in enumerate(chunk.filings):
        if filing.disposition is not Disposition.REPEAT:
            known = articles.get(filing.article_id)
            articles[filing.article_id] = _article_row(connection, filing, chunk, sequence + offset, known)
        elif filing.article_id in articles:
            articles[filing.article_id]["entry_hash"] = filing.article.entry_hash
        else:
            key = {"wanted": filing.article_id, "told": filing.article.entry_hash}
            connection.execute(_ENTRY_HASH, key)
    put(connection, t.articles, *articles.values())
    changed = [filing for filing in chunk.filings if filing.disposition is not Disposition.REPEAT]
    if revisions := [_revision_row(filing, chunk.run_id) for filing in changed]:
        add_all(connection, t.revisions, revisions)
    stories = {f.story.id: f.story for f in changed if f.story is not None}
    put(connection, t.stories, *map(_story_row, stories.values()))
    tags = {(f.article_id, tag.rule): _tag_row(f, tag) for f in changed for tag in f.tags}
    put(connection, t.tags, *tags.values())
    for filing in changed:
        _write_matches(connection, filing)
        write_telling(
            connection, filing.alerts, filing.deliveries, filing.amendments, filing.relied, filing.former_title
        )


def _article_row(
    connection: Connection, filing: Filing, chunk: Chunk, sequence: int, known: dict[str, object] | None
) -> dict[str, object]:
    """The row of an article; `known` is the one that this chunk has for it already."""
    article, sighting = filing.article, filing.sighting
    assert sighting is not None
    filed = Filed(
        sequence=sequence,
        article_id=filing.article_id,
        story_id=sighting.story_id,
        url=article.url,
        outlet=article.outlet,
        owner=filing.owner,
        source=article.source,
        title=article.title,
        language=article.language,
        revision=filing.revision,
        published_at=article.published_at,
        fetched_at=article.fetched_at,
        fingerprint=filing.fingerprint,
        copy_of=sighting.copy_of,
    )
    told: object = dumps(sighting)
    if filing.disposition is Disposition.REVISION:
        # Why it belongs to its story was decided when it was new; that is the answer to "why".
        first = known["sighting"] if known else connection.scalar(_SIGHTING, {"article": filing.article_id})
        told = first or told
    return {
        "article_id": filing.article_id,
        "url": article.url,
        "sequence": sequence,
        "story_id": sighting.story_id,
        "source_id": article.source,
        "fetched_at": article.fetched_at,
        "entry_hash": article.entry_hash,
        "run_id": chunk.run_id,
        "article": dumps(article),
        "filed": dumps(filed),
        "sighting": told,
    }


def _revision_row(filing: Filing, run_id: str) -> dict[str, object]:
    article = filing.article
    revision = {"article_id": filing.article_id, "number": filing.revision}
    texts = {"title": article.title, "text": article.text}
    return {**revision, **texts, "seen_at": article.fetched_at, "run_id": run_id}


def _story_row(story: Story) -> dict[str, object]:
    return {"story_id": story.id, "last_seen_at": story.last_seen_at, "doc": dumps(story)}


def _tag_row(filing: Filing, tag: Tag) -> dict[str, object]:
    assert filing.story is not None
    return {
        "article_id": filing.article_id,
        "rule": tag.rule,
        "story_id": filing.story.id,
        "verdict": tag.verdict.value,
        "score": tag.score,
        "doc": dumps(tag),
    }


def _write_telling(connection: Connection, telling: Telling) -> None:
    story = telling.story
    where = t.stories.c.story_id == story.id
    connection.execute(update(t.stories).where(where).values(doc=dumps(story)))
    write_telling(connection, telling.alerts, telling.deliveries, telling.amendments, telling.relied)


def _write_matches(connection: Connection, filing: Filing) -> None:
    for match in filing.matches:
        key = and_(t.matches.c.story_id == match.story_id, t.matches.c.rule == match.tag.rule)
        row = connection.execute(select(t.matches.c.score, t.matches.c.doc).where(key)).first()
        own = row is not None and f'"article_id":"{match.article_id}"' in row.doc
        if row is not None and row.score > match.tag.score and not own:
            continue
        values = {"story_id": match.story_id, "rule": match.tag.rule, "score": match.tag.score}
        put(connection, t.matches, {**values, "doc": dumps(match)})


def _write_state(connection: Connection, source_id: str, host: str, state: SourceState, run_id: str) -> None:
    kept = replace(state, pending=(), rereads=())
    values = {"source": source_id, "at_host": host, "due": state.due_at, "state": dumps(kept)}
    if not connection.execute(_STATE, values).rowcount:
        fresh = {"source_id": source_id, "host": host, "enlisted": False, "due_at": state.due_at}
        put(connection, t.sources, {**fresh, "doc": values["state"]})
    connection.execute(_NO_PENDING, {"source": source_id})
    for page in state.pending:
        put(
            connection,
            t.pages,
            {
                "url": page.url,
                "source_id": source_id,
                "status": "pending",
                "reason": page.reason,
                "detail": f"tried {page.attempt_count} times so far; read again at the next visit",
                "entry_hash": page.entry_hash,
                "run_id": run_id,
                "at": state.cursor.polled_at,
                "doc": dumps(page),
            },
        )
