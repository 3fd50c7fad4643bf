"""G10: digests and quiet hours over the days on which clocks change, in ten zones and three years."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from news.timetable import Every, Quiet, Timetable
from pipelines.timetable import instant, next_digest, quiet_until

ZONES = [
    "Asia/Baghdad", "Asia/Tehran", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca", "Asia/Jerusalem",
    "Europe/Istanbul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
]  # fmt: skip
TIMES = [time(0, 0), time(0, 30), time(2, 15), time(7, 0), time(23, 59)]
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Asia/Beirut", date(2026, 3, 29), time(0, 0), "2026-03-28T22:00"),
        ("Africa/Cairo", date(2026, 4, 24), time(0, 0), "2026-04-23T22:00"),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        ("Asia/Baghdad", date(2026, 3, 29), time(0, 0), "2026-03-28T21:00"),
        ("America/New_York", date(2026, 3, 8), time(2, 59), "2026-03-08T07:00"),
    ],
)
def test_a_missing_time_is_the_next_that_exists_and_a_doubled_one_the_first(
    zone: str, day: date, at: time, utc: str
) -> None:
    assert instant(day, at, zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_a_daily_digest_is_made_once_for_each_local_day(zone: str) -> None:
    for at in TIMES:
        timetable = Timetable(every=Every.DAILY, at=at, zone=zone)
        wanted = [instant(date(2025, 1, 1) + timedelta(days=n), at, zone) for n in range(1, 1094)]
        made, now = [], instant(date(2025, 1, 1), at, zone)
        while len(made) < len(wanted):
            now = next_digest(timetable, now)
            made.append(now)
        assert made == wanted
        assert len(set(made)) == len(made)


@pytest.mark.parametrize("zone", ZONES)
def test_asked_at_any_minute_the_next_digest_is_the_same_until_it_is_due(zone: str) -> None:
    """Also a clock that goes back or ahead by an hour finds it: the answer depends on nothing else."""
    timetable = Timetable(every=Every.WEEKLY, at=time(0, 0), zone=zone, day=6)
    due = next_digest(timetable, BEGIN)
    weeks = 0
    now = BEGIN
    while now < END:
        now += timedelta(minutes=397)
        if now >= due:
            last, due = due, next_digest(timetable, due)
            weeks += 1
            assert timedelta(days=6, hours=22) < due - last < timedelta(days=7, hours=2)
        for skew in (-60, 0, 60):
            asked = now + timedelta(minutes=skew)
            if due - timedelta(days=6) < asked < due:
                assert next_digest(timetable, asked) == due
    assert weeks in (156, 157)


@pytest.mark.parametrize("zone", ZONES)
def test_an_hourly_digest_is_made_each_hour_that_passes(zone: str) -> None:
    timetable = Timetable(every=Every.HOURLY, at=time(0, 20), zone=zone)
    now, apart, odd_minutes = next_digest(timetable, BEGIN), [], 0
    while now < END:
        later = next_digest(timetable, now)
        odd_minutes += later.astimezone(ZoneInfo(zone)).minute != 20
        apart.append(later - now)
        now = later
    odd = [gap for gap in apart if gap != timedelta(hours=1)]
    assert max(len(odd), odd_minutes) <= (6 if zone == "Australia/Lord_Howe" else 0), (
        "its clocks change by half an hour"
    )
    assert all(timedelta(minutes=29) < gap <= timedelta(minutes=90) for gap in odd)


@pytest.mark.parametrize("zone", ZONES)
def test_each_night_of_quiet_hours_has_one_end_and_ends_when_the_wall_clock_says(zone: str) -> None:
    quiet = Quiet(begins=time(22, 0), ends=time(7, 0), zone=zone)
    ends = set()
    now = BEGIN
    while now < END:
        local = now.astimezone(ZoneInfo(zone))
        end = quiet_until(quiet, now)
        assert (end is not None) is (local.hour >= 22 or local.hour < 7)
        if end is not None:
            ends.add(end)
            assert end.astimezone(ZoneInfo(zone)).time() == time(7, 0)
        now += timedelta(minutes=30)
    assert len(ends) in (1095, 1096)


def test_a_weekend_is_one_quiet_time_and_the_days_are_those_it_begins_on() -> None:
    weekend = Quiet(begins=time(0), ends=time(0), zone="Asia/Baghdad", days=frozenset({4, 5}))
    friday = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)  # 27 November, 00:00 in Baghdad
    assert quiet_until(weekend, friday) == datetime(2026, 11, 28, 21, 0, tzinfo=UTC)
    assert quiet_until(weekend, friday - timedelta(seconds=1)) is None
    evening = Quiet(begins=time(22), ends=time(7), zone="UTC", days=frozenset({3}))
    assert quiet_until(evening, datetime(2026, 11, 27, 6, tzinfo=UTC)) == datetime(2026, 11, 27, 7, tzinfo=UTC)
    assert quiet_until(evening, datetime(2026, 11, 27, 23, tzinfo=UTC)) is None
