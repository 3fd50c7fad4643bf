"""What a visit says of a source's health. Pure: state before, how the visit ended -> health."""

from __future__ import annotations

from datetime import datetime, timedelta

from news.health import Health, HealthState
from news.outlet import Source, SourceKind, SourceState
from news.run import RunOutcome
from news.visit import VisitEnd
from pipelines import rhythm

TEXTLESS = 5
"""Pages in a row without text: one may be a video, five are a changed layout."""
REFUSED = 5
OLD = timedelta(days=7)
"""A newest entry older than this, and than ten of its usual gaps, is no news source's."""
GAPS = 10
MISSING = 15.0
"""Entries that should have come: with a Poisson rhythm 15 missing in a row happen once in 3 million
polls, with the bursts that news has still less than once a month over sixty sources."""
LEARNT = 20.0
"""Entries seen before a rhythm is believed."""

_REASONS = {
    "not_a_feed": HealthState.NOT_A_FEED,
    "broken_xml": HealthState.NOT_A_FEED,
    "xml_entities": HealthState.NOT_A_FEED,
    "not_html": HealthState.NOT_A_FEED,
    "too_deep": HealthState.NOT_A_FEED,
    "empty_body": HealthState.EMPTY,
    "no_links": HealthState.SELECTOR_BROKEN,
    "robots": HealthState.BLOCKED,
    "guarded": HealthState.BLOCKED,
    "http_401": HealthState.BLOCKED,
    "http_402": HealthState.BLOCKED,
    "http_403": HealthState.BLOCKED,
    "http_406": HealthState.BLOCKED,
    "http_451": HealthState.BLOCKED,
    "http_429": HealthState.LIMITED,
    "held": HealthState.LIMITED,
    "http_404": HealthState.GONE,
    "gone": HealthState.GONE,
}


def health_after(source: Source, before: SourceState, after: SourceState, end: VisitEnd, now: datetime) -> Health:
    """The health after a visit; `after` holds everything else the visit changed. `since` stays while
    the state does."""
    state, evidence = _judged(source, after, end, now)
    if state is None:
        return before.health
    if state is before.health.state:
        since, told = before.health.since, before.health.told
    else:
        since, told = now, False
    return Health(state=state, since=since or now, evidence=evidence, told=told)


def _judged(source: Source, after: SourceState, end: VisitEnd, now: datetime) -> tuple[HealthState | None, str]:
    if end.outcome is RunOutcome.FAILED:
        return _failed(end), end.error
    if end.outcome in (RunOutcome.TIMED_OUT, RunOutcome.CANCELLED, RunOutcome.INTERRUPTED):
        return None, ""
    if end.outcome is RunOutcome.EMPTY:
        if source.kind is SourceKind.LISTING:
            return HealthState.SELECTOR_BROKEN, "the listing page answered, but no link on it is an article's"
        return HealthState.EMPTY, "the address answered with a list of no entries"
    if end.outcome is RunOutcome.PARTIAL and end.hold_until is not None:
        return HealthState.LIMITED, f"the list is served, but an article page asked us to wait ({end.error})"
    if after.textless >= TEXTLESS:
        return HealthState.SELECTOR_BROKEN, f"the last {after.textless} article pages answered, but gave no text"
    if after.refused >= REFUSED:
        return HealthState.BLOCKED, f"the list is served, but the last {after.refused} article pages were refused"
    return _quiet(after, now)


def _failed(end: VisitEnd) -> HealthState:
    if end.reason == "http_503" and end.hold_until is not None:
        return HealthState.LIMITED
    return _REASONS.get(end.reason, HealthState.UNREACHABLE)


def _quiet(after: SourceState, now: datetime) -> tuple[HealthState, str]:
    newest, known = after.newest_entry_at, rhythm.evidence(after.rhythm)
    if newest is not None and now - newest > max(OLD, GAPS * _gap(after)):
        days = (now - newest).days
        return HealthState.FROZEN, f"it answers, but its newest entry is {days} days old"
    since = max(filter(None, (after.last_new_at, newest)), default=None)
    if since is not None and known >= LEARNT:
        missing = rhythm.expected(after.rhythm, since, now)
        if missing >= MISSING:
            hours = (now - since).total_seconds() / 3600
            return HealthState.SILENT, f"nothing new for {hours:.0f} h, in which it used to bring {missing:.0f} entries"
    return HealthState.OK, ""


def _gap(after: SourceState) -> timedelta:
    """The usual time between two entries."""
    entries = rhythm.evidence(after.rhythm)
    watched = sum(after.rhythm.hours_watched)
    return timedelta(hours=min(watched / entries, 24 * 90)) if entries >= 3 else timedelta(0)
