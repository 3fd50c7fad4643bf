"""The figures of `/metrics`: which there are, how they are counted, what is read when asked.

Names follow Prometheus' rules: one prefix, base units, counters end in `_total`. No label is an
URL, an id of a story or a person's address.
"""

from __future__ import annotations

import asyncio
import platform
import resource
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from marsad.pulse import Pulse
from marsad.visits import Visited
from news.article import Disposition
from news.briefing import Claim
from news.delivery import OPEN_STATES, DeliveryState, EndpointHealth, Settlement
from news.errors import NewsError
from news.health import WELL
from news.measure import Family, Meter, Metric, MetricKind, Value
from news.ports import Catalogue

_C, _G, _H = MetricKind.COUNTER, MetricKind.GAUGE, MetricKind.HISTOGRAM


def _metric(name: str, kind: MetricKind, help: str, *labels: str) -> Metric:
    return Metric(name=name, kind=kind, help=help, labels=labels)


RUNS = _metric("marsad_crawl_runs_total", _C, "Visits of sources that ended.", "source", "outcome")
RUN_SECONDS = _metric("marsad_crawl_run_duration_seconds", _H, "How long visits took.")
STORIES = _metric(
    "marsad_stories_total", _C, "Articles filed: new, duplicate (a copy) or updated.", "source", "language", "result"
)
MATCHES = _metric("marsad_rule_matches_total", _C, "Articles that matched a rule.", "rule")
DELIVERIES = _metric("marsad_deliveries_total", _C, "Attempts to deliver, by how they ended.", "channel", "outcome")
LATENCY = _metric("marsad_delivery_latency_seconds", _H, "From the decision to tell to the arrival.", "channel")
ANSWERS = _metric("marsad_console_answers_total", _C, "Answers of the console.", "page", "status")
PINGS = _metric("marsad_heartbeat_pings_total", _C, "Heartbeats sent out.", "outcome")

BUILD = _metric("marsad_build_info", _G, "Always 1; the versions are in the labels.", "version", "python")
STARTED = _metric("marsad_start_time_seconds", _G, "When the process began, seconds since 1970.")
SUCCESS = _metric("marsad_source_last_success_timestamp_seconds", _G, "A source's last good visit.", "source")
NEWEST = _metric("marsad_source_newest_story_timestamp_seconds", _G, "A source's newest article.", "source")
WELL_SOURCE = _metric("marsad_source_up", _G, "1 while a source is in a good state, 0 otherwise.", "source")
PENDING = _metric("marsad_outbox_pending", _G, "Deliveries that are owed.")
OLDEST = _metric("marsad_outbox_oldest_pending_timestamp_seconds", _G, "When the oldest owed one was decided.")
DEAD = _metric("marsad_outbox_dead", _G, "Deliveries given up and not sent again.")
UP = _metric("marsad_receiver_up", _G, "0 while a receiver is switched off after failures, 1 otherwise.", "receiver")
READY = _metric("marsad_ready", _G, "1 if every check of /readyz passes.")
TICK = _metric("marsad_tick_age_seconds", _G, "Since the clockwork last ticked.")
RELOAD = _metric("marsad_config_reload_success", _G, "1 if the last reading of the configuration was taken over.")
RELOADED = _metric("marsad_config_last_reload_success_timestamp_seconds", _G, "When a configuration was taken over.")
FREE = _metric("marsad_disk_free_bytes", _G, "Free space where the SQLite database lies.")
MEMORY = _metric("marsad_memory_peak_bytes", _G, "Most memory the process has held.")
CPU = _metric("marsad_cpu_seconds_total", _C, "Processor time of the process.")

METRICS: tuple[Metric, ...] = tuple(value for value in dict(globals()).values() if isinstance(value, Metric))

_RESULTS = {Disposition.NEW: "new", Disposition.COPY: "duplicate", Disposition.REVISION: "updated"}
_ENDS = {
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.DEAD: "dead",
    DeliveryState.IN_DOUBT: "in_doubt",
}


class Figures:
    """Counts what happens, and reads the rest from the archive when asked."""

    def __init__(self, catalogue: Catalogue, pulse: Pulse, database: Path | None) -> None:
        self.meter = Meter()
        self._catalogue, self._pulse, self._database = catalogue, pulse, database
        self._started = time.time()
        self._reloaded, self._reload_well = self._started, True
        self.sources: frozenset[str] = frozenset()
        self.receivers: frozenset[str] = frozenset()

    def visited(self, visits: Iterable[Visited]) -> None:
        """Runs of a host have ended."""
        for visit in visits:
            run = visit.run
            self.meter.count(RUNS, run.source, run.outcome.value)
            if run.finished_at is not None:
                self.meter.observe(RUN_SECONDS, (run.finished_at - run.started_at).total_seconds())
            for row in (row for taken in visit.taken for row in taken.rows):
                if row.disposition in _RESULTS:
                    result = _RESULTS[Disposition(row.disposition)]
                    self.meter.count(STORIES, run.source, row.language, result)
                for match in row.matches:
                    self.meter.count(MATCHES, match.tag.rule)

    def settled(self, claim: Claim, settlement: Settlement) -> None:
        """An attempt to deliver has ended."""
        channel = claim.delivery.endpoint.partition("/")[0]
        self.meter.count(DELIVERIES, channel, _ENDS.get(settlement.state, "deferred"))
        if settlement.state is DeliveryState.DELIVERED:
            waited = datetime.now(UTC) - claim.delivery.created_at
            self.meter.observe(LATENCY, max(waited.total_seconds(), 0.0), channel)

    def reloaded(self, *, well: bool) -> None:
        """A configuration was taken over, or refused."""
        self._reload_well = well
        if well:
            self._reloaded = time.time()

    async def measure(self) -> Sequence[Family]:
        """Everything there is. What the database does not answer is left out; /readyz says why."""
        families = [*self.meter.families(), *self._own(), *await self._vital()]
        with suppress(NewsError):
            families += await asyncio.to_thread(lambda: list(self._stored()))
        return families

    def _own(self) -> Iterator[Family]:
        yield Family(BUILD, {(version("marsad"), platform.python_version()): 1})
        yield _single(STARTED, self._started)
        yield _single(RELOAD, float(self._reload_well))
        yield _single(RELOADED, self._reloaded)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield _single(CPU, usage.ru_utime + usage.ru_stime)
        # Kilobytes on Linux, bytes on macOS: getrusage(2).
        yield _single(MEMORY, usage.ru_maxrss * (1 if platform.system() == "Darwin" else 1024))
        if self._database is not None:
            with suppress(OSError):
                yield _single(FREE, shutil.disk_usage(self._database.parent).free)

    async def _vital(self) -> Sequence[Family]:
        age = self._pulse.tick_age()
        ready = _single(READY, float(await self._pulse.well()))
        return [ready] if age is None else [ready, _single(TICK, age)]

    def _stored(self) -> Iterator[Family]:
        tally = self._catalogue.tally(datetime.now(UTC) - timedelta(hours=1))
        yield _single(PENDING, sum(tally.deliveries.get(state.value, 0) for state in OPEN_STATES))
        yield _single(DEAD, tally.deliveries.get(DeliveryState.DEAD.value, 0))
        if tally.oldest_open_delivery_at is not None:
            yield _single(OLDEST, tally.oldest_open_delivery_at.timestamp())
        yield from self._of_sources()
        yield Family(UP, self._of_receivers())

    def _of_sources(self) -> Iterator[Family]:
        states = {k: v for k, v in self._catalogue.source_states().items() if k in self.sources}
        good: dict[tuple[str, ...], Value]
        newest: dict[tuple[str, ...], Value]
        good = {(k,): v.last_success_at.timestamp() for k, v in states.items() if v.last_success_at}
        newest = {(k,): v.newest_article_at.timestamp() for k, v in states.items() if v.newest_article_at}
        yield Family(SUCCESS, good)
        yield Family(NEWEST, newest)
        yield Family(WELL_SOURCE, {(k,): float(v.health.state in WELL) for k, v in states.items()})

    def _of_receivers(self) -> dict[tuple[str, ...], Value]:
        """A receiver is up if each of its endpoints is; recipients' addresses are no labels."""
        down = {
            state.endpoint.partition("/")[0]
            for state in self._catalogue.endpoints()
            if state.health in (EndpointHealth.OPEN, EndpointHealth.DISABLED)
        }
        return {(name,): float(name not in down) for name in self.receivers}


def _single(metric: Metric, value: float) -> Family:
    return Family(metric, {(): value})
