"""When a failed delivery is tried again: attempt number in, time out. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
    timedelta(hours=23),
    timedelta(hours=24),
)
"""Pause before attempt 1, 2, ... 13: about 75 hours, a weekend with a dead receiver."""

JITTER = 0.2
OVERLOAD = timedelta(seconds=60)
"""Least pause after 429, 502, 504 and time-outs: hurry would make it worse."""

LONGEST = timedelta(hours=24)
"""A receiver's Retry-After is believed up to here."""

REJECTED_TRIES = 3
"""A receiver that says "not this message" may be mistaken (a deploy), but not three times."""


def floor(retry_after: timedelta | None, overloaded: bool) -> timedelta:
    """The pause below which nothing may be sent, whatever the schedule says."""
    asked = min(max(retry_after or timedelta(0), timedelta(0)), LONGEST)
    return max(asked, OVERLOAD) if overloaded else asked


def next_attempt(
    attempt: int,
    now: datetime,
    *,
    chance: float,
    retry_after: timedelta | None = None,
    overloaded: bool = False,
    tries: int = len(DELAYS),
) -> datetime | None:
    """When to try again after attempt number `attempt` (1 first) failed; None if tries are used.

    `chance` in [0, 1) spreads the pause by ±20 %, never below the receiver's wish.
    """
    if attempt >= min(tries, len(DELAYS)):
        return None
    pause = DELAYS[attempt] * (1 + JITTER * (2 * chance - 1))
    return now + max(pause, floor(retry_after, overloaded))
