"""Canaries of the running daemon: launched on time, missed when they do not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from news.canary import Canaries, canary
from news.clock import Clock
from news.errors import StoreError
from news.trouble import Trouble
from pipelines import canaries as deciders

log = structlog.get_logger("marsad.canary")


class Aviary:
    """`flock` are the endpoints that get one `every` so often."""

    def __init__(self, canaries: Canaries, clock: Clock, wake: Callable[[], None]) -> None:
        self._canaries, self._clock, self._wake = canaries, clock, wake
        self.flock: Sequence[str] = ()
        self.every = timedelta(hours=1)

    async def launch(self) -> None:
        """Put this hour's into the outbox. A database that refuses is told of elsewhere."""
        now = self._clock.now()
        birds = [canary(endpoint, self.every, now) for endpoint in self.flock]
        try:
            launched = await asyncio.to_thread(self._canaries.launch, birds, now)
        except StoreError as error:
            log.error("canary.failed", error=str(error))
            return
        if launched:
            log.debug("canary.launched", count=launched)
            self._wake()

    def missing(self, now: datetime) -> list[Trouble]:
        """Those that have not arrived; reads the store."""
        standings = {e: s for e, s in self._canaries.standings().items() if e in self.flock}
        return deciders.missing(standings, self.every, now)
