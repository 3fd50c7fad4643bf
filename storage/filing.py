"""What T1 writes: chunks table by table, many rows at once, since asking for a statement costs more than its
rows do."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from news.article import Disposition, Rejection, Withdrawal
from news.errors import FenceLost, Outdated
from news.filing import Chunk, Filed, Filing, Telling
from news.outlet import PendingPage
from news.story import Story
from news.tag import Tag
from news.url import twin
from storage import tables as t
from storage.batches import batches
from storage.codec import dumps
from storage.dispatch import Freed, free
from storage.documents import ARTICLE, STORY
from storage.engine import Row, add, add_all, put
from storage.notices import write as write_notices
from storage.runlog import write as write_runs
from storage.states import write as write_states
from storage.telling import write as write_messages

_RAW = 2 * 1024**2
"""Bytes kept of a quarantined page."""

# Statements are made once: making one costs more than running it.
_FENCES = select(t.hosts.c.host, t.hosts.c.fence).where(t.hosts.c.host.in_(bindparam("hosts", expanding=True)))
_MERGED = select(t.story_aliases.c.alias).where(t.story_aliases.c.alias.in_(bindparam("stories", expanding=True)))
_STORIES = select(t.stories.c.story_id, t.stories.c.doc).where(
    t.stories.c.story_id.in_(bindparam("stories", expanding=True))
)
_NUMBER = (
    update(t.counters)
    .where(t.counters.c.name == "sequence")
    .values(value=t.counters.c.value + bindparam("count"))
    .returning(t.counters.c.value)
)
_NEW = (Disposition.NEW, Disposition.COPY)
_KNOWN = select(t.articles.c.url).where(t.articles.c.url.in_(bindparam("urls", expanding=True))).limit(1)
_SIGHTING = select(t.articles.c.sighting).where(t.articles.c.article_id == bindparam("article"))
_ENTRY_HASH = (
    update(t.articles).where(t.articles.c.article_id == bindparam("wanted")).values(entry_hash=bindparam("told"))
)
_NO_PAGE = delete(t.pages).where(t.pages.c.url == bindparam("address"))
_NO_RAW_PAGE = delete(t.raw_pages).where(t.raw_pages.c.url == bindparam("address"))


def write(connection: Connection, chunks: Sequence[Chunk]) -> range:
    """Everything of the chunks, inside a transaction; the sequence numbers taken. Raises FenceLost, Outdated."""
    _check_fences(connection, chunks)
    for chunk in chunks:
        put(connection, t.pages, *(_rejected(page, chunk) for page in chunk.rejections))
        put(connection, t.raw_pages, *filter(None, map(_raw, chunk.rejections)))
        for withdrawal in chunk.withdrawals:
            _write_withdrawal(connection, withdrawal)
    _check_stories(connection, chunks)
    _check_twins(connection, chunks)
    taken = _write_filings(connection, [(filing, chunk.run_id) for chunk in chunks for filing in chunk.filings])
    for telling in chain.from_iterable(chunk.tellings for chunk in chunks):
        write_telling(connection, telling)
    write_states(connection, chunks)
    for chunk in chunks:
        _write_rereads(connection, chunk)
        write_notices(connection, chunk.notices, chunk.operators)
    write_runs(connection, *(chunk.record for chunk in chunks if chunk.record is not None))
    free(connection, *(Freed(chunk.host, chunk.fence, chunk.hold_until) for chunk in chunks if chunk.frees))
    return taken


def next_sequences(connection: Connection, count: int) -> range:
    """So many fresh numbers."""
    add(connection, t.counters, {"name": "sequence", "value": 0})
    last = int(connection.execute(_NUMBER, {"count": count}).scalar_one())
    return range(last - count + 1, last + 1)


def _check_fences(connection: Connection, chunks: Sequence[Chunk]) -> None:
    rows = connection.execute(_FENCES, {"hosts": [*{chunk.host for chunk in chunks}]})
    fences = {row.host: row.fence for row in rows}
    for chunk in chunks:
        if fences.get(chunk.host, 0) > chunk.fence:
            raise FenceLost(
                f"{chunk.source_id}: the host {chunk.host} was taken over by another worker meanwhile; "
                "this part of the visit was not stored and is read again"
            )


# -- pages without an article ---------------------------------------------------


def _rejected(rejection: Rejection, chunk: Chunk) -> Row:
    return {
        "url": rejection.url,
        "source_id": chunk.source_id,
        "status": "quarantined" if rejection.quarantined else "rejected",
        "reason": rejection.reason,
        "detail": rejection.detail,
        "entry_hash": rejection.entry_hash,
        "run_id": chunk.run_id,
        "at": rejection.fetched_at,
        "doc": _list_entry(rejection),
    }


def _raw(rejection: Rejection) -> Row | None:
    if not (rejection.quarantined and rejection.raw):
        return None
    packed = zlib.compress(rejection.raw[:_RAW], 6)
    return {"url": rejection.url, "at": rejection.fetched_at, "charset": rejection.charset, "body": packed}


def _list_entry(rejection: Rejection) -> str:
    """What the list said of a page, in the form in which pages still owed are kept."""
    published = rejection.published_at.isoformat() if rejection.published_at else ""
    entry = {"link": rejection.link, "title": rejection.title, "published": published}
    page = PendingPage(
        url=rejection.url, reason=rejection.reason, attempt_count=1, entry_hash=rejection.entry_hash, entry=entry
    )
    return dumps(page)


def _write_withdrawal(connection: Connection, withdrawal: Withdrawal) -> None:
    stored = select(t.articles.c.article_id, t.articles.c.article).where(t.articles.c.url == withdrawal.url)
    row = connection.execute(stored).first()
    known = None if row is None else ARTICLE.one(connection, row.article, row.article_id)
    if known is None:
        return
    article = replace(known, withdrawn_at=withdrawal.withdrawn_at)
    where = t.articles.c.url == withdrawal.url
    connection.execute(update(t.articles).where(where).values(article=dumps(article)))


# -- articles -------------------------------------------------------------------


def _write_filings(connection: Connection, filed: Sequence[tuple[Filing, str]]) -> range:
    """Filings, each with its run's id."""
    if not filed:
        return range(0)
    filings = [filing for filing, _ in filed]
    sequences = next_sequences(connection, len(filed))
    addresses = [{"address": url} for f in filings for url in (f.article.url, *f.article.aliases)]
    connection.execute(_NO_PAGE, addresses)
    connection.execute(_NO_RAW_PAGE, addresses)
    put(connection, t.aliases, *_aliases(filings))
    put(connection, t.articles, *_articles(connection, filed, sequences))
    changed = [(filing, run) for filing, run in filed if filing.disposition is not Disposition.REPEAT]
    add_all(connection, t.revisions, [_revision(filing, run) for filing, run in changed])
    stories = {f.story.id: f.story for f, _ in changed if f.story is not None}
    put(connection, t.stories, *map(_story, stories.values()))
    tags = {(f.article_id, tag.rule): _tag(f, tag) for f, _ in changed for tag in f.tags}
    put(connection, t.tags, *tags.values())
    for filing, _ in changed:
        _write_matches(connection, filing)
        write_messages(
            connection, filing.alerts, filing.deliveries, filing.amendments, filing.relied, filing.former_title
        )
    return sequences


def _check_stories(connection: Connection, chunks: Sequence[Chunk]) -> None:
    """Whether every story still is what it was decided on: another process may have told of it meanwhile, or
    opened it with the very same article, or a person merged it. Raises Outdated."""
    built_on: dict[str, int] = {}
    for chunk in chunks:
        for filing in chunk.filings:
            if filing.story is not None:
                built_on.setdefault(filing.story.id, filing.built_on)
        for telling in chunk.tellings:
            built_on.setdefault(telling.story.id, telling.built_on)
    if not built_on:
        return
    merged = connection.scalar(_MERGED, {"stories": sorted(built_on)})
    if merged:
        raise Outdated(f"the story {merged} was merged with another while articles were placed in it.")
    for story in STORY.readable(connection, connection.execute(_STORIES, {"stories": sorted(built_on)}).all()):
        if story.revision != built_on[story.id]:
            raise Outdated(f"the story {story.id} got another report while articles were placed in it.")


def _check_twins(connection: Connection, chunks: Sequence[Chunk]) -> None:
    """Whether what was new when it was decided on still is: another process may have stored it meanwhile, under the
    address with the other scheme. (Under the same one it changed the same story.) Raises Outdated."""
    new = (f.article.url for chunk in chunks for f in chunk.filings if f.disposition in _NEW)
    for urls in batches([*filter(None, map(twin, new))]):
        known = connection.scalar(_KNOWN, {"urls": urls})
        if known:
            raise Outdated(f"{known} was stored by another process meanwhile.")


def _aliases(filings: Iterable[Filing]) -> Iterator[Row]:
    rows = {
        alias: {"url": alias, "article_url": f.article.url, "entry_hash": f.article.entry_hash}
        for f in filings
        for alias in f.article.aliases
    }
    yield from rows.values()


def _articles(connection: Connection, filed: Sequence[tuple[Filing, str]], sequences: Sequence[int]) -> Iterator[Row]:
    """Of an article that came twice, what it is at the end. Repeats of stored ones are written here."""
    rows: dict[str, Row] = {}
    for (filing, run), sequence in zip(filed, sequences, strict=True):
        name, entry_hash = filing.article_id, filing.article.entry_hash
        if filing.disposition is not Disposition.REPEAT:
            rows[name] = _article(connection, filing, run, sequence, rows.get(name))
        elif name in rows:
            rows[name]["entry_hash"] = entry_hash
        else:
            connection.execute(_ENTRY_HASH, {"wanted": name, "told": entry_hash})
    yield from rows.values()


def _article(connection: Connection, filing: Filing, run_id: str, sequence: int, known: Row | None) -> Row:
    """The row of an article; `known` is the one that these chunks have for it already."""
    article, sighting = filing.article, filing.sighting
    assert sighting is not None
    filed = Filed.of(
        article, filing.fingerprint, sighting, owner=filing.owner, revision=filing.revision, sequence=sequence
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
        "run_id": run_id,
        "article": dumps(article),
        "filed": dumps(filed),
        "sighting": told,
    }


def _revision(filing: Filing, run_id: str) -> Row:
    article = filing.article
    revision = {"article_id": filing.article_id, "number": filing.revision}
    texts = {"title": article.title, "text": article.text}
    return {**revision, **texts, "seen_at": article.fetched_at, "run_id": run_id}


def _story(story: Story) -> Row:
    return {"story_id": story.id, "last_seen_at": story.last_seen_at, "doc": dumps(story)}


def _tag(filing: Filing, tag: Tag) -> Row:
    assert filing.story is not None
    return {
        "article_id": filing.article_id,
        "rule": tag.rule,
        "story_id": filing.story.id,
        "verdict": tag.verdict.value,
        "score": tag.score,
        "doc": dumps(tag),
    }


def _write_matches(connection: Connection, filing: Filing) -> None:
    for match in filing.matches:
        key = and_(t.matches.c.story_id == match.story_id, t.matches.c.rule == match.tag.rule)
        row = connection.execute(select(t.matches.c.score, t.matches.c.doc).where(key)).first()
        own = row is not None and f'"article_id":"{match.article_id}"' in row.doc
        if row is not None and row.score > match.tag.score and not own:
            continue
        values = {"story_id": match.story_id, "rule": match.tag.rule, "score": match.tag.score}
        put(connection, t.matches, {**values, "doc": dumps(match)})


def write_telling(connection: Connection, telling: Telling) -> None:
    """What is told of a story without an article, and the story as it is then."""
    story = telling.story
    where = t.stories.c.story_id == story.id
    connection.execute(update(t.stories).where(where).values(doc=dumps(story)))
    write_messages(connection, telling.alerts, telling.deliveries, telling.amendments, telling.relied)


# -- the source -----------------------------------------------------------------


def _write_rereads(connection: Connection, chunk: Chunk) -> None:
    if chunk.reread:
        connection.execute(delete(t.rereads).where(t.rereads.c.url.in_(chunk.reread)))
    rows = (
        {"url": item.url, "source_id": chunk.source_id, "due_at": item.due_at, "doc": dumps(item)}
        for item in chunk.rereads
    )
    put(connection, t.rereads, *rows)
