"""The daemon's pulse: does the clockwork tick, does the database answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from news.clock import Clock
from news.errors import NewsError
from news.vitals import Check
from storage import Store

SLOWEST_TICK = timedelta(seconds=30)
"""Ticks come every half second; a database may keep one waiting for some five (its busy time-out)."""

ANSWER = timedelta(seconds=5)


class Pulse:
    """Told of every tick; asked by the console, the heartbeat and the watch. Implements Vitals."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._began = clock.monotonic()
        self._ticked: float | None = None
        self._stopping = False
        self._refused: tuple[float, str] | None = None
        self._question: asyncio.Task[Check] | None = None

    def beat(self) -> None:
        """The clockwork has ticked."""
        self._ticked = self._clock.monotonic()

    def refused(self, reason: str) -> None:
        """The database refused what the tick wanted of it."""
        self._refused = self._refused or (self._clock.monotonic(), reason)

    def accepted(self) -> float | None:
        """The database did what the tick wanted; for how many seconds it had refused, if it had."""
        since, self._refused = self._refused, None
        return None if since is None else self._clock.monotonic() - since[0]

    def stopping(self) -> None:
        """We were told to stop: not ready any more."""
        self._stopping = True

    def tick_age(self) -> float | None:
        """Seconds since the last tick; None before the first."""
        return None if self._ticked is None else self._clock.monotonic() - self._ticked

    async def checks(self) -> Sequence[Check]:
        return [self._running(), self._ticking(), await self._database()]

    async def well(self) -> bool:
        """Have all checks passed?"""
        return all(check.passed for check in await self.checks())

    def _running(self) -> Check:
        seconds = self._clock.monotonic() - self._began
        detail = "stopping" if self._stopping else f"up for {seconds:.0f} s"
        return Check(name="running", passed=not self._stopping, detail=detail)

    def _ticking(self) -> Check:
        age = self.tick_age()
        if age is None:
            return Check(name="scheduler", passed=False, detail="has not ticked yet")
        passed = age <= SLOWEST_TICK.total_seconds()
        return Check(name="scheduler", passed=passed, detail=f"last tick {age:.1f} s ago")

    async def _database(self) -> Check:
        if self._refused is not None:
            since, reason = self._refused
            seconds = self._clock.monotonic() - since
            if seconds > SLOWEST_TICK.total_seconds():
                return Check(name="database", passed=False, detail=f"refuses for {seconds:.0f} s: {reason}")
        return await self._answer()

    async def _answer(self) -> Check:
        """One question at a time: a database that hangs must not use up the threads."""
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(asyncio.to_thread(self._asked))
        try:
            return await asyncio.wait_for(asyncio.shield(self._question), ANSWER.total_seconds())
        except TimeoutError:
            seconds = ANSWER.total_seconds()
            return Check(name="database", passed=False, detail=f"no answer within {seconds:g} s")

    def _asked(self) -> Check:
        try:
            revision, newest = self._store.revision()
            self._store.prove()
        except NewsError as error:
            return Check(name="database", passed=False, detail=str(error))
        if revision != newest:
            detail = f"schema {revision or 'empty'}, this version wants {newest}"
            return Check(name="database", passed=False, detail=detail)
        return Check(name="database", passed=True, detail=f"schema {revision}")
