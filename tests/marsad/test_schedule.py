"""The daemon's clockwork goes by the steady clock: the machine's may be set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
import structlog
from apscheduler.schedulers import base

from marsad.schedule import Schedule
from tests.samples import source


class Wall(datetime):
    """The machine's clock as the library reads it, which somebody sets."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Wall:
        at = datetime.now(tz) + cls.ahead
        return cls.fromtimestamp(at.timestamp(), tz)


def test_jobs_go_on_when_the_clock_is_set_back_by_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "datetime", Wall)
    monkeypatch.setattr(Wall, "ahead", timedelta(0))
    ticks: list[None] = []

    async def tick() -> None:
        ticks.append(None)

    async def go() -> None:
        schedule = Schedule()
        schedule.every(timedelta(seconds=0.05), tick, "tick", soon=True)
        schedule.start()
        await asyncio.sleep(0.3)
        monkeypatch.setattr(Wall, "ahead", timedelta(hours=-3))
        before = len(ticks)
        await asyncio.sleep(0.5)
        schedule.stop()
        assert before >= 2
        assert len(ticks) >= before + 3, "it stood still"
        ended = len(ticks)
        await asyncio.sleep(0.2)
        assert len(ticks) == ended

    asyncio.run(go())


def test_a_job_that_fails_or_takes_long_is_run_again_and_never_beside_itself() -> None:
    running, most, begun = 0, 0, 0

    async def slow() -> None:
        nonlocal running, most, begun
        running, begun = running + 1, begun + 1
        most = max(most, running)
        await asyncio.sleep(0.12)
        running -= 1
        raise ValueError("a fault of ours")

    async def go() -> None:
        schedule = Schedule()
        schedule.every(timedelta(seconds=0.05), slow, "slow", soon=True)
        schedule.start()
        await asyncio.sleep(0.8)
        schedule.stop()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(go())
    assert (most, begun >= 3) == (1, True)
    assert {(line["event"], line["job"]) for line in logs} == {("job.failed", "slow")}


def test_a_job_that_is_replaced_or_dropped_runs_no_more() -> None:
    said: list[str] = []

    async def one() -> None:
        said.append("one")

    async def other() -> None:
        said.append("other")

    async def go() -> None:
        schedule = Schedule()
        schedule.every(timedelta(seconds=0.05), one, "job")
        schedule.every(timedelta(seconds=0.05), other, "job")
        schedule.start()
        await asyncio.sleep(0.2)
        schedule.drop("job")
        schedule.drop("unknown")
        count = len(said)
        await asyncio.sleep(0.2)
        assert len(said) == count > 0
        schedule.stop()

    asyncio.run(go())
    assert set(said) == {"other"}


def test_a_cron_line_does_not_wait_for_a_clock_that_was_set_back_to_come_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "datetime", Wall)
    monkeypatch.setattr(Wall, "ahead", timedelta(hours=3))

    async def go() -> None:
        schedule = Schedule()
        schedule.cron([source(cron="* * * * *")], _nothing)
        schedule.start()
        assert _next_run(schedule) > datetime.now(UTC) + timedelta(hours=2)
        monkeypatch.setattr(Wall, "ahead", timedelta(0))
        schedule.recount()
        assert _next_run(schedule) <= datetime.now(UTC) + timedelta(minutes=1)
        schedule.stop()

    asyncio.run(go())


async def _nothing(_source_id: str) -> None:
    """What is due is of no interest."""


def _next_run(schedule: Schedule) -> datetime:
    [job] = schedule._scheduler.get_jobs()
    at: datetime = job.next_run_time
    return at
