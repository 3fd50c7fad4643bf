"""Articles are read (cleaned, tagged, made comparable) and indexed in processes of their own, off the
daemon's loop.

What a reader cannot do in time, or while it is still starting, is read by intake itself: a reader saves
time and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from crawler.workers import Task, Workers
from marsad.heap import settle
from news.archive_index import IndexEntry
from news.article import Article
from news.rule import Rule
from news.visit import Find
from pipelines.reading import Reading, look
from pipelines.tagging import Tagger
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import Entry

log = structlog.get_logger("marsad.readers")

PATIENCE = timedelta(seconds=10)
"""For one chunk of five articles, which take some milliseconds."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """Articles to be indexed, as `ArchiveIndex.pending` lists them."""

    found: Sequence[tuple[int, str, Article]]


def _begin(rules: Sequence[Rule], lexicons: Mapping[str, Entry]) -> Task:
    tagger, indexer = Tagger(rules, lexicons), Indexer(lexicons)
    settle()
    return partial(_work, tagger, indexer)


def _work(tagger: Tagger, indexer: Indexer, piece: Sequence[Article] | _Pending) -> list[Reading] | list[IndexEntry]:
    if isinstance(piece, _Pending):
        return [indexer.entry(*each) for each in piece.found]
    readings = []
    for article in piece:
        reading, page = look(article, tagger)
        indexer.expect(reading.article, page)
        readings.append(reading)
    return readings


class Readers:
    """A pool of reading processes, started with the first articles, which it leaves to intake. With
    `processes` 0 it reads nothing."""

    def __init__(self, processes: int, rules: Sequence[Rule], lexicons: Mapping[str, Entry]) -> None:
        begin = partial(_begin, tuple(rules), dict(lexicons))
        self._workers = Workers(processes, begin, PATIENCE) if processes else None
        self._starting: asyncio.Task[None] | None = None

    async def read(self, finds: Sequence[Find]) -> list[Reading | None]:
        """A reading beside each find, None where there is none (to be read by whoever needs it)."""
        articles = [find for find in finds if isinstance(find, Article)]
        readings: list[Reading] = []
        if articles and self._workers is not None and self._is_started():
            try:
                readings = await self._workers.do(articles)
            except (TimeoutError, EOFError) as error:
                log.warning("readers.failed", error=type(error).__name__, hint="read in the daemon itself")
        each = iter(readings)
        return [next(each, None) if isinstance(find, Article) else None for find in finds]

    async def entries(self, found: Sequence[tuple[int, str, Article]]) -> list[IndexEntry] | None:
        """Index entries of pending articles; None if no process is there to make them."""
        if self._workers is None or not self._is_started():
            return None
        try:
            made: list[IndexEntry] = await self._workers.do(_Pending(found))
        except (TimeoutError, EOFError):
            return None
        return made

    def begin(self) -> None:
        """Have a process started in the background."""
        if self._workers is not None:
            self._is_started()

    def _is_started(self) -> bool:
        if self._starting is None:
            self._starting = asyncio.create_task(self.start())
        return self._starting.done()

    async def start(self) -> None:
        """Have a process ready; `read` does it by itself, without waiting."""
        if self._workers is not None:
            with suppress(TimeoutError, EOFError):
                await self._workers.do([])

    async def close(self) -> None:
        """End the processes."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._workers is not None:
            await self._workers.close()


__all__ = ["Readers"]
