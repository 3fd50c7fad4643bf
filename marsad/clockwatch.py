"""Wall clock against monotonic clock: has somebody set the machine's time, or did it sleep?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from news.clock import Clock
from news.trouble import Trouble

log = structlog.get_logger("marsad.clock")

TOLERANCE = timedelta(seconds=30)
QUIET = timedelta(hours=1)
"""After so long without another jump the clock is trusted again."""


class ClockWatch:
    """Ask `trouble` now and then; it remembers the last jump."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._base = self._skew()
        self._jump: tuple[datetime, float, float] | None = None
        self.lost = timedelta(0)
        """By how much the clock was set back; whoever has seen to it sets it to nothing."""
        self.jumped: Callable[[], None] = lambda: None
        """Told of every jump."""

    def trouble(self) -> Trouble | None:
        """The jump of the last hour, if there was one."""
        moved = self._skew() - self._base
        if abs(moved) > TOLERANCE.total_seconds():
            self._base += moved
            self.lost += max(timedelta(seconds=-moved), timedelta(0))
            self._jump = (self._clock.now(), self._clock.monotonic(), moved)
            log.warning("clock.jumped", seconds=round(moved))
            self.jumped()
        if self._jump is None:
            return None
        at, began, seconds = self._jump
        if self._clock.monotonic() - began > QUIET.total_seconds():
            self._jump = None
            return None
        way = "forward" if seconds > 0 else "back"
        return Trouble(
            key="clock",
            stage=at.isoformat(),
            subject=f"the clock jumped {abs(round(seconds))} s {way}",
            evidence=(
                f"The machine's time moved {abs(round(seconds))} s {way} against its steady clock: it was set, or the "
                "machine slept.\nTimes of alerts around then are off; look at the time service (timedatectl)."
            ),
            since=at,
        )

    def _skew(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
