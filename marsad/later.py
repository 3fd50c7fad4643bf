"""Work that is begun after a while, unless it is not needed any more by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any


class Later:
    """A timer, and a task only once it has run out: most visits are over long before."""

    def __init__(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._work())

    def ended(self) -> bool:
        """Whether it was begun and has come to its end, good or bad."""
        return self._task is not None and self._task.done()

    def cancel(self) -> None:
        """Begin it no more; break it off where it stands."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    async def over(self) -> None:
        """Cancelled and gone. Raises what the work raised."""
        self.cancel()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task


__all__ = ["Later"]
