"""When readers want to hear of things: quiet hours and digests, in their own wall-clock time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Severity(StrEnum):
    """How much a story matters to those it is told to."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 is the least."""
        return list(Severity).index(self)


ALL_DAYS = frozenset(range(7))
"""Monday is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which messages are held, from `begins` until `ends` (of the next day, unless it is
    later than `begins`), on nights that begin on one of `days`. What is at least `unless` is
    told nevertheless; None: nothing is."""

    begins: time
    ends: time
    zone: str = "UTC"
    days: frozenset[int] = ALL_DAYS
    unless: Severity | None = Severity.HIGH


class Every(StrEnum):
    """How often a digest is made."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When a digest is made: hourly at the minute of `at`, daily at `at`, weekly on `day` at `at`."""

    every: Every
    at: time = time(7, 0)
    zone: str = "UTC"
    day: int = 0
