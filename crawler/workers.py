"""Processes that do one kind of work each, with a hard deadline: what hangs or crashes there cannot take the
daemon. A worker that is late or dead is replaced; one whose daemon is gone ends by itself.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

Task = Callable[[Any], Any]
"""One piece of work; what it takes and gives is pickled. What it raises is a lost worker's fault."""

Begin = Callable[[], Task]
"""Makes the task, in the worker, once."""

STARTING = 30.0
"""Seconds more for a fresh worker: it has its imports to do before its first piece."""


def _work(pipe: Connection, begin: Begin) -> None:
    """A worker's life: one piece after another until its pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    task = begin()
    while True:
        try:
            piece = pipe.recv()
            pipe.send(task(piece))
        except (EOFError, OSError):
            return


class _Worker:
    def __init__(self, begin: Begin) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, begin), daemon=True, name="marsad-worker")
        self.process.start()
        theirs.close()

    def ask(self, piece: Any, seconds: float) -> Any:
        """Blocks; runs in a thread. Raises TimeoutError or EOFError."""
        self.pipe.send(piece)
        if not self.pipe.poll(seconds):
            raise TimeoutError
        return self.pipe.recv()

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join(5)
        self.process.close()


class Workers:
    """Workers are started on first use and kept. Close it at the end."""

    def __init__(self, count: int, begin: Begin, deadline: timedelta) -> None:
        self._begin, self._seconds = begin, deadline.total_seconds()
        self._idle: list[_Worker | None] = [None] * count
        self._free = asyncio.Semaphore(count)

    async def do(self, piece: Any) -> Any:
        """The task's answer. Raises TimeoutError past the deadline, EOFError if the worker died."""
        async with self._free:
            worker = self._idle.pop()
            fresh = worker is None
            try:
                if worker is None:
                    worker = await asyncio.to_thread(_Worker, self._begin)
                answer = await asyncio.to_thread(worker.ask, piece, self._seconds + (STARTING if fresh else 0))
            except OSError as error:
                self._replace(worker)
                if isinstance(error, TimeoutError):
                    raise
                raise EOFError("the worker is gone") from error
            except BaseException:
                self._replace(worker)
                raise
            self._idle.append(worker)
            return answer

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


__all__ = ["Begin", "Task", "Workers"]
