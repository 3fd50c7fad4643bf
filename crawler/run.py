"""The Crawl port over Scrapy: visits, probes, and the life of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.discover import Discovery, discover
from crawler.engine import Engine
from crawler.extract.pool import ExtractionPool
from crawler.fetch import Fetcher
from crawler.settings import CrawlSettings
from crawler.spiders import READERS
from crawler.visit import Visit
from news.article import Article, Rejection
from news.clock import Clock
from news.errors import SourceError
from news.outlet import Source, SourceState
from news.quarantine import QuarantinedPage
from news.visit import EntryHashes, Find, Note, VisitEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a source looks like now. `summary` is a sentence, `advice` what to change or ''."""

    source: str
    ok: bool
    summary: str
    advice: str = ""
    entries: int = 0
    newest_at: datetime | None = None
    sample_title: str = ""
    sample_language: str = ""
    sample_length: int = 0
    sample_method: str = ""


class ScrapyCrawl:
    """One engine, one pool of extraction workers, one pace per host."""

    def __init__(self, settings: CrawlSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._engine = Engine(settings)
        self._fetcher = Fetcher(self._engine, settings, clock)
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

    async def discover(self, url: str, *, delay: timedelta, said: Callable[[str], None]) -> Discovery:
        """See `crawler.discover`. Raises FetchError."""
        return await discover(url, fetcher=self._fetcher, delay=delay, now=self._clock.now(), said=said)

    async def probe(self, source: Source) -> Probe:
        """Visit a source once with one article page; stores nothing, raises nothing."""
        try:
            answer = await self._fetcher.get(source.url, delay=source.delay)
            if answer.status >= 300:
                return _bad(source, f"answered {answer.status}", "Check the address in a browser")
            feed = await READERS[source.kind](answer, source, self._fetcher.get)
        except SourceError as error:
            return _bad(source, error.message, error.hint)
        times = [e.published_at for e in feed.entries if e.published_at]
        newest = max(times, default=None)
        return await self._sample(source, feed.kind, len(feed.entries), newest)

    async def _sample(self, source: Source, kind: str, entries: int, newest: datetime | None) -> Probe:
        stream = self.visit(source, SourceState(), known=_nothing, note=_silence, limit=1)
        finds = [find async for find in stream]
        head = f"{kind} with {entries} entries"
        if newest is not None:
            hours = (self._clock.now() - newest).total_seconds() / 3600
            head += f", newest {hours:.0f} h old"
        article = next((f for f in finds if isinstance(f, Article)), None)
        if article is None:
            refused = next((f for f in finds if isinstance(f, Rejection)), None)
            why = refused.detail if refused else "no page could be read"
            return _bad(source, f"{head}; but {why}", "Write a profile for the outlet, or check robots.txt")
        declared = not source.languages or article.language in source.languages
        advice = "" if declared else f"Pages look like {article.language}: set languages to match"
        return Probe(
            source=source.id,
            ok=declared,
            summary=f"{head}; read “{article.title[:80]}” ({article.language}, {len(article.text)} characters, "
            f"{article.method})",
            advice=advice,
            entries=entries,
            newest_at=newest,
            sample_title=article.title,
            sample_language=article.language,
            sample_length=len(article.text),
            sample_method=article.method,
        )


async def _nothing(_urls: Sequence[str]) -> Mapping[str, str]:
    return {}


def _silence(_level: str, _event: str, **_facts: object) -> None:
    """A probe keeps no log."""


def _bad(source: Source, summary: str, advice: str) -> Probe:
    return Probe(source=source.id, ok=False, summary=summary, advice=advice)
