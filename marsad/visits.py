"""A run: visit one source, hand what is found to intake, commit in small chunks, keep the log.

    HostLease -> Source -> crawl.visit -> finds (<= 5) -> intake.take -> T1 ... last: cursor

Knows how a run is bounded in time and leased; knows neither the network nor the decisions.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from operator import add, attrgetter

import structlog

from marsad.group_commit import GroupCommit
from marsad.later import Later
from marsad.readers import Readers
from marsad.renewal import Renewal
from news.article import Article
from news.clock import Clock
from news.errors import FenceLost, NewsError, StoreError
from news.hub import Push
from news.outlet import UNTIMED, Source, SourceState
from news.ports import Archive, Dispatch, HostLease, RunLog
from news.run import Counts, LogLine, Run, RunOutcome, RunRecord
from news.visit import Crawl, Find, VisitEnd
from pipelines import rhythm
from pipelines.intake import Intake, Order, Taken, VisitContext

LEASE = timedelta(seconds=60)
"""A host lease."""

MAX_BACKOFF = timedelta(hours=6)
"""A failing source is still tried four times a day."""

MAX_REFUSED = timedelta(hours=24)
"""One that refuses us, or is gone, once a day."""

LASTING = frozenset({"gone", "http_404", "robots", "http_401", "http_402", "http_403", "http_451", "guarded"})

JITTER = 0.1

ROLLED = 10
"""A list this long of which nothing was known a poll ago has turned over in between."""

SHOWN_AFTER = 1.0
"""Seconds."""

LONGEST_PAUSE = timedelta(minutes=2)
"""A visit waits for so long between two requests where robots.txt asks for it; for a longer pause it ends, and that is
stored. What a crash cut off may have asked just then."""

REST = timedelta(minutes=1)
"""After a visit whose result could not be stored (a full disk, a locked database)."""

CHUNK = 5
"""Articles that a visit hands in at a time: what a fenced-off owner may have to do again (design, 'Process model')."""

log = structlog.get_logger("marsad.visits")
_is_heard = logging.getLogger("marsad.visits").isEnabledFor
_LEVELS = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error")}
_COUNTED = Counts.__slots__
_counts = attrgetter(*_COUNTED)


@dataclass(slots=True)
class Visited:
    """One finished run with the articles' outcomes, for whoever shows it."""

    run: Run
    taken: list[Taken] = field(default_factory=list)


@dataclass(slots=True)
class _Turn:
    """A host's turn: the outlet's wish not to be asked before `hold` (Retry-After, Crawl-delay), and whether its
    lease is over, or was lost to another owner, who is visiting the host now."""

    lease: HostLease
    hold: datetime | None = None
    is_last: bool = False
    is_over: bool = False
    is_lost: bool = False

    def wish(self, until: datetime | None) -> None:
        self.hold = max(filter(None, (self.hold, until)), default=None)


class Visits:
    """Runs visits. One at a time per host (by its lease), one commit at a time in intake."""

    def __init__(
        self,
        *,
        crawl: Crawl,
        archive: Archive,
        run_log: RunLog,
        dispatch: Dispatch,
        intake: Intake,
        readers: Readers,
        clock: Clock,
        owner: str,
        run_timeout: timedelta,
        delivered: Callable[[], None] = lambda: None,
    ) -> None:
        self._crawl, self._archive, self._run_log = crawl, archive, run_log
        self._dispatch, self._intake, self._clock = dispatch, intake, clock
        self._owner, self._run_timeout, self._delivered = owner, run_timeout, delivered
        self._readers = readers
        self._commits = GroupCommit(self._take_all)
        self.dry = False
        self.push: Push | None = None

    def take_over(self, crawl: Crawl, intake: Intake, readers: Readers, run_timeout: timedelta) -> None:
        """Use these from the next run on."""
        self._crawl, self._intake, self._run_timeout = crawl, intake, run_timeout
        self._readers = readers

    async def host(self, lease: HostLease, sources: Mapping[str, Source]) -> list[Visited]:
        """Visit every due source of a leased host, one after another, then give the host back."""
        visited: list[Visited] = []
        turn = _Turn(lease=lease)
        renewal = Renewal(self._dispatch, lease, self._clock, LEASE)
        try:
            listed = [sources[name] for name in lease.sources if name in sources]
            for source in listed:
                if turn.is_lost or renewal.is_lost():
                    break
                turn.is_last = source is listed[-1]
                visited.append(await self._visit(source, turn, 0))
        finally:
            try:
                await renewal.end()
            finally:
                if not turn.is_over:
                    await asyncio.shield(self._release(lease, turn.hold))
        return visited

    async def _release(self, lease: HostLease, hold: datetime | None) -> None:
        """Give the host back; if that cannot be written, the lease runs out by itself."""
        try:
            await asyncio.to_thread(self._dispatch.release, lease, hold)
        except StoreError as error:
            log.warning("host.unreleased", host=lease.host, error=str(error))

    async def source(self, source: Source, lease: HostLease, *, limit: int = 0) -> tuple[Visited, datetime | None]:
        """One run. Raises nothing but cancellation: every failure is in the run's record.

        Second value: the outlet's wish not to be asked before.
        """
        turn = _Turn(lease=lease)
        return await self._visit(source, turn, limit), turn.hold

    async def _visit(self, source: Source, turn: _Turn, limit: int) -> Visited:
        run = Run(id=f"{random.getrandbits(48):012x}", source=source.id, started_at=self._clock.now())
        run_note = RunNote(run.id, source.id, self._clock)
        run_note("debug", "run.started")
        attempt = _Attempt(self, source, turn, run, run_note, limit)
        slow = Later(SHOWN_AFTER, partial(self._show, attempt))
        try:
            result = await attempt.perform()
        except asyncio.CancelledError:
            if attempt.run.finished_at is None:
                await asyncio.shield(self._close(attempt.run_as(RunOutcome.CANCELLED), run_note))
            raise
        except NewsError as error:
            turn.is_lost = isinstance(error, FenceLost)
            outcome = RunOutcome.CANCELLED if turn.is_lost else RunOutcome.FAILED
            result = await self._broken_off(attempt.run_as(outcome, str(error)), turn, run_note)
        except Exception as error:
            # A fault of ours, in this visit alone.
            words = f"{type(error).__name__}: {error}"
            log.error("visit.broken", source=source.id, run_id=run.id, error=words)
            failed = attempt.run_as(RunOutcome.FAILED, f"a fault in Marsad: {words}")
            result = await self._broken_off(failed, turn, run_note)
        finally:
            slow.cancel()
            attempt.wish()
        return Visited(run=result, taken=attempt.taken)

    async def _broken_off(self, run: Run, turn: _Turn, run_note: RunNote) -> Run:
        """Nothing was written, its due time neither: leave the host alone for a while."""
        turn.wish(self._clock.now() + REST)
        await self._close(run, run_note)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError  # asked for while the commit that failed was under way
        return run

    async def _show(self, attempt: _Attempt) -> None:
        """Most visits end within a second and are written once, with their last commit; a longer one is
        to be seen while it runs, and so is that its host asked for pauses."""
        await self._store(self._run_log.open, attempt.run, self._owner)
        if pause := attempt.rest_until():
            await self._store(self._dispatch.rest, attempt.turn.lease, pause)

    async def _close(self, run: Run, run_note: RunNote) -> None:
        """Write a run that ended without its last commit."""
        run_note.finished(run)
        await self._store(self._run_log.write, RunRecord(run=run, owner=self._owner, lines=run_note.lines()))

    async def _store(self, call: Callable[..., object], *arguments: object) -> None:
        """A write of the run's record; a database that refuses it does not undo the visit."""
        if self.dry:
            return
        try:
            await asyncio.to_thread(call, *arguments)
        except StoreError as error:
            log.warning("run.unrecorded", error=str(error))

    async def take(self, finds: Sequence[Find], context: VisitContext) -> Taken:
        """Decide and commit one chunk (or decide only, when dry)."""
        readings = await self._readers.read(finds)
        taken = await self._commits.take(Order(finds=finds, visit=context, readings=readings))
        if taken.counts.alerts:
            self._delivered()
        return taken

    def _take_all(self, orders: Sequence[Order]) -> Sequence[Taken]:
        if self.dry:
            return [self._intake.consider(order.finds, order.visit, order.readings) for order in orders]
        return self._intake.take_all(orders)


class _Attempt:
    """The moving parts of one visit: finds gathered, counts so far, the end."""

    def __init__(
        self,
        visits: Visits,
        source: Source,
        turn: _Turn,
        run: Run,
        run_note: RunNote,
        limit: int,
    ) -> None:
        self.visits, self.source, self.turn = visits, source, turn
        self.run, self.note, self.limit = run, run_note, limit
        self._crawl = visits._crawl
        """The one that knows what the host asked for, also after a reload."""
        self.taken: list[Taken] = []
        self._stored: set[str] = set()
        """Addresses of what is committed: no longer owed, though the visit does not come to its end."""
        self._newest_at: datetime | None = None
        """Of the articles that are committed."""
        self._recorded: RunRecord | None = None

    def run_as(self, outcome: RunOutcome, error: str = "") -> Run:
        return replace(self.run, finished_at=self.visits._clock.now(), outcome=outcome, error=error)

    async def perform(self) -> Run:
        state = self.turn.lease.states.get(self.source.id)
        if state is None:
            state = await asyncio.to_thread(self.visits._archive.source_state, self.source.id, self.visits._clock.now())
        try:
            async with asyncio.timeout(self.visits._run_timeout.total_seconds()):
                waiting, end = await self._gather(state)
        except TimeoutError:
            # Its due time must move on, or it would be visited again at once.
            waiting, end = [], self._timed_out(state)
        await self._commit(waiting, state, end)
        return self.run

    def _timed_out(self, state: SourceState) -> VisitEnd:
        limit = self.visits._run_timeout.total_seconds()
        self.note("warning", "run.timed_out", limit_s=limit)
        error = (
            f"{self.source.id}: not finished within {limit:.0f} s; what was read is kept, "
            "the rest is read at the next visit"
        )
        owed = tuple(page for page in state.pending if page.url not in self._stored)
        return VisitEnd(outcome=RunOutcome.TIMED_OUT, cursor=state.cursor, pending=owed, moved=state.moved, error=error)

    async def _gather(self, state: SourceState) -> tuple[Sequence[Find], VisitEnd]:
        """What the last commit is to hold; all before it is committed."""
        waiting: list[Find] = []
        stream = self._stream(state)
        async with aclosing(stream) as items:  # type: ignore[type-var]
            async for item in items:
                if isinstance(item, VisitEnd):
                    return waiting, item
                waiting.append(item)
                if len(waiting) == CHUNK:
                    await self._commit(waiting, state, None)
                    waiting = []
        raise NewsError(f"{self.source.id}: the visit ended without saying how")

    def _stream(self, state: SourceState) -> AsyncIterator[Find | VisitEnd]:
        async def known(urls: Sequence[str]) -> Mapping[str, str]:
            return await asyncio.to_thread(self.visits._archive.entry_hashes, urls)

        return self._crawl.visit(self.source, state, known=known, note=self.note, limit=self.limit)

    def wish(self) -> None:
        """Keep what the host asks for beyond the turn: the next visit may be a new daemon's, which knows of nothing."""
        self.turn.wish(self.rest_until())

    def rest_until(self) -> datetime | None:
        """Until when the host is to be left alone after the last request."""
        return self._crawl.rest_until(self.source.url)

    async def _commit(self, finds: Sequence[Find], state: SourceState, end: VisitEnd | None) -> None:
        if end is not None:
            self.turn.wish(end.hold_until)
            self.wish()
        context = VisitContext(
            source=self.source,
            state=state,
            run_id=self.run.id,
            host=self.turn.lease.host,
            fence=self.turn.lease.fence,
            end=end,
            newest_at=self._newest_at,
            frees=end is not None and self.turn.is_last,
            hold_until=self.turn.hold,
            next_due_at=None if end is None else self._next_due(state, end),
            record=partial(self._record, end),
        )
        if end is not None and rolled_over(state, end):
            self.note("warning", "feed.rolled_over", listed=end.listed, next_poll="sooner")
        said = self.note.count
        handed_in = asyncio.ensure_future(self.visits.take(finds, context))
        try:
            taken = await asyncio.shield(handed_in)
        except asyncio.CancelledError:
            # A commit under way goes on: what it wrote is counted before the visit ends.
            self._account(finds, await handed_in, end, said)
            raise
        self._account(finds, taken, end, said)

    def _account(self, finds: Sequence[Find], taken: Taken, end: VisitEnd | None, said: int) -> None:
        self.taken.append(taken)
        for find in finds:
            self._stored.add(find.url)
            if isinstance(find, Article):
                self._stored.update(find.aliases)
                at = find.published_at or find.fetched_at
                self._newest_at = max(self._newest_at or at, at)
        record = self._recorded or self._record(end, taken.counts)  # a dry run records nothing
        self.run, self._recorded = record.run, None
        if end is not None:
            self.note.tell(record.lines[-1])
            self.turn.is_over = self.turn.is_last and not self.visits.dry
        self.note.forget(said)

    def _record(self, end: VisitEnd | None, counts: Counts) -> RunRecord:
        """What the commit of a chunk with these counts writes of the run."""
        run = self._run_after(counts, end)
        lines = self.note.lines() if end is None else (*self.note.lines(), last_line(run))
        self._recorded = RunRecord(run=run, owner=self.visits._owner, lines=lines)
        return self._recorded

    def _run_after(self, counts: Counts, end: VisitEnd | None) -> Run:
        whole = added(self.run.counts, counts)
        if end is None:
            return replace(self.run, counts=whole)
        return replace(
            self.run,
            finished_at=self.visits._clock.now(),
            outcome=end.outcome,
            counts=replace(whole, listed=end.listed, known=end.known, postponed=len(end.pending)),
            error=end.error,
            requests=end.requests,
            received_bytes=end.received_bytes,
        )

    def _next_due(self, state: SourceState, end: VisitEnd) -> datetime:
        now, push = self.visits._clock.now(), self.visits.push
        due = next_due(now, self.source, state, end, self.run.started_at)
        if push is None or end.outcome in (RunOutcome.FAILED, RunOutcome.TIMED_OUT):
            return due
        if end.format:
            push.offered(self.source.id, end.offer)
        return now + (due - now) * push.slower(self.source.id)


def next_due(
    now: datetime, source: Source, state: SourceState, end: VisitEnd, begun: datetime | None = None
) -> datetime:
    """When to ask again: the source's learnt interval after the visit began (so that its length does
    not slow the polling), or after a failure later and later by
    its kind; jittered by 10 %, so that sources drift apart; never before the outlet's own wish. A cron-timed
    one is asked at its times alone."""
    if source.cron:
        return now + UNTIMED
    if end.outcome in (RunOutcome.FAILED, RunOutcome.TIMED_OUT):
        wait = backoff(source.interval, state.failure_count + 1, end.reason)
    else:
        wait = _interval(source, state, end, now) - (now - begun if begun else timedelta(0))
    wait = max(wait, timedelta(0))
    due: datetime = now + wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreading, not secrecy
    return max(due, end.hold_until) if end.hold_until else due


def backoff(interval: timedelta, failures: int, reason: str) -> timedelta:
    """The interval again after a first failure, then doubled for each in a row, up to MAX_BACKOFF;
    what does not pass by itself (refused, gone) is doubled up to MAX_REFUSED."""
    longest = MAX_REFUSED if reason in LASTING else MAX_BACKOFF
    doubled: timedelta = interval * 2 ** min(failures - 1, 16)
    return min(doubled, max(longest, interval))


def _interval(source: Source, state: SourceState, end: VisitEnd, now: datetime) -> timedelta:
    fastest, slowest = source.fastest or source.interval, source.slowest or source.interval
    if end.more:
        return source.interval
    wait = rhythm.interval(state.rhythm, now, base=source.interval, fastest=fastest, slowest=slowest)
    if rolled_over(state, end):
        wait = max(wait / 2, fastest)
    return wait


def rolled_over(state: SourceState, end: VisitEnd) -> bool:
    """True if the source lists nothing that it listed before: something may have come and gone."""
    return not state.first_visit and end.listed >= ROLLED and not end.known


def added(one: Counts, other: Counts) -> Counts:
    """Two parts of a run counted together."""
    return Counts(**dict(zip(_COUNTED, map(add, _counts(one), _counts(other)), strict=True)))


def last_line(run: Run) -> LogLine:
    """A run's one summary line: info, or warning where the outlet failed us."""
    bad = run.outcome in (RunOutcome.FAILED, RunOutcome.TIMED_OUT)
    counts = {name: value for name, value in zip(_COUNTED, _counts(run.counts), strict=True) if value}
    assert run.finished_at is not None
    seconds = round((run.finished_at - run.started_at).total_seconds(), 3)
    facts: dict[str, object] = {"outcome": run.outcome.value, "duration_s": seconds, **counts}
    if run.error:
        facts["error"] = run.error
    return LogLine(at=run.finished_at, level="warning" if bad else "info", event="run.finished", facts=facts)


class RunNote:
    """Writes a run's log: to the process log with the run's id, and kept for the archive."""

    def __init__(self, run_id: str, source: str, clock: Clock) -> None:
        self.run_id = run_id
        self._source, self._clock = source, clock
        self._lines: list[LogLine] = []

    def __call__(self, level: str, event: str, **facts: object) -> None:
        level = level if level in _LEVELS else "info"
        self._keep(LogLine(at=self._clock.now(), level=level, event=event, facts=facts))

    def finished(self, run: Run) -> None:
        """The summary of a run that no commit wrote."""
        self._keep(last_line(run))

    def _keep(self, line: LogLine) -> None:
        self._lines.append(line)
        self.tell(line)

    def tell(self, line: LogLine) -> None:
        """To the process log alone. Most lines of most runs are not heard there: those cost nothing."""
        if _is_heard(_LEVELS[line.level]):
            getattr(log, line.level)(line.event, run_id=self.run_id, source=self._source, **line.facts)

    @property
    def count(self) -> int:
        return len(self._lines)

    def lines(self) -> tuple[LogLine, ...]:
        """What no commit has written yet."""
        return tuple(self._lines)

    def forget(self, count: int) -> None:
        """So many lines are written."""
        del self._lines[:count]


__all__ = ["CHUNK", "LEASE", "LONGEST_PAUSE", "RunNote", "Visited", "Visits", "added", "backoff", "next_due"]
