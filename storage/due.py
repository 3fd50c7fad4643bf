"""What the outbox owes now: which states have something due, which deliveries may go, how many slots are left.

It is asked at every claim, beside millions of deliveries: each statement is made once, and walks an
index from its beginning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, literal, null, select, tuple_, union_all

from news.delivery import OPEN_STATES, DeliveryState, EndpointHealth
from storage import tables as t
from storage.documents import standing_in
from storage.folding import alone, unfolded

S = DeliveryState
CLAIMABLE = (S.HELD, S.READY, S.RETRY_WAIT, S.IN_DOUBT)
SCAN = 8
"""Candidates looked at per delivery wanted: some are skipped for an endpoint's limit."""

_OPEN = [s.value for s in OPEN_STATES]
_FOLDS = "folds"


@dataclass(frozen=True, slots=True)
class Due:
    """States with something to send, and whether something is to be folded into a digest."""

    states: frozenset[DeliveryState]
    folds: bool

    def __bool__(self) -> bool:
        return self.folds or bool(self.states)


def _pending_query() -> Select[Any]:
    d = t.deliveries.c
    now = bindparam("now", type_=t.Moment)
    waiting = [exists().where(d.state == s.value, d.ready_at <= now, alone()).label(s.value) for s in CLAIMABLE]
    every: list[Any] = [*waiting, exists().where(unfolded()).label(_FOLDS)]
    return select(*every)


def _due_query() -> Select[Any]:
    d, e = t.deliveries.c, t.deliveries.alias("earlier").c
    first = ~exists().where(
        e.endpoint == d.endpoint,
        e.story_id == d.story_id,
        e.state.in_(_OPEN),
        e.fold == "",
        tuple_(e.created_at, e.id) < tuple_(d.created_at, d.id),
    )
    due = (d.state == bindparam("state"), d.ready_at <= bindparam("now"))
    return (
        select(t.deliveries)
        .where(*due, d.endpoint.not_in(bindparam("full", expanding=True)), first, alone())
        .order_by(d.ready_at)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


_PENDING = _pending_query()
_DUE = _due_query()
_GONE, _FLYING = "unsubscribed", "sending"
_E = t.endpoints.c
_ENDPOINTS = union_all(
    select(_E.endpoint, _E.health, _E.blocked_until, literal(0), _E.doc).where(
        _E.health != EndpointHealth.HEALTHY.value
    ),
    select(t.unsubscribed.c.endpoint, literal(_GONE), null(), literal(0), null()),
    select(t.deliveries.c.endpoint, literal(_FLYING), null(), func.count(), null())
    .where(t.deliveries.c.state == S.SENDING.value)
    .group_by(t.deliveries.c.endpoint),
)
"""In one piece: a statement costs more than its rows."""


def pending(connection: Connection, now: datetime) -> Due:
    """What there is to do."""
    row = connection.execute(_PENDING, {"now": now}).one()._mapping
    return Due(frozenset(s for s in CLAIMABLE if row[s.value]), bool(row[_FOLDS]))


def free_slots(connection: Connection, now: datetime, per_endpoint: int) -> tuple[Counter[str], list[str]]:
    """Slots left for endpoints that do not have all of them; and those that want nothing any more."""
    free: Counter[str] = Counter()
    flying: Counter[str] = Counter()
    unwanted = []
    for endpoint, what, blocked_until, count, doc in connection.execute(_ENDPOINTS):
        if what == _GONE:
            unwanted.append(endpoint)
        elif what == _FLYING:
            flying[endpoint] = count
        elif what == EndpointHealth.DISABLED.value or (blocked_until is not None and blocked_until > now):
            free[endpoint] = 0
        elif what in (EndpointHealth.OPEN.value, EndpointHealth.HALF_OPEN.value):
            free[endpoint] = 1  # a single probe
        else:
            state = standing_in(endpoint, doc)
            off = state.health is EndpointHealth.DISABLED
            free[endpoint] = 0 if off else max(int(per_endpoint * state.share), 1)
    for endpoint, count in flying.items():
        free[endpoint] = free.get(endpoint, per_endpoint) - count
    return free, unwanted


def candidates(
    connection: Connection, now: datetime, states: Collection[DeliveryState], wanted: int, free: Counter[str]
) -> Sequence[Row[Any]]:
    """Due deliveries in these states, oldest first; of one (endpoint, story) only the first that is open.

    One query a state: each walks its index in order and stops early, however many are due.
    """
    full = [endpoint for endpoint, slots in free.items() if slots <= 0]
    given = {"now": now, "full": full, "limit": wanted * SCAN}
    found = [row for state in states for row in connection.execute(_DUE, {**given, "state": state.value})]
    return sorted(found, key=_turn)[: wanted * SCAN]


def _turn(row: Row[Any]) -> tuple[Any, ...]:
    """By time; those without one first, to be put aside."""
    times = (row.ready_at, row.created_at)
    return (False,) if None in times else (True, *times)
