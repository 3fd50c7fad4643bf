"""How often one host may be asked: one request at a time, a delay that learns from refusals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from news.clock import Clock

SLOWEST = 120.0
JITTER = 0.5
"""A request every second to the tick looks like an attack; Scrapy's own spread is the same."""


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    factor: float = 1.0
    last: float = float("-inf")
    crawl_delay: float = 0.0
    held_until: datetime | None = None


class Politeness:
    """Keeps every host's turn and pace; forgets a host that was not asked for a day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """One request to the host: waits for its turn, then for the rest of the delay."""
        state = self._hosts.setdefault(host, _Host())
        async with state.turn:
            pause = max(delay, state.crawl_delay) * state.factor
            pause *= 1 + JITTER * random.random()  # noqa: S311 - spreading, not secrecy
            rest = state.last + min(pause, SLOWEST) - self._clock.monotonic()
            if rest > 0:
                await asyncio.sleep(rest)
            try:
                yield
            finally:
                state.last = self._clock.monotonic()

    def crawl_delay(self, host: str, seconds: float) -> None:
        """What robots.txt asks for."""
        self._hosts.setdefault(host, _Host()).crawl_delay = min(seconds, SLOWEST)

    def answered(self, host: str, status: int) -> None:
        """Twice as slow after a refusal, a tenth faster after each success, never under the delay."""
        state = self._hosts.setdefault(host, _Host())
        if status in (429, 503):
            state.factor = min(state.factor * 2, 64.0)
        elif status < 400:
            state.factor = max(1.0, state.factor * 0.9)

    def hold(self, host: str, until: datetime) -> None:
        """The host asked to be left alone until then."""
        state = self._hosts.setdefault(host, _Host())
        state.held_until = max(until, state.held_until or until)

    def held_until(self, host: str) -> datetime | None:
        """Until when the host is not to be asked, or None."""
        state = self._hosts.get(host)
        until = state.held_until if state else None
        return until if until is not None and until > self._clock.now() else None

    def forget_idle(self, seconds: float = 86400.0) -> None:
        """Drop hosts that nobody asked for so long and that are not in use."""
        limit = self._clock.monotonic() - seconds
        for host in [h for h, s in self._hosts.items() if s.last < limit and not s.turn.locked()]:
            del self._hosts[host]
