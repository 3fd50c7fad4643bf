"""The Dispatch port over SQL: hosts with due sources, one owner each, fenced."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, Engine, and_, bindparam, case, func, or_, select, update

from news.errors import FenceLost, UnknownName
from news.outlet import UNTIMED, Source, SourceState
from news.ports import HostLease
from news.url import host_of
from storage import tables as t
from storage.codec import dumps
from storage.engine import add, reading, writing
from storage.states import states_without_debt

SPREAD = timedelta(milliseconds=20)
"""New sources fall due at this pace, so that a first start does not poll all at once."""


_NOW: BindParameter[datetime] = bindparam("now")
_UNLEASED = or_(t.hosts.c.lease_until.is_(None), t.hosts.c.lease_until <= _NOW)
_DUE = (
    select(t.sources.c.source_id, t.sources.c.host, t.hosts.c.fence)
    .join(t.hosts, t.hosts.c.host == t.sources.c.host)
    .where(
        t.sources.c.enlisted.is_(True),
        t.sources.c.due_at <= _NOW,
        _UNLEASED,
        or_(t.hosts.c.hold_until.is_(None), t.hosts.c.hold_until <= _NOW),
    )
    .order_by(t.sources.c.due_at)
)
_ANY_DUE = _DUE.limit(1)
_OWN = and_(t.hosts.c.host == bindparam("at_host"), t.hosts.c.fence == bindparam("own_fence"))
_RELEASE = update(t.hosts).where(_OWN).values(lease_until=None, owner="")
_WISHED: BindParameter[datetime] = bindparam("until")
_LONGER = case((t.hosts.c.hold_until > _WISHED, t.hosts.c.hold_until), else_=_WISHED)
"""Who asked in spite of a former wish does not shorten it."""
_RELEASE_HELD = _RELEASE.values(hold_until=_LONGER)
_REST = update(t.hosts).where(_OWN).values(hold_until=_LONGER)
_GRANT = (
    update(t.hosts)
    .where(t.hosts.c.host == bindparam("at_host"))
    .values(owner=bindparam("new_owner"), lease_until=bindparam("until"), fence=bindparam("new_fence"))
)

_BLANK = {"fence": 0, "owner": "", "lease_until": None, "hold_until": None}
"""A host that nobody has visited."""


class Freed(NamedTuple):
    """The end of a lease; with `hold_until`, none of the host's sources is due before. A later one of before stays."""

    host: str
    fence: int
    hold_until: datetime | None


class SqlDispatch:
    """A lease is a row of `hosts`; its fence grows whenever the owner changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enlist(self, sources: Sequence[Source], now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(t.sources).values(enlisted=False))
            for source in sources:
                _enlist(connection, source, now, SPREAD * len(sources))

    def enlist_one(self, source: Source, now: datetime) -> None:
        """Make sure that a source has a row, whether or not a daemon polls it."""
        with writing(self._engine) as connection:
            known = select(t.sources.c.source_id).where(t.sources.c.source_id == source.id)
            if connection.execute(known).first() is None:
                _enlist(connection, source, now, SPREAD)
                off = update(t.sources).where(t.sources.c.source_id == source.id)
                connection.execute(off.values(enlisted=False))

    def take(self, *, owner: str, now: datetime, lease: timedelta, limit: int) -> Sequence[HostLease]:
        if limit <= 0 or not self._anything_due(now):
            return []
        with writing(self._engine) as connection:
            hosts: dict[str, list[str]] = {}
            fences: dict[str, int] = {}
            for source, host, fence in connection.execute(_DUE, {"now": now}):
                if host in hosts or len(hosts) < limit:
                    hosts.setdefault(host, []).append(source)
                    fences[host] = fence
            states = states_without_debt(connection, [*chain.from_iterable(hosts.values())], now)
            leases = [
                HostLease(
                    host=host,
                    owner=owner,
                    fence=fences[host] + 1,
                    until=now + lease,
                    sources=tuple(sources),
                    states={name: states[name] for name in sources if name in states},
                )
                for host, sources in hosts.items()
            ]
            _grant(connection, *leases)
            return leases

    def take_source(self, source_id: str, *, owner: str, now: datetime, lease: timedelta) -> HostLease | None:
        """Lease a source's host whether it is due or not; None if somebody holds it."""
        with writing(self._engine) as connection:
            query = (
                select(t.hosts.c.host, t.hosts.c.fence)
                .join(t.sources, t.sources.c.host == t.hosts.c.host)
                .where(t.sources.c.source_id == source_id, _UNLEASED)
            )
            row = connection.execute(query, {"now": now}).one_or_none()
            if row is None:
                return None
            until = now + lease
            taken = HostLease(host=row.host, owner=owner, fence=row.fence + 1, until=until, sources=(source_id,))
            _grant(connection, taken)
            return taken

    def take_host(self, host: str, *, owner: str, now: datetime, lease: timedelta) -> HostLease | None:
        """Lease a host, whether it is known or not; None if somebody holds it."""
        with writing(self._engine) as connection:
            add(connection, t.hosts, {"host": host, **_BLANK})
            query = select(t.hosts.c.fence).where(t.hosts.c.host == host, _UNLEASED)
            fence = connection.scalar(query, {"now": now})
            if fence is None:
                return None
            taken = HostLease(host=host, owner=owner, fence=fence + 1, until=now + lease, sources=())
            _grant(connection, taken)
            return taken

    def held_until(self, host: str, now: datetime) -> datetime | None:
        """Until when the host asked not to be asked, or None."""
        query = select(t.hosts.c.hold_until).where(t.hosts.c.host == host, t.hosts.c.hold_until > now)
        with reading(self._engine) as connection:
            until: datetime | None = connection.scalar(query)
        return until

    def _anything_due(self, now: datetime) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(_ANY_DUE, {"now": now}).first() is not None

    def renew(self, lease: HostLease, now: datetime, extend: timedelta) -> HostLease:
        # One that was given back, by the visit's last commit or otherwise, is not to be held again by a
        # renewal that was under way: nobody would give it back a second time.
        leased = t.hosts.c.lease_until.is_not(None)
        held = and_(t.hosts.c.host == lease.host, t.hosts.c.fence == lease.fence, leased)
        until = now + extend
        with writing(self._engine) as connection:
            changed = update(t.hosts).where(held).values(lease_until=until)
            if not connection.execute(changed).rowcount:
                raise FenceLost(f"{lease.host} was given back, or taken over by another worker")
        return replace(lease, until=until)

    def release(self, lease: HostLease, hold_until: datetime | None = None) -> None:
        with writing(self._engine) as connection:
            free(connection, Freed(lease.host, lease.fence, hold_until))

    def rest(self, lease: HostLease, until: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(_REST, {"at_host": lease.host, "own_fence": lease.fence, "until": until})

    def free_all(self, now: datetime, rest: timedelta) -> None:
        h = t.hosts.c
        with writing(self._engine) as connection:
            visited = update(t.hosts).where(h.lease_until.is_not(None))
            connection.execute(visited.where(h.hold_until < now + rest).values(hold_until=now + rest))
            connection.execute(visited.values(lease_until=None, owner="", fence=h.fence + 1))

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


def free(connection: Connection, *ended: Freed) -> None:
    """End leases within a transaction of the caller's, those that still are that owner's."""
    at_once = [{"at_host": host, "own_fence": fence} for host, fence, until in ended if until is None]
    held = [{"at_host": host, "own_fence": fence, "until": until} for host, fence, until in ended if until]
    if at_once:
        connection.execute(_RELEASE, at_once)
    if held:
        connection.execute(_RELEASE_HELD, held)


def _enlist(connection: Connection, source: Source, now: datetime, within: timedelta) -> None:
    host = host_of(source.url)
    add(connection, t.hosts, {"host": host, **_BLANK})
    spread = min(within, source.interval / 10) * random.random()  # noqa: S311 - spreading only
    due = now + (UNTIMED if source.cron else spread)
    fresh = {"source_id": source.id, "host": host, "enlisted": True, "due_at": due}
    if not add(connection, t.sources, {**fresh, "doc": dumps(SourceState())}):
        where = t.sources.c.source_id == source.id
        connection.execute(update(t.sources).where(where).values(host=host, enlisted=True))
        # One that was timed by cron so far would wait for ever.
        never = or_(t.sources.c.due_at.is_(None), t.sources.c.due_at > now + UNTIMED / 2)
        connection.execute(update(t.sources).where(where, never).values(due_at=due))


def _grant(connection: Connection, *leases: HostLease) -> None:
    """Write leases whose hosts were found free in this transaction."""
    rows = [
        {"at_host": lease.host, "new_owner": lease.owner, "until": lease.until, "new_fence": lease.fence}
        for lease in leases
    ]
    if rows:
        connection.execute(_GRANT, rows)
