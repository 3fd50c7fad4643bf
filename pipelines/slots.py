"""When one message may go out, and whether alone or folded into a digest. Pure.

broken source, old news      -> the late digest
the reader wants digests     -> the next of them
a flood from one source      -> folded, and no cap of others is used up by it
else after its wait          -> unless quiet hours hold it, or a cap folds it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from news.alert import AMENDING, AlertKind, Manner, Policy, Route, Told
from news.fold import Why, key
from news.timetable import Severity, Timetable
from news.traffic import Traffic
from pipelines.timetable import next_digest, quiet_until

QUARTER = timedelta(minutes=15)
"""What is over a cap is told together so often."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The earliest time, and the key of the digest that carries it (empty: it goes alone)."""

    ready_at: datetime
    fold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One message that a route wants to send to one endpoint. `late`: old news; `source`: the
    source that is to be read with care, `storm`: the one that brings too many stories at once; or empty."""

    route: Route
    endpoint: str
    kind: AlertKind
    severity: Severity
    told: Told | None = None
    urgent: bool = False
    late: bool = False
    source: str = ""
    storm: str = ""


def slot(wish: Wish, policy: Policy, traffic: Traffic, now: datetime) -> Slot:
    """Where a wish ends up."""
    manner = policy.manners.get(wish.endpoint, Manner())
    amending = wish.kind in AMENDING
    timetable = wish.route.digest or manner.digest
    if wish.source and not amending:
        return _digest(key(Why.SOURCE, wish.source), policy.late, wish, traffic, now)
    if timetable is not None:
        return _digest(key(Why.DIGEST, timetable.every.value), timetable, wish, traffic, now)
    if wish.late and not amending:
        return _digest(key(Why.LATE), policy.late, wish, traffic, now)
    if wish.storm and wish.kind in (AlertKind.MATCHED, AlertKind.UPDATED):
        return _folded(key(Why.STORM, wish.storm), wish, traffic, now)
    ready = _after_waiting(wish, now)
    quiet = wish.route.quiet or manner.quiet
    if quiet is not None and not (quiet.unless and wish.severity.rank >= quiet.unless.rank):
        until = quiet_until(quiet, ready)
        if until is not None and not _is_made(key(Why.QUIET), wish, traffic, until):
            return Slot(until, key(Why.QUIET))
    over = "" if amending else _over(wish, manner, traffic)
    if over:
        return _folded(over, wish, traffic, now)
    return Slot(ready)


def _folded(fold: str, wish: Wish, traffic: Traffic, now: datetime) -> Slot:
    return Slot(_quarter(max(now, traffic.digested.get((wish.endpoint, fold), now))), fold)


def _digest(fold: str, timetable: Timetable, wish: Wish, traffic: Traffic, now: datetime) -> Slot:
    """The next one, and never a second one of the same time: a clock may have been set back."""
    last = traffic.digested.get((wish.endpoint, fold), now)
    return Slot(next_digest(timetable, max(now, last)), fold)


def _is_made(fold: str, wish: Wish, traffic: Traffic, until: datetime) -> bool:
    made = traffic.digested.get((wish.endpoint, fold))
    return made is not None and made >= until


def _after_waiting(wish: Wish, now: datetime) -> datetime:
    if wish.kind is AlertKind.CONFIRMED or wish.urgent:
        return now
    ready = now + wish.route.group_wait
    if wish.kind is AlertKind.UPDATED and wish.told is not None:
        return max(ready, wish.told.last_created_at + wish.route.update_wait)
    return ready


def _over(wish: Wish, manner: Manner, traffic: Traffic) -> str:
    """The fold of the first cap that is reached, or empty."""
    route = wish.route
    if route.per_hour and traffic.routes[route.id] >= route.per_hour:
        return key(Why.BUSY, f"{route.per_hour} an hour along {route.id}")
    if manner.per_hour and traffic.endpoints[wish.endpoint] >= manner.per_hour:
        return key(Why.BUSY, f"{manner.per_hour} an hour")
    if manner.waiting and traffic.waiting[wish.endpoint] >= manner.waiting:
        return key(Why.BACKLOG)
    return ""


def _quarter(after: datetime) -> datetime:
    """The next full quarter of an hour."""
    begun = (after - datetime(1970, 1, 1, tzinfo=UTC)) // QUARTER
    return datetime(1970, 1, 1, tzinfo=UTC) + (begun + 1) * QUARTER
