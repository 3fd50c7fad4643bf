"""Fills the archive's index behind intake: daemon, `db reindex` and tests alike."""

from __future__ import annotations

from collections.abc import Callable

from news.archive_index import ArchiveIndex
from pipelines.tagging.indexing import Indexer

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
