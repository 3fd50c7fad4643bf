"""One long-lived Scrapy engine in the caller's loop. Only requests go in, only responses come out.

A poll handed to a living engine costs under a millisecond of CPU, a new crawl per poll ten; the
engine is renewed now and then all the same, so that settings and slots do not grow old.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response

from crawler.settings import CrawlSettings, scrapy_settings


class EngineSpider(scrapy.Spider):
    """Keeps the engine open until told to end; asks for nothing by itself."""

    name = "marsad"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.ending = asyncio.Event()

    async def start(self) -> AsyncIterator[Any]:
        await self.ending.wait()
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request


class Engine:
    """start, download, stop."""

    def __init__(self, settings: CrawlSettings) -> None:
        self._settings = settings
        self._crawler: Crawler | None = None
        self._task: asyncio.Task[None] | None = None
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Open the engine; returns when it takes requests."""
        runner = AsyncCrawlerRunner(scrapy_settings(self._settings))
        crawler = runner.create_crawler(EngineSpider)
        ready = asyncio.Event()

        def started() -> None:
            ready.set()

        crawler.signals.connect(started, signal=signals.engine_started)
        self._crawler = crawler
        self._task = asyncio.ensure_future(runner.crawl(crawler))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            self._task.result()

    async def download(self, request: Request) -> Response:
        """Through the downloader middlewares (headers, decompression) to the guarded handler."""
        assert self._crawler is not None
        assert self._crawler.engine is not None
        self._open += 1
        self._idle.clear()
        try:
            return await self._crawler.engine.download_async(request)
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def stop(self, patience: float = 5.0) -> None:
        """Let open downloads end (at most `patience` seconds), then close everything."""
        if self._crawler is None or self._task is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), patience)
        spider = self._crawler.spider
        if isinstance(spider, EngineSpider):
            spider.ending.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._crawler.stop_async(), patience)
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._task, patience)
        self._crawler = self._task = None
