"""Fills the archive's index behind intake: daemon, `db reindex` and tests alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from marsad.readers import Readers
from news.archive_index import ArchiveIndex, IndexEntry
from news.article import Article
from pipelines.tagging.indexing import Indexer

log = structlog.get_logger("marsad.indexing")

BESIDE = 50
"""Articles handed to a reading process at once: visits wait for their readings meanwhile."""

STEP = 200
"""Articles in one transaction: other writers wait a fifth of a second at most."""

WORDS = 300
"""Characters at most of why an article is passed over: the words may hold all of it."""

_HINT = "search does not find it; another try: marsad db reindex --all"


def catch_up(
    index: ArchiveIndex, indexer: Indexer, *, limit: int = 0, told: Callable[[int], None] = lambda count: None
) -> int:
    """Index articles that are not yet, going through `limit` at most (0: all); how many were indexed. `told` hears
    how many each step went through. One that cannot be read is passed over: it must not hold up those after it."""
    gone = indexed = 0
    while not limit or gone < limit:
        found = index.pending(min(STEP, limit - gone) if limit else STEP)
        if not found:
            break
        entries = [entry for one in _whole(found) if (entry := _entry(indexer, *one)) is not None]
        _put(index, found, entries)
        gone += len(found)
        indexed += len(entries)
        told(len(found))
    return indexed


async def catch_up_beside(index: ArchiveIndex, indexer: Indexer, readers: Readers, *, limit: int) -> int:
    """As `catch_up`, from a loop: the entries are made in a reading process where there is one."""
    gone = indexed = 0
    while gone < limit:
        found = await asyncio.to_thread(index.pending, min(BESIDE, limit - gone))
        if not found:
            break
        entries = await readers.entries(_whole(found))
        if entries is None:  # or one of them is more than it can read: `catch_up` finds which
            return indexed + await asyncio.to_thread(catch_up, index, indexer, limit=limit - gone)
        await asyncio.to_thread(_put, index, found, entries)
        gone += len(found)
        indexed += len(entries)
    return indexed


def _whole(found: Sequence[tuple[int, str, Article | None]]) -> list[tuple[int, str, Article]]:
    return [(sequence, article_id, article) for sequence, article_id, article in found if article is not None]


def _entry(indexer: Indexer, sequence: int, article_id: str, article: Article) -> IndexEntry | None:
    try:
        return indexer.entry(sequence, article_id, article)
    except Exception as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())[:WORDS]
        log.warning("index.skipped", article=article_id, error=words, hint=_HINT)
        return None


def _put(index: ArchiveIndex, found: Sequence[tuple[int, str, Article | None]], entries: Sequence[IndexEntry]) -> None:
    index.put(entries, found[-1][0])
    for _, article_id, article in found:
        if article is None:
            log.warning("index.skipped", article=article_id, error="its document cannot be read", hint=_HINT)
