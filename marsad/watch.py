"""The watch over ourselves: looks twice a minute, keeps what is wrong, has operators told.

When the database itself is the trouble, notices cannot be kept: then they are sent at once, and
what was said is remembered here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alerts.operators import Operators
from marsad.clockwatch import ClockWatch
from marsad.config.units import Share
from marsad.room import room_for
from news.clock import Clock
from news.errors import StoreError
from news.trouble import Trouble
from news.vitals import Vitals
from pipelines.troubles import FAILING, RECENT, Turn, failing_receivers, given_up, turn, unreadable
from storage import Store

log = structlog.get_logger("marsad.watch")

PATIENCE = timedelta(seconds=60)
"""A database that is busy for a moment is no news."""

AGAIN = 1.2
"""The disk is well again with so much more than the least: no flutter around the line."""

More = Callable[[datetime], Iterable[Trouble]]
"""Further troubles, found by reading the store."""


class Watch:
    """Call `look` now and then; never raises."""

    def __init__(self, store: Store, vitals: Vitals, operators: Operators, clock: Clock, database: Path | None) -> None:
        self._store, self._vitals, self._operators = store, vitals, operators
        self._clock, self._database = clock, database
        self.clockwatch = ClockWatch(clock)
        self._least = Share(0)
        self._listeners: tuple[str, ...] = ()
        self._configured: frozenset[str] = frozenset()
        self._disk: Trouble | None = None
        self._store_fails_since: datetime | None = None
        self._store_told: Trouble | None = None
        self.more: Sequence[More] = ()

    def watch(self, *, listeners: Sequence[str], configured: Iterable[str], least_space: Share) -> None:
        """From now on tell `listeners`, of the `configured` endpoints and a disk with less than that."""
        self._listeners, self._configured = tuple(listeners), frozenset(configured)
        self._least = least_space

    async def look(self) -> None:
        """Look once."""
        now = self._clock.now()
        local = [trouble for trouble in (self.clockwatch.trouble(), self._space(now)) if trouble]
        fault = await self._database_fault()
        try:
            if not fault:
                await self._make_up_for(self.clockwatch.lost)
                _say(await asyncio.to_thread(self._turned, now, local))
        except StoreError as error:
            fault = error.message
        await self._database_told(fault, now)

    async def _make_up_for(self, lost: timedelta) -> None:
        """What was to wait until a time of the clock that was set back is not to wait that much longer."""
        if lost:
            await asyncio.to_thread(self._store.set_back, self._clock.now(), lost)
            self.clockwatch.lost -= lost

    def _turned(self, now: datetime, local: list[Trouble]) -> Turn:
        """Read, decide, write what has changed."""
        states = self._store.catalogue.endpoints()
        lost = self._store.troubles.given_up(now - RECENT)
        found = [*local, *failing_receivers(states, self._configured, now), *given_up(lost, self._configured)]
        found += unreadable(self._store.left_out(), now)
        open_now = self._store.troubles.open()
        for more in self.more:
            found += _unexplained(more(now), found, {trouble.key for trouble in open_now})
        unusable = frozenset(state.endpoint for state in states if state.health in FAILING)
        unusable |= set(self._store.recipients.unsubscribed())
        known = {trouble.key: trouble for trouble in open_now}
        changed = turn(known, found, self._listeners, unusable, now)
        if changed.begun or changed.over:
            self._store.troubles.turn(begun=changed.begun, over=changed.over)
        return changed

    def _space(self, now: datetime) -> Trouble | None:
        if self._database is None:
            return None
        try:
            room = room_for(self._database, self._least)
        except OSError:
            return self._disk  # the database's own trouble will say it
        if not room.is_short(AGAIN if self._disk else 1):
            self._disk = None
            return None
        self._disk = self._disk or Trouble(
            key="disk",
            stage="low",
            subject="the disk of the database fills",
            evidence=f"{room}.\nNothing is lost while it is full, but nothing is read either.",
            since=now,
        )
        return self._disk

    async def _database_fault(self) -> str:
        bad = [check for check in await self._vitals.checks() if check.name == "database" and not check.passed]
        return bad[0].detail if bad else ""

    async def _database_told(self, fault: str, now: datetime) -> None:
        """Say it directly, once it has lasted; and once that it is over."""
        if not fault:
            self._store_fails_since = None
            if self._store_told is not None:
                await self._say_now(turn({"": self._store_told}, [], (), frozenset(), now))
                self._store_told = None
            return
        self._store_fails_since = self._store_fails_since or now
        if self._store_told is not None or now - self._store_fails_since < PATIENCE:
            return
        trouble = Trouble(
            key="database",
            stage="failing",
            subject="the database fails",
            evidence=f"{fault}\nNothing is read or delivered meanwhile, and nothing that was stored is lost.",
            since=self._store_fails_since,
        )
        changed = turn({}, [trouble], self._listeners, frozenset(), now)
        self._store_told = changed.begun[0][0]
        await self._say_now(changed)

    async def _say_now(self, changed: Turn) -> None:
        _say(changed)
        for trouble, notice in (*changed.begun, *changed.over):
            await self._operators.say(notice, trouble.told_to)


def _unexplained(more: Iterable[Trouble], found: Sequence[Trouble], known: set[str]) -> list[Trouble]:
    """Those that are not merely what a failing receiver brings with it; what was told stays."""
    failing = {trouble.receiver for trouble in found if trouble.key.startswith("receiver:")}
    return [trouble for trouble in more if trouble.key in known or trouble.receiver not in failing]


def _say(changed: Turn) -> None:
    """To the log too: it is there when no receiver is."""
    for trouble, _ in changed.begun:
        log.error("trouble.begun", trouble=trouble.key, subject=trouble.subject, evidence=trouble.evidence)
    for trouble in changed.untold:
        hint = "no other receiver of `operators` works; see marsad status --strict"
        log.error("operators.unreachable", trouble=trouble.key, hint=hint)
    for trouble, _ in changed.over:
        log.warning("trouble.over", trouble=trouble.key, subject=trouble.subject)
