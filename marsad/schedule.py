"""The daemon's clockwork: APScheduler wakes the loops. Only home of apscheduler.

When a source is due stands in the database, not here: a restart forgets nothing and ten thousand
sources are one job. Cron-timed sources get a job each, which makes them due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from news.outlet import Source

Job = Callable[[], Awaitable[None]]


class Schedule:
    """Periodic jobs and cron-timed sources. Memory store: nothing is pickled."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={
                # A late job runs late, once, and never beside itself. The library's own default
                # skips a job that is more than one second late.
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": None,
            },
        )

    def every(self, interval: timedelta, job: Job, name: str, *, soon: bool = False) -> None:
        """Run `job` every `interval`; `soon` also at once."""
        extra = {"next_run_time": datetime.now(UTC)} if soon else {}
        trigger = IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC)
        self._scheduler.add_job(_quietly(job), trigger, id=name, name=name, replace_existing=True, **extra)

    def drop(self, name: str) -> None:
        """Run the job of that name no more, if there is one."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def cron(self, sources: Sequence[Source], make_due: Callable[[str], Awaitable[None]]) -> None:
        """Replace all cron jobs by those of `sources` (fields in the outlet's zone).

        Raises ValueError for a line that is no cron line.
        """
        triggers = {
            source.id: CronTrigger.from_crontab(source.cron, timezone=source.outlet.zone)
            for source in sources
            if source.cron and source.enabled
        }
        for job in self._scheduler.get_jobs():
            if job.id.startswith("cron:"):
                job.remove()
        for source_id, trigger in triggers.items():
            name = f"cron:{source_id}"
            self._scheduler.add_job(make_due, trigger, [source_id], id=name, name=name)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further job; those running are the caller's to await."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def _quietly(job: Job) -> Job:
    """One that is broken off at the end is no fault to be reported."""

    async def run() -> None:
        with suppress(asyncio.CancelledError):
            await job()

    return run


def cron_fault(line: str, zone: str) -> str:
    """Why a cron line cannot be used, or empty."""
    try:
        CronTrigger.from_crontab(line, timezone=zone)
    except ValueError as error:
        return str(error)
    return ""
