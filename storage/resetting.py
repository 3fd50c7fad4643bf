"""After the machine's clock was set back: what was to wait some minutes waits no hours. Wall-clock times that
somebody chose (a digest's, an expiry) stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, and_, select, type_coerce, update

from news.delivery import OPEN_STATES
from news.outlet import UNTIMED
from storage import tables as t
from storage.codec import dumps
from storage.documents import ENDPOINT
from storage.engine import put
from storage.folding import alone

SEEN = "clock"
"""The counter that holds the latest time at which a daemon was at work, in microseconds as everywhere."""

_SEEN = select(type_coerce(t.counters.c.value, t.Moment)).where(t.counters.c.name == SEEN)


def lost_since_seen(connection: Connection, now: datetime) -> timedelta:
    """By how much the clock was set back since the last daemon was at work; at least that much."""
    at = seen(connection)
    return timedelta(0) if at is None else max(at - now, timedelta(0))


def seen(connection: Connection) -> datetime | None:
    """When a daemon last said that it is at work."""
    return connection.scalar(_SEEN)


def see(connection: Connection, now: datetime) -> None:
    """A daemon is at work now."""
    put(connection, t.counters, {"name": SEEN, "value": (now - t.EPOCH) // timedelta(microseconds=1)})


def set_back(connection: Connection, now: datetime, by: timedelta) -> None:
    """Bring all waits that end after `now` nearer by that much."""
    s, h, d = t.sources.c, t.hosts.c, t.deliveries.c
    _nearer(connection, s.due_at, now, by, s.due_at < now + UNTIMED / 2)
    for column in (h.lease_until, h.hold_until, t.rereads.c.due_at, t.notices.c.due_at, d.lease_until):
        _nearer(connection, column, now, by)
    _nearer(connection, d.ready_at, now, by, and_(d.state.in_([state.value for state in OPEN_STATES]), alone()))
    blocked = select(t.endpoints.c.endpoint, t.endpoints.c.doc).where(t.endpoints.c.blocked_until > now)
    for state in ENDPOINT.readable(connection, connection.execute(blocked).all()):
        if state.blocked_until is None:
            continue
        freed = replace(state, blocked_until=state.blocked_until - by)
        values = {"blocked_until": freed.blocked_until, "doc": dumps(freed)}
        connection.execute(update(t.endpoints).where(t.endpoints.c.endpoint == state.endpoint).values(**values))
    see(connection, now)


def _nearer(
    connection: Connection, column: Column[Any], now: datetime, by: timedelta, *only: ColumnElement[bool]
) -> None:
    at = type_coerce(column, BigInteger) - by // timedelta(microseconds=1)
    connection.execute(update(column.table).where(column > now, *only).values({column: at}))
