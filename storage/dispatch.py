"""The Dispatch port over SQL: hosts with due sources, one owner each, fenced."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, or_, select, update

from news.errors import FenceLost, UnknownName
from news.outlet import Source, SourceState
from news.ports import HostLease
from news.url import host_of
from storage import tables as t
from storage.codec import dumps
from storage.engine import add, reading, writing

SPREAD = timedelta(minutes=1)
"""New sources fall due within this time, so that a first start does not poll all at once."""


class SqlDispatch:
    """A lease is a row of `hosts`; its fence grows whenever the owner changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enlist(self, sources: Sequence[Source], now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(t.sources).values(enlisted=False))
            for source in sources:
                _enlist(connection, source, now)

    def enlist_one(self, source: Source, now: datetime) -> None:
        """Make sure that a source has a row, whether or not a daemon polls it."""
        with writing(self._engine) as connection:
            known = select(t.sources.c.source_id).where(t.sources.c.source_id == source.id)
            if connection.execute(known).first() is None:
                _enlist(connection, source, now)
                off = update(t.sources).where(t.sources.c.source_id == source.id)
                connection.execute(off.values(enlisted=False))

    def take(self, *, owner: str, now: datetime, lease: timedelta, limit: int) -> Sequence[HostLease]:
        if limit <= 0 or not self._anything_due(now):
            return []
        with writing(self._engine) as connection:
            due = connection.execute(
                select(t.sources.c.source_id, t.sources.c.host)
                .join(t.hosts, t.hosts.c.host == t.sources.c.host)
                .where(_due(now), _free(now))
                .order_by(t.sources.c.due_at)
            ).all()
            hosts: dict[str, list[str]] = {}
            for row in due:
                if row.host in hosts or len(hosts) < limit:
                    hosts.setdefault(row.host, []).append(row.source_id)
            return [_grant(connection, host, tuple(ids), owner, now + lease) for host, ids in hosts.items()]

    def take_source(self, source_id: str, *, owner: str, now: datetime, lease: timedelta) -> HostLease | None:
        """Lease a source's host whether it is due or not; None if somebody holds it."""
        with writing(self._engine) as connection:
            query = (
                select(t.sources.c.host)
                .join(t.hosts, t.hosts.c.host == t.sources.c.host)
                .where(t.sources.c.source_id == source_id, _unleased(now))
            )
            host = connection.scalar(query)
            if host is None:
                return None
            return _grant(connection, host, (source_id,), owner, now + lease)

    def _anything_due(self, now: datetime) -> bool:
        query = (
            select(t.sources.c.source_id)
            .join(t.hosts, t.hosts.c.host == t.sources.c.host)
            .where(_due(now), _free(now))
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def renew(self, lease: HostLease, now: datetime, extend: timedelta) -> HostLease:
        held = and_(t.hosts.c.host == lease.host, t.hosts.c.fence == lease.fence)
        until = now + extend
        with writing(self._engine) as connection:
            changed = update(t.hosts).where(held).values(lease_until=until)
            if not connection.execute(changed).rowcount:
                raise FenceLost(f"{lease.host} was taken over by another worker")
        return replace(lease, until=until)

    def release(self, lease: HostLease, hold_until: datetime | None = None) -> None:
        held = and_(t.hosts.c.host == lease.host, t.hosts.c.fence == lease.fence)
        values: dict[str, Any] = {"lease_until": None, "owner": ""}
        if hold_until is not None:
            values["hold_until"] = hold_until
        with writing(self._engine) as connection:
            connection.execute(update(t.hosts).where(held).values(values))

    def free_all(self) -> None:
        with writing(self._engine) as connection:
            ended = {"lease_until": None, "owner": "", "fence": t.hosts.c.fence + 1}
            connection.execute(update(t.hosts).where(t.hosts.c.lease_until.is_not(None)).values(**ended))

    def hurry(self, source_id: str, now: datetime) -> None:
        with writing(self._engine) as connection:
            statement = update(t.sources).where(t.sources.c.source_id == source_id)
            if not connection.execute(statement.values(due_at=now)).rowcount:
                known = connection.scalars(select(t.sources.c.source_id)).all()
                raise UnknownName("source", source_id, known)

    def next_due(self, now: datetime) -> datetime | None:
        query = select(func.min(t.sources.c.due_at)).where(t.sources.c.enlisted.is_(True))
        with reading(self._engine) as connection:
            due: datetime | None = connection.scalar(query)
        return due


def _due(now: datetime) -> Any:
    return and_(t.sources.c.enlisted.is_(True), t.sources.c.due_at <= now)


def _unleased(now: datetime) -> Any:
    return or_(t.hosts.c.lease_until.is_(None), t.hosts.c.lease_until <= now)


def _free(now: datetime) -> Any:
    held = or_(t.hosts.c.hold_until.is_(None), t.hosts.c.hold_until <= now)
    return and_(_unleased(now), held)


def _enlist(connection: Connection, source: Source, now: datetime) -> None:
    host = host_of(source.url)
    blank = {"fence": 0, "owner": "", "lease_until": None, "hold_until": None}
    add(connection, t.hosts, {"host": host, **blank})
    spread = min(SPREAD, source.interval / 10) * random.random()  # noqa: S311 - spreading only
    # Cron-timed sources wait for their time; a far due date keeps the clockwork out.
    due = now + (timedelta(days=36500) if source.cron else spread)
    fresh = {"source_id": source.id, "host": host, "enlisted": True, "due_at": due}
    if not add(connection, t.sources, {**fresh, "doc": dumps(SourceState())}):
        where = t.sources.c.source_id == source.id
        connection.execute(update(t.sources).where(where).values(host=host, enlisted=True))
        missing = and_(where, t.sources.c.due_at.is_(None))
        connection.execute(update(t.sources).where(missing).values(due_at=due))


def _grant(connection: Connection, host: str, sources: tuple[str, ...], owner: str, until: datetime) -> HostLease:
    statement = (
        update(t.hosts)
        .where(t.hosts.c.host == host)
        .values(owner=owner, lease_until=until, fence=t.hosts.c.fence + 1)
        .returning(t.hosts.c.fence)
    )
    fence = connection.execute(statement).scalar_one()
    return HostLease(host=host, owner=owner, fence=fence, until=until, sources=sources)
