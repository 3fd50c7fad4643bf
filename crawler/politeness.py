"""How often one host may be asked: one request at a time, a delay that learns from refusals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from news.clock import Clock

SLOWEST = 120.0
"""Seconds waited for a turn. What robots.txt asks for beyond that is a time before which the host is not asked."""
LONGEST = 86400.0
JITTER = 0.5
"""A request every second to the tick looks like an attack; Scrapy's own spread is the same."""


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    factor: float = 1.0
    last: float = float("-inf")
    crawl_delays: dict[str, float] = field(default_factory=dict)
    held_until: datetime | None = None


class Held(Exception):
    """The host is not to be asked before `until`: it said so, or its robots.txt did."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Politeness:
    """Keeps every host's turn and pace; forgets a host that was not asked for a day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[None]:
        """One request to the host: waits for its turn, then for the rest of the delay. Raises Held."""
        state = self._hosts.setdefault(host, _Host())
        async with state.turn:
            asked_for = self.asked_for(host)
            pause = max(delay, asked_for) * state.factor
            pause *= 1 + JITTER * random.random()  # noqa: S311 - spreading, not secrecy
            rest = state.last + max(min(pause, SLOWEST), asked_for) - self._clock.monotonic()
            if rest > SLOWEST:
                self.hold(host, self._clock.now() + timedelta(seconds=rest))
            elif rest > 0:
                await asyncio.sleep(rest)
            # Asked when our turn has come, not when we queued for it: the last answer may have said so.
            if until := self.held_until(host):
                raise Held(until)
            try:
                yield
            finally:
                state.last = self._clock.monotonic()

    def crawl_delay(self, host: str, origin: str, seconds: float) -> None:
        """What the robots.txt of `origin` asks for; of several on one host the slowest counts."""
        self._hosts.setdefault(host, _Host()).crawl_delays[origin] = min(seconds, LONGEST)

    def asked_for(self, host: str) -> float:
        """Seconds between two requests that robots.txt asks for, as far as it was read."""
        state = self._hosts.get(host)
        return max(state.crawl_delays.values(), default=0.0) if state else 0.0

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

    def rest_until(self, host: str) -> datetime | None:
        """Until when the host is to be left alone: it said so, or its robots.txt wants a pause after the last
        request. None if it may be asked."""
        state = self._hosts.get(host)
        if state is None:
            return None
        pause = state.last + self.asked_for(host) - self._clock.monotonic()
        paused = self._clock.now() + timedelta(seconds=pause) if pause > 0 else None
        return max(filter(None, (paused, self.held_until(host))), default=None)

    def forget_idle(self, seconds: float = 86400.0) -> None:
        """Drop hosts that nobody asked for so long and that are not in use."""
        limit = self._clock.monotonic() - seconds
        for host in [h for h, s in self._hosts.items() if s.last < limit and not s.turn.locked()]:
            del self._hosts[host]
