"""Wall-clock times of a zone -> instants: the next digest, the end of quiet hours. Pure.

A local time that does not exist (spring) means the next instant that does; one that exists twice
(autumn) means the first. Traps of 2026: no local midnight in Beirut on 29 March and in Cairo on
24 April; Casablanca leaves and rejoins its zone around Ramadan.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from news.timetable import Every, Quiet, Timetable

_DAY = timedelta(days=1)
_LONGEST_NIGHT = 16
"""Quiet windows that touch one another are one; a week of them ends somewhere."""


@lru_cache(maxsize=4096)
def instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a wall-clock time, in UTC; the next valid one where there is none."""
    place = ZoneInfo(zone)
    first = datetime.combine(day, at, tzinfo=place)
    found = first.astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None) == first.replace(tzinfo=None):
        return found
    # In a gap: with fold=1 it is read by the later offset, which gives an instant before the gap.
    before, after = first.replace(fold=1).astimezone(UTC), found
    old = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(place).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def next_digest(timetable: Timetable, after: datetime) -> datetime:
    """When the first digest after an instant is made; strictly later than it."""
    local = after.astimezone(ZoneInfo(timetable.zone))
    if timetable.every is Every.HOURLY:
        # Hours are counted as they pass: none is left out or made twice when clocks change.
        minute = after - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        found = minute + timedelta(minutes=timetable.at.minute)
        return found if found > after else found + timedelta(hours=1)
    day = local.date() - _DAY
    while True:
        if timetable.every is Every.DAILY or day.weekday() == timetable.day:
            found = instant(day, timetable.at, timetable.zone)
            if found > after:
                return found
        day += _DAY


def quiet_until(quiet: Quiet, at: datetime) -> datetime | None:
    """When the quiet hours end that an instant falls into; None if it does not."""
    end: datetime | None = None
    for _ in range(_LONGEST_NIGHT):
        further = _window_end(quiet, end or at)
        if further is None:
            return end
        end = further
    return end


def _window_end(quiet: Quiet, at: datetime) -> datetime | None:
    today = at.astimezone(ZoneInfo(quiet.zone)).date()
    for day in (today - _DAY, today):
        if day.weekday() not in quiet.days:
            continue
        last = day if quiet.ends > quiet.begins else day + _DAY
        begins, ends = instant(day, quiet.begins, quiet.zone), instant(last, quiet.ends, quiet.zone)
        if begins <= at < ends:
            return ends
    return None
