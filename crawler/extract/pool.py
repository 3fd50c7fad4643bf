"""Extraction in worker processes with a hard deadline: a hostile page cannot stall the loop, and
a parser's crash cannot take the daemon. A worker that is late or dead is replaced."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import signal
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from crawler.extract.page import Extracted, extract_page
from news.errors import ParseError

MEMORY = 1536 * 1024**2
"""Address space of a worker: many times what the largest page takes."""


def _work(pipe: Connection) -> None:
    """A worker's life: one page after another until its pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        try:
            raw, options = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: Any = extract_page(raw, **options)
        except ParseError as error:
            answer = (error.message, error.reason)
        except (Exception, MemoryError) as error:
            answer = (
                f"{options.get('url')}: reading the page failed: {type(error).__name__}",
                "extraction_failed",
            )
        try:
            pipe.send(answer)
        except (BrokenPipeError, OSError):
            return


class _Worker:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs,), daemon=True, name="marsad-extract")
        self.process.start()
        theirs.close()

    def ask(self, raw: bytes, options: dict[str, Any], seconds: float) -> Any:
        """Blocks; runs in a thread. Raises TimeoutError or EOFError."""
        self.pipe.send((raw, options))
        if not self.pipe.poll(seconds):
            raise TimeoutError
        return self.pipe.recv()

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join(5)
        self.process.close()


class ExtractionPool:
    """Workers are started on first use and kept. Close it at the end."""

    def __init__(self, workers: int = 1, deadline: timedelta = timedelta(seconds=10)) -> None:
        self._seconds = deadline.total_seconds()
        self._idle: list[_Worker | None] = [None] * workers
        self._free = asyncio.Semaphore(workers)
        self._starting = 30.0

    async def extract(self, raw: bytes, **options: Any) -> Extracted:
        """As `extract_page`. Raises ParseError, also extraction_timeout and extraction_crashed."""
        url = options.get("url", "")
        async with self._free:
            worker = self._idle.pop()
            fresh = worker is None
            try:
                if worker is None:
                    worker = await asyncio.to_thread(_Worker)
                # A fresh worker has its imports to do before its first page.
                seconds = self._seconds + (self._starting if fresh else 0)
                answer = await asyncio.to_thread(worker.ask, raw, options, seconds)
            except TimeoutError:
                self._replace(worker)
                raise ParseError(
                    f"{url}: the page took longer than {self._seconds:g} s to read; given up",
                    reason="extraction_timeout",
                ) from None
            except (EOFError, OSError):
                self._replace(worker)
                raise ParseError(
                    f"{url}: the page broke the reader; it was restarted", reason="extraction_crashed"
                ) from None
            except BaseException:
                self._replace(worker)
                raise
            self._idle.append(worker)
        if isinstance(answer, Extracted):
            return answer
        message, reason = answer
        raise ParseError(message, reason=reason)

    def _replace(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
        self._idle.append(None)

    async def close(self) -> None:
        """End all workers."""
        for worker in self._idle:
            if worker is not None:
                await asyncio.to_thread(worker.end)
        self._idle = [None] * len(self._idle)
