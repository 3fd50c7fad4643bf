"""A source's state after a visit: what it told us, how it fares, when it publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from news.outlet import Source, SourceState
from news.run import RunOutcome
from news.visit import VisitEnd
from pipelines.health import health_after
from pipelines.rhythm import learnt

ANSWERED = (RunOutcome.OK, RunOutcome.PARTIAL, RunOutcome.NOT_MODIFIED, RunOutcome.EMPTY)


def state_after(
    source: Source,
    before: SourceState,
    end: VisitEnd,
    times: Sequence[datetime],
    due_at: datetime | None,
    now: datetime,
) -> SourceState:
    """The state to be written with the visit's last chunk. `times` are those of the articles filed in
    it, and the newest of those before; `due_at` is the next poll."""
    answered = end.outcome in ANSWERED
    soon = now + timedelta(hours=1)
    after = replace(
        before,
        cursor=end.cursor,
        first_visit=before.first_visit and not answered,
        failure_count=0 if answered else before.failure_count + 1,
        due_at=due_at,
        hold_until=end.hold_until,
        last_success_at=now if answered else before.last_success_at,
        newest_article_at=_latest(before.newest_article_at, *times, limit=soon),
        newest_entry_at=_latest(before.newest_entry_at, end.newest_entry_at, limit=soon),
        last_new_at=now if end.arrivals and not before.first_visit else before.last_new_at,
        last_outcome=end.outcome.value,
        last_error=end.error,
        pending=end.pending,
        moved=end.moved,
        format=end.format or before.format,
        textless=_streak(before.textless, end.textless, end.read),
        refused=_streak(before.refused, end.refused, end.read),
        rhythm=learnt(before.rhythm, end.arrivals, now) if answered else before.rhythm,
    )
    return replace(after, health=health_after(source, before, after, end, now))


def _latest(*times: datetime | None, limit: datetime) -> datetime | None:
    """The latest, but none from the future: a wrong clock there would hide a silence here."""
    return max((min(at, limit) for at in times if at is not None), default=None)


def _streak(before: int, bad: int, good: int) -> int:
    return bad if good else before + bad
