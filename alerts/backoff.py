"""When a failed delivery is tried again: attempt number in, pause out. Pure."""

from __future__ import annotations

from datetime import timedelta

SCHEDULE = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 82800, 86400))
"""Pauses after failed attempt 1, 2, ... 12: 13 attempts in about 75 hours, a long weekend."""

JITTER = 0.2
OVERLOAD_FLOOR = timedelta(seconds=60)
"""Least pause after 429, 502, 504 and time-outs: hurry would make it worse."""

RETRY_AFTER_CAP = timedelta(hours=24)
"""A receiver's Retry-After is believed up to here."""

POISON_TRIES = 3
"""A receiver that says "not this message" may be mistaken (a deploy), but not three times."""


def floor(retry_after: timedelta | None, overloaded: bool) -> timedelta:
    """The pause below which nothing may be sent, whatever the schedule says."""
    asked = min(max(retry_after or timedelta(0), timedelta(0)), RETRY_AFTER_CAP)
    return max(asked, OVERLOAD_FLOOR) if overloaded else asked


def wait_after(
    attempt: int, *, chance: float, retry_after: timedelta | None = None, overloaded: bool = False
) -> timedelta | None:
    """How long to wait after failed attempt number `attempt` (from 1), or None to give up.

    `chance` in [0, 1) spreads by ±20 %, never below the receiver's wish.
    """
    if attempt > len(SCHEDULE):
        return None
    wait = SCHEDULE[attempt - 1] * (1 - JITTER + 2 * JITTER * chance)
    return max(wait, floor(retry_after, overloaded))
