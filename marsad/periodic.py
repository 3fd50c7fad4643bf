"""A job that is run again and again by the steady clock: one that went by the machine's would stand still for
as long as that is set back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import ceil

import structlog

log = structlog.get_logger("marsad.schedule")

Job = Callable[[], Awaitable[None]]


class Periodic:
    """Begun at once. A late run is late, once, and never beside itself; one that fails is logged."""

    def __init__(self, name: str, seconds: float, job: Job, *, soon: bool) -> None:
        self._name, self._seconds, self._job = name, seconds, job
        self._is_over = self._is_at_work = False
        self.task = asyncio.create_task(self._run(0 if soon else seconds), name=name)

    def end(self) -> None:
        """Run it no more; a run that is under way goes on."""
        self._is_over = True
        if not self._is_at_work:
            self.task.cancel()

    async def _run(self, first: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + first
        while not self._is_over:
            await asyncio.sleep(due - loop.time())
            self._is_at_work = True
            try:
                await self._job()
            except Exception as error:
                log.error("job.failed", job=self._name, error=type(error).__name__, exc_info=True)
            self._is_at_work = False
            missed = (loop.time() - due) / self._seconds
            due += self._seconds * max(ceil(missed), 1)


__all__ = ["Job", "Periodic"]
