"""Slack's pace: one message a second and channel, with short bursts; and silence when told so.

https://docs.slack.dev/apis/web-api/rate-limits: going on in spite of 429 may get an app disabled.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from news.clock import Clock

BURST = 5
EVERY = timedelta(seconds=1)


class Pace:
    """A token bucket, and the end of the pause that Slack asked for."""

    def __init__(self, clock: Clock, every: timedelta = EVERY) -> None:
        self._clock, self._every = clock, every.total_seconds()
        self._next = clock.monotonic() - BURST * self._every
        self._silent_until = clock.monotonic()

    async def turn(self) -> timedelta | None:
        """Wait for our turn; or, at once, how long Slack still wants silence (then do not send)."""
        every = self._every
        now = self._clock.monotonic()
        self._next = max(self._next + every, now - (BURST - 1) * every)
        await asyncio.sleep(max(self._next - now, 0))
        left = self._silent_until - self._clock.monotonic()
        return timedelta(seconds=left) if left > 0 else None

    def hush(self, pause: timedelta) -> None:
        """Slack asked for this pause."""
        until = self._clock.monotonic() + pause.total_seconds()
        self._silent_until = max(self._silent_until, until)
