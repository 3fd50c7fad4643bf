"""A fault that lasts is said once a minute, with how often it was left out; not twice a second into a log that may
lie on the disk which is full."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

RECURRING = frozenset(
    {"tick.failed", "outbox.unavailable", "lock.unsure", "operators.untold", "index.failed", "reap.failed"}
)
"""Events of jobs that are tried again within seconds, whatever comes of it."""

AGAIN = 60.0
"""Seconds after which the same is said once more."""


@dataclass(slots=True)
class _Said:
    error: object
    at: float
    left_out: int = 0


class Repeats:
    """Drops a recurring event whose error is that of its last one, for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, _Said] = {}

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Raises DropEvent for what is to be left out."""
        name, now = event["event"], self._clock()
        if name not in RECURRING:
            return event
        last = self._last.get(name)
        if last is not None and last.error == event.get("error") and now - last.at < AGAIN:
            last.left_out += 1
            raise structlog.DropEvent
        if last is not None and last.left_out:
            event["left_out"] = last.left_out
        self._last[name] = _Said(event.get("error"), now)
        return event
