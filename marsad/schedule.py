"""The daemon's clockwork: periodic jobs by the steady clock, cron lines by the wall's (APScheduler; its only home).

When a source is due stands in the database, not here: a restart forgets nothing and ten thousand
sources are one job. Cron-timed sources get a job each, which makes them due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from marsad.periodic import Job, Periodic
from news.outlet import Source


class Schedule:
    """Periodic jobs and cron-timed sources. Memory store: nothing is pickled."""

    def __init__(self) -> None:
        self._periodic: dict[str, Periodic] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        """Of all periodic jobs, those too that are replaced and still at work."""
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
        """Run `job` every `interval` from now on, instead of any other of that name; `soon` also at once."""
        self.drop(name)
        periodic = Periodic(name, interval.total_seconds() or 1.0, job, soon=soon)
        self._periodic[name] = periodic
        self._tasks.add(periodic.task)
        periodic.task.add_done_callback(self._tasks.discard)

    def drop(self, name: str) -> None:
        """Run the job of that name no more, if there is one."""
        if former := self._periodic.pop(name, None):
            former.end()

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

    def recount(self) -> None:
        """The machine's clock was set: look anew when each cron line is next. One set back would else be waited for
        until it comes round to where it was."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=job.trigger.get_next_fire_time(None, now))

    def start(self) -> None:
        """Begin with the cron lines."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further job, and break off those running."""
        for task in self._tasks:
            task.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def cron_fault(line: str, zone: str) -> str:
    """Why a cron line cannot be used, or empty."""
    try:
        CronTrigger.from_crontab(line, timezone=zone)
    except ValueError as error:
        return str(error)
    return ""
