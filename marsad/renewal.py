"""A host's lease, kept for as long as the host's turn takes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from marsad.later import Later
from news.clock import Clock
from news.errors import FenceLost, StoreError
from news.ports import Dispatch, HostLease

log = structlog.get_logger("marsad.visits")


class Renewal:
    """A lease is renewed at a third of its length. A database that refuses is asked again and again until
    the lease runs out: only then is it lost, or when somebody else took the host over."""

    def __init__(self, dispatch: Dispatch, lease: HostLease, clock: Clock, length: timedelta) -> None:
        self._dispatch, self._lease, self._clock, self._length = dispatch, lease, clock, length
        self._third = length.total_seconds() / 3
        self._keeping = Later(self._third, self._keep)

    def is_lost(self) -> bool:
        return self._keeping.ended()

    async def end(self) -> None:
        """Renew it no more."""
        await self._keeping.over()

    async def _keep(self) -> None:
        while (now := self._clock.now()) < self._lease.until:
            pause = self._third
            try:
                self._lease = await asyncio.to_thread(self._dispatch.renew, self._lease, now, self._length)
            except FenceLost:
                return
            except StoreError as error:
                log.warning("host.unrenewed", host=self._lease.host, error=str(error), until=str(self._lease.until))
                pause = self._third / 4
            await asyncio.sleep(pause)


__all__ = ["Renewal"]
