"""`marsad run`: one process, one loop: scheduler, crawl engine, dispatcher, until told to stop.

tick (0.5 s) -> dispatch.take -> visits.host (one task a host)
pump       -> outbox.claim  -> channel.send -> settle
SIGTERM -> no new host, no new claim; running ones get the drain time; SIGHUP -> reload
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from marsad import log as logging_setup
from marsad.clockwatch import TOLERANCE
from marsad.config import Config, load
from marsad.config.masking import secrets_of
from marsad.heap import settle
from marsad.indexing import catch_up_beside
from marsad.life import Life
from marsad.schedule import Schedule
from marsad.systemd import notify
from marsad.visits import LEASE, LONGEST_PAUSE, Visited
from marsad.wiring import Application
from news.errors import ConfigError, NewsError, StoreError
from news.ports import HostLease
from news.vitals import SEEN
from storage import Store

log = structlog.get_logger("marsad.daemon")

TICK = timedelta(seconds=0.5)
VISITS, SENDS, CLOSED = 4.0, 6.0, 8.0
"""Of the ten seconds promised between SIGTERM and the end: by then visits are broken off, sends are left to their
leases, and everything is closed. The rest is for threads that still wait for the database."""

GRACE = 2.0
"""Seconds for what is broken off: a commit under way is to be counted, and a run's end to be written."""
RENEWAL = "renew-engine"
INDEXED_AT_ONCE = 200
"""Articles indexed in one go, so that a large archive is caught up with between other work."""


class Daemon:
    """Runs an Application until `stop()`; reloads it when told."""

    def __init__(self, config: Config, store: Store, keep: Callable[[], bool] = lambda: True) -> None:
        """`keep` says whether this is the only daemon on its database still."""
        self._store, self._keep = store, keep
        self.is_displaced = False
        """It ended because another one works on the database."""
        self.app = Application(config, store)
        self._stop = asyncio.Event()
        self._schedule = Schedule()
        self.life = Life(self.app, self._schedule)
        self._turns: set[asyncio.Task[list[Visited]]] = set()
        """Of hosts. One may be leased anew before its former turn has ended: each turn counts."""
        self._reloading: asyncio.Task[None] | None = None
        self._reload_again = False
        """Asked for during a reload, which may have read the file before it was changed."""

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Run until stopped, then drain. Raises StoreError if the database fails at start."""
        self._recover()
        self._enlist(self.app.config)
        self.app.readers.begin()
        self.app.crawl.warm()
        await self.app.crawl.start()
        pump = asyncio.create_task(self.app.dispatcher.run_until(self._stop))
        self._signals()
        self._clockwork()
        await self.life.begin()
        settle()
        log.info("daemon.ready", sources=len(self.app.config.sources), pid=os.getpid())
        notify("READY=1")
        ready()
        await self._stop.wait()
        await self._drain(pump)

    def stop(self) -> None:
        """Ask for a clean end: what is running gets some seconds to finish."""
        self._stop.set()

    # -- start ------------------------------------------------------------------

    def _recover(self) -> None:
        now = self.app.clock.now()
        if (lost := self._store.lost_since_seen(now)) > TOLERANCE:
            log.warning("clock.set_back", seconds=round(lost.total_seconds()), since="the last daemon was at work")
            self._store.set_back(now, lost)
        self._store.see(now)
        self._store.dispatch.free_all(now, LONGEST_PAUSE)
        runs = self._store.run_log.interrupt(now)
        deliveries = self._store.outbox.recover(now, everyone=True)
        if runs or deliveries:
            log.warning("daemon.recovered", interrupted_runs=runs, doubtful_deliveries=deliveries)
        self.app.intake.warm()

    def _enlist(self, config: Config) -> None:
        enabled = [s for s in config.sources if s.enabled]
        self._store.dispatch.enlist(enabled, self.app.clock.now())

    def _signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, self._begin_reload)

    def _clockwork(self) -> None:
        self._schedule.every(TICK, self._tick, "tick", soon=True)
        self._schedule.every(timedelta(seconds=15), self._reap, "reap")
        self._schedule.every(timedelta(seconds=5), self._tell_operators, "tell-operators")
        self._schedule.every(timedelta(seconds=30), self.life.watch.look, "watch")
        self._schedule.every(timedelta(hours=1), self._forget, "forget")
        self._schedule.every(SEEN, self._be_seen, "be-seen")
        self._schedule.every(timedelta(seconds=5), self._keep_alone, "keep-alone")
        self._schedule.every(timedelta(seconds=10), self._index, "index")
        self._schedule.every(self.app.config.settings.crawl.engine_life, self._renew_engine, RENEWAL)
        self._schedule.cron(self.app.config.sources, self._hurry)
        self._schedule.start()

    # -- periodic ---------------------------------------------------------------

    async def _tick(self) -> None:
        free = self.app.config.settings.crawl.hosts - len(self._turns)
        self.life.pulse.beat()
        notify("WATCHDOG=1")
        if free <= 0 or self._stop.is_set():
            return
        try:
            leases = await asyncio.to_thread(
                self._store.dispatch.take,
                owner=self.app.owner,
                now=self.app.clock.now(),
                lease=LEASE,
                limit=free,
            )
        except StoreError as error:
            log.error("tick.failed", error=str(error))
            self.life.pulse.refused(str(error))
            return
        if (refused := self.life.pulse.accepted()) is not None:
            log.warning("tick.resumed", seconds=round(refused), hint="the database takes writes again")
        if self._stop.is_set():  # meanwhile: the next start frees them
            return
        for lease in leases:
            self._begin_host(lease)

    def _begin_host(self, lease: HostLease) -> None:
        task = asyncio.create_task(self.app.visits.host(lease, self.app.sources))
        self._turns.add(task)
        task.add_done_callback(lambda done: self._end_host(lease.host, done))

    def _end_host(self, host: str, task: asyncio.Task[list[Visited]]) -> None:
        self._turns.discard(task)
        if task.cancelled():
            return
        if error := task.exception():
            log.error("host.failed", host=host, error=f"{type(error).__name__}: {error}")
            return
        self.life.figures.visited(task.result())

    async def _reap(self) -> None:
        try:
            moved = await asyncio.to_thread(self._store.outbox.recover, self.app.clock.now())
        except StoreError as error:
            log.error("reap.failed", error=str(error))
            return
        if moved:
            log.warning("delivery.in_doubt", count=moved)
            self.app.dispatcher.wake()

    async def _forget(self) -> None:
        now, settings = self.app.clock.now(), self.app.config.settings
        keep_pages, keep_runs = settings.crawl.keep_pages, settings.crawl.keep_runs
        try:
            pages = await asyncio.to_thread(self._store.archive.forget_raw_pages, now - keep_pages)
            runs = await asyncio.to_thread(self._store.run_log.forget, now - keep_runs)
            messages = await asyncio.to_thread(self._store.outbox.forget_messages, now - settings.alerts.keep_messages)
        except StoreError as error:
            log.error("forget.failed", error=str(error))
            return
        if pages:
            log.info("pages.forgotten", count=pages)
        if runs:
            log.info("runs.forgotten", count=runs)
        if messages:
            log.info("messages.forgotten", count=messages)

    async def _be_seen(self) -> None:
        try:
            await asyncio.to_thread(self._store.see, self.app.clock.now())
        except StoreError as error:
            log.error("clock.unseen", error=str(error))

    async def _keep_alone(self) -> None:
        try:
            if await asyncio.to_thread(self._keep):
                return
        except StoreError as error:
            log.error("lock.unsure", error=str(error))
            return
        hint = "the lock was lost with the connection, and another daemon took it; this one ends"
        log.error("daemon.displaced", hint=hint)
        self.is_displaced = True
        self.stop()

    async def _renew_engine(self) -> None:
        await self.app.crawl.recycle()

    async def _index(self) -> None:
        try:
            # Cut off at the end, it goes on at the next start: what is not indexed is pending.
            await catch_up_beside(self._store.index, self.app.indexer, self.app.readers, limit=INDEXED_AT_ONCE)
        except StoreError as error:
            log.error("index.failed", error=str(error))

    async def _tell_operators(self) -> None:
        try:
            await self.app.operators.tell()
        except StoreError as error:
            log.error("operators.untold", error=str(error))

    async def _hurry(self, source_id: str) -> None:
        with suppress(NewsError):
            await asyncio.to_thread(self._store.dispatch.hurry, source_id, self.app.clock.now())

    # -- reload -----------------------------------------------------------------

    def _begin_reload(self) -> None:
        if self._reloading is not None:
            self._reload_again = True
            return
        self._reloading = asyncio.create_task(self.reload(self.app.config.file))
        self._reloading.add_done_callback(self._reloaded)

    async def reload(self, file: Path) -> None:
        """Take over a changed file as a whole, or keep the old one and say why."""
        try:
            config = await asyncio.to_thread(load, file)
            if config.store != self.app.config.store:
                raise ConfigError([f"{file}: store: a running daemon cannot change its database"])
            # Before anything else: a database that refuses is not to leave half of the file in force.
            await asyncio.to_thread(self._enlist, config)
        except (ConfigError, StoreError) as error:
            self.life.figures.reloaded(well=False)
            log.error("config.rejected", error=str(error), kept="the configuration in force")
            return
        self._configure_log(config)
        await self.app.take_over(config)
        self._schedule.cron(config.sources, self._hurry)
        self._schedule.every(config.settings.crawl.engine_life, self._renew_engine, RENEWAL)
        await self.life.begin()
        self.life.figures.reloaded(well=True)
        log.info("config.loaded", sources=len(config.sources), rules=len(config.rules))

    def _reloaded(self, task: asyncio.Task[None]) -> None:
        """A fault of ours is to be seen: nobody waits for this task."""
        if not task.cancelled() and (error := task.exception()):
            self.life.figures.reloaded(well=False)
            log.error("config.failed", error=type(error).__name__, exc_info=error)
        self._reloading = None
        if self._reload_again and not self._stop.is_set():
            self._reload_again = False
            self._begin_reload()

    def _configure_log(self, config: Config) -> None:
        section = config.settings.log
        logging_setup.configure(section.level, section.format, secrets_of(config))

    # -- end --------------------------------------------------------------------

    async def _drain(self, pump: asyncio.Task[None]) -> None:
        notify("STOPPING=1")
        self.life.pulse.stopping()
        self._schedule.stop()
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(self._end_reload(), self._end_visits(), self._end_sends(pump, begun + SENDS))
        try:
            async with asyncio.timeout_at(begun + CLOSED):
                await self.life.end()
                await self.app.stop()
        except TimeoutError:
            log.warning("daemon.unclosed", hint="what is open ends with the process")
        log.info("daemon.drained")

    async def _end_reload(self) -> None:
        """What it opens is to be closed with the rest."""
        if self._reloading is not None:
            await asyncio.wait({self._reloading}, timeout=VISITS)

    async def _end_visits(self) -> None:
        if not self._turns:
            return
        _, late = await asyncio.wait(self._turns, timeout=VISITS)
        for turn in late:
            turn.cancel()
        if late:
            _, hanging = await asyncio.wait(late, timeout=GRACE)
            if hanging:
                log.warning("visits.left", count=len(hanging), hint="what they did not store is read at the next start")

    async def _end_sends(self, pump: asyncio.Task[None], limit: float) -> None:
        loop = asyncio.get_running_loop()
        # What it is claiming just now is to be sent as well, or it would be in doubt.
        await asyncio.wait({pump}, timeout=limit - GRACE - loop.time())
        await self.app.dispatcher.drain(limit - loop.time())
        pump.cancel()
        with suppress(asyncio.CancelledError):
            await pump
