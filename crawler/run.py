"""The Crawl port over Scrapy: visits, probes, and the life of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

from crawler.discover import Discovery, discover
from crawler.engine import Engine
from crawler.extract.pool import ExtractionPool
from crawler.fetch import Before, Fetcher
from crawler.probing import Probe, probe
from crawler.settings import CrawlSettings
from crawler.visit import Visit
from news.clock import Clock
from news.outlet import Source, SourceState
from news.quarantine import QuarantinedPage
from news.visit import EntryHashes, Find, Note, VisitEnd


class ScrapyCrawl:
    """One engine, one pool of extraction workers, one pace per host."""

    def __init__(self, settings: CrawlSettings, clock: Clock, before: Before | None = None) -> None:
        self._settings, self._clock = settings, clock
        self._engine = Engine(settings)
        self._fetcher = Fetcher(self._engine, settings, clock, before)
        self._pool = ExtractionPool(settings.extraction_workers, settings.extraction_deadline)
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Open the engine."""
        await self._engine.start()

    def warm(self) -> None:
        """Make ready to take pages apart, in the background."""
        self._pool.warm()

    async def stop(self) -> None:
        """Close engine and workers, under visits too."""
        await self._engine.stop()
        await self._pool.close()

    async def idle(self) -> None:
        """Wait until no visit is open."""
        await self._idle.wait()

    async def recycle(self) -> None:
        """Go on with a fresh engine; downloads that are open end on the old one."""
        old, fresh = self._engine, Engine(self._settings)
        await fresh.start()
        self._engine = fresh
        self._fetcher.use(fresh)
        await old.stop(patience=self._settings.timeout.total_seconds())

    def visit(
        self, source: Source, state: SourceState, *, known: EntryHashes, note: Note, limit: int = 0
    ) -> AsyncIterator[Find | VisitEnd]:
        """See news.visit.Crawl."""
        visit = Visit(
            source,
            state,
            fetcher=self._fetcher,
            pool=self._pool,
            clock=self._clock,
            known=known,
            note=note,
            limit=limit,
        )
        return self._counted(visit.finds())

    async def _counted(self, finds: AsyncGenerator[Find | VisitEnd, None]) -> AsyncIterator[Find | VisitEnd]:
        self._open += 1
        self._idle.clear()
        try:
            async with aclosing(finds):
                async for find in finds:
                    yield find
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def again(self, source: Source, page: QuarantinedPage) -> Find:
        """Read a page from its kept bytes; no network. Never raises for what the page is."""
        visit = Visit(
            source,
            SourceState(),
            fetcher=self._fetcher,
            pool=self._pool,
            clock=self._clock,
            known=_nothing,
            note=_silence,
            limit=1,
        )
        return await visit.again(page)

    def rest_until(self, url: str) -> datetime | None:
        """See news.visit.Crawl."""
        return self._fetcher.rest_until(url)

    async def discover(self, url: str, *, delay: timedelta, said: Callable[[str], None]) -> Discovery:
        """See `crawler.discover`. Raises FetchError."""
        return await discover(url, fetcher=self._fetcher, delay=delay, now=self._clock.now(), said=said)

    async def probe(self, source: Source) -> Probe:
        """Visit a source once with one article page; stores nothing, raises nothing."""
        visit = partial(self.visit, source, SourceState(), known=_nothing, note=_silence, limit=1)
        return await probe(source, self._fetcher, visit, self._clock.now(), obeys=self._settings.obey_robots)


async def _nothing(_urls: Sequence[str]) -> Mapping[str, str]:
    return {}


def _silence(_level: str, _event: str, **_facts: object) -> None:
    """A probe keeps no log."""


__all__ = ["Probe", "ScrapyCrawl"]
