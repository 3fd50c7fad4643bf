"""The state of an endpoint after an attempt: state and receipt in, state out. Pure.

healthy -> throttled(until) -> open -> half open (one probe) -> healthy | disabled. What is
stored is `open` with its `blocked_until`; once that has passed the store grants one probe.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.backoff import floor
from news.delivery import EndpointHealth, EndpointState, Receipt, SendResult

OPENS_AFTER = 5
"""Failures in a row: a restart of the receiver usually costs fewer."""

LEAST_SHARE, REGAINED = 0.1, 0.1
"""Of an overloaded endpoint's slots: never less than this, and so much more with each success."""

PROBE_EVERY = timedelta(seconds=60)
"""While open: rare enough not to hurt, often enough that a return is noticed within a minute."""

DISABLED_AFTER = timedelta(days=5)
"""As Svix: failing so long is not an outage but an abandoned endpoint."""

_FAILURES = frozenset({SendResult.RETRY, SendResult.MISCONFIGURED, SendResult.IN_DOUBT})


def after(state: EndpointState, receipt: Receipt, now: datetime) -> EndpointState:
    """The endpoint's state once this attempt is known.

    A rejected or aborted message says nothing against the endpoint: a poisonous message must
    not stop the queue behind it.
    """
    if state.health is EndpointHealth.DISABLED:
        return state
    if receipt.result is SendResult.ACCEPTED:
        return _accepted(state, now)
    if receipt.result is SendResult.GONE:
        reason = "the receiver wants no more messages"
        return _failed(state, EndpointHealth.DISABLED, None, now, reason)
    if receipt.result in _FAILURES:
        return _after_failure(state, receipt, now)
    return state


def phase(state: EndpointState, now: datetime) -> EndpointHealth:
    """How the endpoint stands now: an open one whose wait has passed is half open."""
    if state.blocked_until is not None and state.blocked_until > now:
        return state.health
    if state.health is EndpointHealth.OPEN:
        return EndpointHealth.HALF_OPEN
    return EndpointHealth.HEALTHY if state.health is EndpointHealth.THROTTLED else state.health


def _accepted(state: EndpointState, now: datetime) -> EndpointState:
    """Healthy; but a pause asked for by another reply in the meantime is kept, and what was too much
    comes back by and by."""
    if state.health is EndpointHealth.THROTTLED:
        share = round(min(state.share + REGAINED, 1.0), 3)
        blocked = state.blocked_until is not None and state.blocked_until > now
        if blocked or share < 1:
            return replace(state, failing_since=None, failure_count=0, share=share)
    return EndpointState(endpoint=state.endpoint)


def _after_failure(state: EndpointState, receipt: Receipt, now: datetime) -> EndpointState:
    reason = receipt.detail or receipt.status
    if state.failing_since is not None and now - state.failing_since >= DISABLED_AFTER:
        return _failed(state, EndpointHealth.DISABLED, None, now, f"failing for 5 days: {reason}")
    pause = floor(receipt.retry_after, receipt.overloaded)
    misconfigured = receipt.result is SendResult.MISCONFIGURED
    worn_out = state.failure_count + 1 >= OPENS_AFTER and receipt.retry_after is None
    if misconfigured or worn_out:
        until = _later(state, now + max(pause, PROBE_EVERY))
        return _failed(state, EndpointHealth.OPEN, until, now, reason)
    if pause:
        until = _later(state, now + pause)
        share = max(state.share / 2, LEAST_SHARE) if receipt.overloaded else state.share
        return _failed(state, EndpointHealth.THROTTLED, until, now, reason, share)
    return _failed(state, state.health, state.blocked_until, now, reason, state.share)


def _later(state: EndpointState, until: datetime) -> datetime:
    return until if state.blocked_until is None else max(until, state.blocked_until)


def _failed(
    state: EndpointState,
    health: EndpointHealth,
    until: datetime | None,
    now: datetime,
    reason: str,
    share: float = 1.0,
) -> EndpointState:
    return EndpointState(
        endpoint=state.endpoint,
        health=health,
        blocked_until=until,
        failing_since=state.failing_since or now,
        failure_count=state.failure_count + 1,
        reason=reason,
        share=share,
    )
