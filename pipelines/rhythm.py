"""When a source publishes: learnt from its entries, used to poll it in time and to notice silence.

The rate is a product: entries an hour at this hour of the day, times this weekday's share. News is
periodic by day and week (Sia and Cho, "Efficient monitoring algorithm for fast news alerts"), and
the Friday of Baghdad is not the Sunday of Yerevan; so both are learnt and none is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from news.outlet import Rhythm

HALF_LIFE = timedelta(days=14)
"""Two weeks: long enough to know weekdays apart, short enough to follow a season."""
WATCHED = timedelta(days=14)
"""A gap in watching counts for so much at most: a machine that was off for a year learnt nothing."""
FIRST = timedelta(days=180)
"""A first list may reach back years; so much of it is believed, enough to know a monthly."""
_HOUR, _WEEK = timedelta(hours=1), timedelta(weeks=1)
_PRIOR_HOURS = 3.0
"""An hour of the day that was hardly watched is taken for an average one, with this much weight."""
_PRIOR_DAYS = 24.0


def learnt(rhythm: Rhythm, arrivals: Iterable[datetime], now: datetime) -> Rhythm:
    """The rhythm after watching until `now`, in which time these entries appeared."""
    times = sorted(min(at, now) for at in arrivals)
    if rhythm.at is None:
        begun = max(min(times, default=now), now - FIRST)
    else:
        begun = max(rhythm.at, now - WATCHED)
        # An entry dated before the last poll appeared since then all the same.
        times = [max(at, begun) for at in times]
    faded = 0.5 ** ((now - rhythm.at) / HALF_LIFE) if rhythm.at is not None else 1.0
    hours, hours_watched = [v * faded for v in rhythm.hours], [v * faded for v in rhythm.hours_watched]
    days, days_watched = [v * faded for v in rhythm.days], [v * faded for v in rhythm.days_watched]
    # Whole weeks watch every hour of the day and every day alike; only the rest is counted out.
    weeks = max((now - begun) // _WEEK, 0)
    hours_watched = [v + 7 * weeks for v in hours_watched]
    days_watched = [v + 24 * weeks for v in days_watched]
    for start, share in _slots(begun + weeks * _WEEK, now):
        hours_watched[start.hour] += share
        days_watched[start.weekday()] += share
    for at in times:
        if at >= begun:
            hours[at.hour] += 1
            days[at.weekday()] += 1
    return Rhythm(
        at=now,
        hours=_short(hours),
        hours_watched=_short(hours_watched),
        days=_short(days),
        days_watched=_short(days_watched),
    )


def rate(rhythm: Rhythm, at: datetime) -> float:
    """Entries an hour to be expected at that time; 0 if none was ever seen."""
    watched = sum(rhythm.hours_watched)
    if not watched:
        return 0.0
    mean = sum(rhythm.hours) / watched
    hour = (rhythm.hours[at.hour] + mean * _PRIOR_HOURS) / (rhythm.hours_watched[at.hour] + _PRIOR_HOURS)
    day = at.weekday()
    share = (rhythm.days[day] + mean * _PRIOR_DAYS) / (rhythm.days_watched[day] + _PRIOR_DAYS)
    return hour * share / mean if mean else 0.0


def expected(rhythm: Rhythm, since: datetime, until: datetime) -> float:
    """Entries to be expected between two times, nights and weekends as they were learnt."""
    return sum(rate(rhythm, start) * share for start, share in _slots(max(since, until - WATCHED), until))


def evidence(rhythm: Rhythm) -> float:
    """How many entries (of late) it was learnt from."""
    return sum(rhythm.hours)


def interval(rhythm: Rhythm, now: datetime, *, base: timedelta, fastest: timedelta, slowest: timedelta) -> timedelta:
    """Time to the next poll: `base` where an entry comes every `base`, else in proportion to the
    square root of the gap between entries, which serves alert delay best for a given number of
    polls (docs/design/crawl.md); the busier of this hour and the next counts."""
    entries = max(rate(rhythm, now), rate(rhythm, now + _HOUR))
    if not entries:
        return slowest if evidence(rhythm) or sum(rhythm.hours_watched) > 24 else min(base, slowest)
    gap = _HOUR / entries if entries > 1e-6 else slowest * 1e6
    wished: timedelta = base * (gap / base) ** 0.5
    return min(max(wished, fastest), slowest)


def _slots(since: datetime, until: datetime) -> Iterator[tuple[datetime, float]]:
    """(moment, hours) for each part of an hour of the clock between two times."""
    at = since
    while at < until:
        following = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, until)
        yield at, (following - at) / _HOUR
        at = following


def _short(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(value, 4) for value in values)


__all__ = ["evidence", "expected", "interval", "learnt", "rate"]
