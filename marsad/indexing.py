"""Fills the archive's index behind intake: daemon, `db reindex` and tests alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from marsad.readers import Readers
from news.archive_index import ArchiveIndex
from pipelines.tagging.indexing import Indexer

BESIDE = 50
"""Articles handed to a reading process at once: visits wait for their readings meanwhile."""

STEP = 200
"""Articles in one transaction: other writers wait a fifth of a second at most."""


def catch_up(
    index: ArchiveIndex, indexer: Indexer, *, limit: int = 0, told: Callable[[int], None] = lambda count: None
) -> int:
    """Index articles that are not yet, `limit` at most (0: all); how many. `told` hears each step's count."""
    done = 0
    while not limit or done < limit:
        found = index.pending(min(STEP, limit - done) if limit else STEP)
        if not found:
            break
        entries = [indexer.entry(sequence, article_id, article) for sequence, article_id, article in found]
        index.put(entries, found[-1][0])
        done += len(found)
        told(len(found))
    return done


async def catch_up_beside(index: ArchiveIndex, indexer: Indexer, readers: Readers, *, limit: int) -> int:
    """As `catch_up`, from a loop: the entries are made in a reading process where there is one."""
    done = 0
    while done < limit:
        found = await asyncio.to_thread(index.pending, min(BESIDE, limit - done))
        if not found:
            break
        entries = await readers.entries(found)
        if entries is None:
            return done + await asyncio.to_thread(catch_up, index, indexer, limit=limit - done)
        await asyncio.to_thread(index.put, entries, found[-1][0])
        done += len(found)
    return done
