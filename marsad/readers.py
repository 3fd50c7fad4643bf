"""Articles are read (cleaned, tagged, made comparable) in processes of their own, off the daemon's loop.

What a reader cannot do in time, or while it is still starting, is read by intake itself: a reader saves
time and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog

from crawler.workers import Task, Workers
from news.article import Article
from news.rule import Rule
from news.visit import Find
from pipelines.reading import Reading, read
from pipelines.tagging import Tagger
from pipelines.tagging.lexicon import Entry

log = structlog.get_logger("marsad.readers")

PATIENCE = timedelta(seconds=10)
"""For one chunk of five articles, which take some milliseconds."""


def _begin(rules: Sequence[Rule], lexicons: Mapping[str, Entry]) -> Task:
    return partial(_read, Tagger(rules, lexicons))


def _read(tagger: Tagger, articles: Sequence[Article]) -> list[Reading]:
    return [read(article, tagger) for article in articles]


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
