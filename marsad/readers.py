"""Articles are read (cleaned, tagged, made comparable) and indexed in processes of their own, off the
daemon's loop.

What a reader cannot do in time, or while it is still starting, is read by intake itself: a reader saves
time and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from crawler.workers import Workers
from marsad.reader import Pending, begin
from news.archive_index import IndexEntry
from news.article import Article
from news.rule import Rule
from news.visit import Find
from pipelines.reading import Reading
from pipelines.tagging.lexicon import Entry

log = structlog.get_logger("marsad.readers")

PATIENCE = timedelta(seconds=10)
"""For one chunk of five articles, which take some milliseconds."""


class Readers:
    """A pool of reading processes, started with the first articles, which it leaves to intake. With
    `processes` 0 it reads nothing."""

    def __init__(self, processes: int, rules: Sequence[Rule], lexicons: Mapping[str, Entry]) -> None:
        task = partial(begin, tuple(rules), dict(lexicons))
        self._workers = Workers(processes, task, PATIENCE) if processes else None
        self._starting: asyncio.Task[None] | None = None

    async def read(self, finds: Sequence[Find]) -> list[Reading | None]:
        """A reading beside each find, None where there is none (to be read by whoever needs it)."""
        articles = [find for find in finds if isinstance(find, Article)]
        readings: list[Reading] = (await self._made(articles) or []) if articles else []
        each = iter(readings)
        return [next(each, None) if isinstance(find, Article) else None for find in finds]

    async def entries(self, found: Sequence[tuple[int, str, Article]]) -> list[IndexEntry] | None:
        """Index entries of pending articles; None if no process is there to make them."""
        made: list[IndexEntry] | None = await self._made(Pending(found))
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
            await self._try(self._workers, [])

    async def close(self) -> None:
        """End the processes."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._workers is not None:
            await self._workers.close()

    async def _made(self, piece: Sequence[Article] | Pending) -> Any:
        """What a process makes of it; None if there is none, or it failed."""
        if self._workers is None or not self._is_started():
            return None
        return await self._try(self._workers, piece)

    async def _try(self, workers: Workers, piece: Sequence[Article] | Pending) -> Any:
        try:
            return await workers.do(piece)
        except (TimeoutError, EOFError) as error:
            words = str(error) or "not done in time"
            log.warning("readers.failed", error=words, hint="done in the daemon itself")
            return None


__all__ = ["Readers"]
