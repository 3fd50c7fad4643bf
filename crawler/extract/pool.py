"""Extraction in worker processes: a hostile page cannot stall the loop, and a parser's crash cannot take
the daemon."""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.extract.page import Extracted, extract_page
from crawler.workers import Task, Workers
from news.errors import ParseError

_FIRST = b"<h1>A headline</h1><p>A page that has a sentence long enough for its language to be guessed.</p>"

MEMORY = 1536 * 1024**2
"""Address space of a worker: many times what the largest page takes."""


def _begin() -> Task:
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    return _extract


def _extract(piece: tuple[bytes, dict[str, Any]]) -> Extracted | tuple[str, str]:
    """The article of a page, or (message, reason) why there is none."""
    raw, options = piece
    try:
        return extract_page(raw, **options)
    except ParseError as error:
        return error.message, error.reason
    except (Exception, MemoryError) as error:
        message = f"{options.get('url')}: reading the page failed: {type(error).__name__}"
        return message, "extraction_failed"


class ExtractionPool:
    """Workers are started on first use, or before (`warm`), and kept. Close it at the end."""

    def __init__(self, workers: int = 1, deadline: timedelta = timedelta(seconds=10)) -> None:
        self._deadline = deadline
        self._workers = Workers(workers, _begin, deadline)
        self._warming: asyncio.Task[None] | None = None

    async def extract(self, raw: bytes, **options: Any) -> Extracted:
        """As `extract_page`. Raises ParseError, also extraction_timeout and extraction_crashed."""
        url = options.get("url", "")
        try:
            answer = await self._workers.do((raw, options))
        except TimeoutError:
            seconds = self._deadline.total_seconds()
            message = f"{url}: the page took longer than {seconds:g} s to read; given up"
            raise ParseError(message, reason="extraction_timeout") from None
        except EOFError as error:
            message = f"{url}: the page broke the reader ({error}); it was restarted"
            raise ParseError(message, reason="extraction_crashed") from None
        if isinstance(answer, Extracted):
            return answer
        message, reason = answer
        raise ParseError(message, reason=reason)

    def warm(self) -> None:
        """Have a worker started in the background, so that the first page need not wait for its imports."""
        self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        with suppress(ParseError):
            await self.extract(_FIRST, url="", now=datetime.now(UTC))

    async def close(self) -> None:
        """End all workers."""
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        await self._workers.close()
