"""The Outbox port over SQL: claim with a lease and stored bytes, settle, recover."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, exists, func, or_, select, true, tuple_, update

from news.alert import AlertKind
from news.briefing import Claim, Parcel
from news.delivery import (
    MOVES,
    OPEN_STATES,
    Delivery,
    DeliveryState,
    EndpointHealth,
    EndpointState,
    Settlement,
)
from news.errors import NewsError, StoreError, UnknownName
from news.failpoint import reach
from news.ports import Render
from storage import tables as t
from storage.briefing import briefing_of, root_of
from storage.codec import dumps, loads
from storage.engine import add, put, reading, writing

S = DeliveryState
_CLAIMABLE = [s.value for s in (S.HELD, S.READY, S.RETRY_WAIT, S.IN_DOUBT)]
_EXPIRABLE = [s.value for s in (S.HELD, S.READY, S.RETRY_WAIT)]
_OPEN = [s.value for s in OPEN_STATES]
_RESENDABLE = frozenset({S.DELIVERED, S.DEAD, S.EXPIRED})
_SCAN = 8
"""Candidates looked at per delivery wanted: some are skipped for an endpoint's limit."""


class SqlOutbox:
    """Deliveries in a table; the network is never touched inside a transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self,
        *,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        per_endpoint: int,
        render: Render,
    ) -> Sequence[Claim]:
        if not self._anything_due(now):
            return []
        claims: list[Claim] = []
        with writing(self._engine) as connection:
            _expire(connection, now)
            free = _free_slots(connection, now, per_endpoint)
            for row in _candidates(connection, now, limit * _SCAN, free):
                if len(claims) >= limit:
                    break
                if free.get(row.endpoint, per_endpoint) <= 0:
                    continue
                claim = _lease(connection, row, owner, now, lease, render)
                if claim is not None:
                    free[row.endpoint] = free.get(row.endpoint, per_endpoint) - 1
                    claims.append(claim)
        if claims:
            reach("K4")
        return claims

    def _anything_due(self, now: datetime) -> bool:
        """Reading takes no lock: an idle outbox must not hold up the writers."""
        d = t.deliveries.c
        query = select(d.id).where(d.state.in_(_CLAIMABLE), d.ready_at <= now).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def settle(self, settlement: Settlement, now: datetime) -> bool:
        d = t.deliveries.c
        legal = MOVES[S.SENDING]
        if settlement.state not in legal:
            raise StoreError(f"a sent delivery cannot become {settlement.state.value}")
        held = and_(
            d.id == settlement.delivery_id,
            d.state == S.SENDING.value,
            d.owner == settlement.owner,
            d.attempt_count == settlement.attempt,
        )
        receipt = settlement.receipt
        values: dict[str, Any] = {
            "state": settlement.state.value,
            "settled_at": now,
            "reason": settlement.reason,
            "lease_until": None,
        }
        if settlement.next_at is not None:
            values["ready_at"] = settlement.next_at
        if receipt.remote_id:
            values["remote_id"] = receipt.remote_id
        with writing(self._engine) as connection:
            if not connection.execute(update(t.deliveries).where(held).values(values)).rowcount:
                return False
            tried = and_(
                t.attempts.c.delivery_id == settlement.delivery_id,
                t.attempts.c.number == settlement.attempt,
            )
            ended = {
                "finished_at": now,
                "result": receipt.result.value,
                "status": receipt.status,
                "detail": receipt.detail,
                "answer": receipt.answer,
                "next_at": settlement.next_at,
            }
            connection.execute(update(t.attempts).where(tried).values(ended))
            _write_endpoint(connection, settlement.endpoint)
        return True

    def recover(self, now: datetime, *, owner: str = "", everyone: bool = False) -> int:
        d = t.deliveries.c
        lost = d.lease_until <= now
        if owner:
            lost = or_(lost, d.owner == owner)
        if everyone:
            lost = true()
        reason = "we stopped while it was being sent; the receiver may or may not have it"
        values = {"state": S.IN_DOUBT.value, "ready_at": now, "reason": reason}
        statement = update(t.deliveries).where(d.state == S.SENDING.value, lost).values(values)
        with writing(self._engine) as connection:
            return connection.execute(statement).rowcount

    def endpoint(self, endpoint: str) -> EndpointState:
        query = select(t.endpoints.c.doc).where(t.endpoints.c.endpoint == endpoint)
        with reading(self._engine) as connection:
            doc = connection.scalar(query)
        return EndpointState(endpoint=endpoint) if doc is None else loads(EndpointState, doc)

    def enable(self, endpoint: str) -> None:
        with writing(self._engine) as connection:
            _write_endpoint(connection, EndpointState(endpoint=endpoint))

    def resend(self, delivery_id: str, now: datetime) -> Delivery:
        d = t.deliveries.c
        with writing(self._engine) as connection:
            row = connection.execute(select(t.deliveries).where(d.id == delivery_id)).first()
            if row is None:
                raise UnknownName("delivery", delivery_id, ())
            if S(row.state) not in _RESENDABLE:
                hint = "Only delivered, dead and expired ones can be sent again."
                raise NewsError(f"{delivery_id} is {row.state}.", hint=hint)
            fresh = max(row.expires_at, now + (row.expires_at - row.created_at))
            values = {"state": S.READY.value, "ready_at": now, "expires_at": fresh}
            connection.execute(update(t.deliveries).where(d.id == delivery_id).values(**values, reason=""))
            row = connection.execute(select(t.deliveries).where(d.id == delivery_id)).one()
        return delivery_of(row)

    def next_due(self, now: datetime) -> datetime | None:
        d = t.deliveries.c
        query = select(func.min(d.ready_at)).where(d.state.in_(_CLAIMABLE))
        with reading(self._engine) as connection:
            due: datetime | None = connection.scalar(query)
        return due


def delivery_of(row: Row[Any]) -> Delivery:
    """The noun of a row of `deliveries`."""
    return Delivery(
        id=row.id,
        alert_id=row.alert_id,
        story_id=row.story_id,
        story_revision=row.story_revision,
        kind=AlertKind(row.kind),
        endpoint=row.endpoint,
        state=S(row.state),
        created_at=row.created_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        attempt_count=row.attempt_count,
        reason=row.reason,
        remote_id=row.remote_id,
        settled_at=row.settled_at,
    )


def _write_endpoint(connection: Connection, state: EndpointState) -> None:
    values = {"health": state.health.value, "blocked_until": state.blocked_until}
    put(connection, t.endpoints, {"endpoint": state.endpoint, **values, "doc": dumps(state)})


def _expire(connection: Connection, now: datetime) -> None:
    d = t.deliveries.c
    reason = "not delivered in time; send it nevertheless with: marsad alerts resend"
    old = and_(d.state.in_(_EXPIRABLE), d.ready_at <= now, d.expires_at <= now)
    values = {"state": S.EXPIRED.value, "settled_at": now, "reason": reason}
    connection.execute(update(t.deliveries).where(old).values(values))


def _free_slots(connection: Connection, now: datetime, per_endpoint: int) -> Counter[str]:
    """Slots left for endpoints that do not have all of them."""
    d, e = t.deliveries.c, t.endpoints.c
    free: Counter[str] = Counter()
    rows = connection.execute(
        select(e.endpoint, e.health, e.blocked_until).where(e.health != EndpointHealth.HEALTHY.value)
    )
    for row in rows:
        blocked = row.blocked_until is not None and row.blocked_until > now
        if row.health == EndpointHealth.DISABLED.value or blocked:
            free[row.endpoint] = 0
        elif row.health in (EndpointHealth.OPEN.value, EndpointHealth.HALF_OPEN.value):
            free[row.endpoint] = 1  # a single probe
        else:
            free[row.endpoint] = per_endpoint
    flying = select(d.endpoint, func.count()).where(d.state == S.SENDING.value).group_by(d.endpoint)
    for endpoint, count in connection.execute(flying):
        free[endpoint] = free.get(endpoint, per_endpoint) - count
    return free


def _candidates(connection: Connection, now: datetime, limit: int, free: Counter[str]) -> Sequence[Row[Any]]:
    """Due deliveries, oldest first; of one (endpoint, story) only the first that is open."""
    d = t.deliveries.c
    earlier = t.deliveries.alias("earlier")
    e = earlier.c
    first = ~exists().where(
        e.endpoint == d.endpoint,
        e.story_id == d.story_id,
        e.state.in_(_OPEN),
        tuple_(e.created_at, e.id) < tuple_(d.created_at, d.id),
    )
    full = [endpoint for endpoint, slots in free.items() if slots <= 0]
    query = (
        select(t.deliveries)
        .where(d.state.in_(_CLAIMABLE), d.ready_at <= now, d.endpoint.not_in(full), first)
        .order_by(d.ready_at, d.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(query).all()


def _lease(
    connection: Connection,
    row: Row[Any],
    owner: str,
    now: datetime,
    lease: timedelta,
    render: Render,
) -> Claim | None:
    delivery = delivery_of(row)
    was = delivery.state
    root = root_of(connection, row)
    parcel = _parcel(connection, row, delivery, render, now)
    if parcel is None:
        return None
    attempt = row.attempt_count + 1
    values = {
        "state": S.SENDING.value,
        "owner": owner,
        "lease_until": now + lease,
        "attempt_count": attempt,
        "body": parcel.body,
        "body_hash": hashlib.sha256(parcel.body).hexdigest(),
        "media_type": parcel.media_type,
        "subject": parcel.subject,
    }
    connection.execute(update(t.deliveries).where(t.deliveries.c.id == row.id).values(values))
    begun = {"delivery_id": row.id, "number": attempt, "started_at": now, "finished_at": None}
    blank = {"result": "", "status": "", "detail": "", "answer": "", "next_at": None}
    add(connection, t.attempts, {**begun, **blank})
    return Claim(
        delivery=delivery,
        attempt=attempt,
        owner=owner,
        parcel=parcel,
        was=was,
        root=root,
        doubtful_since=_last_attempt(connection, row) if was is S.IN_DOUBT else None,
    )


def _parcel(connection: Connection, row: Row[Any], delivery: Delivery, render: Render, now: datetime) -> Parcel | None:
    """The stored bytes, or fresh ones; None (and the delivery dead) if it cannot be rendered."""
    if row.body is not None:
        return Parcel(body=row.body, media_type=row.media_type, subject=row.subject)
    try:
        return render(delivery, briefing_of(connection, row))
    except NewsError as error:
        dead = {"state": S.DEAD.value, "reason": str(error), "settled_at": now}
        connection.execute(update(t.deliveries).where(t.deliveries.c.id == row.id).values(dead))
        return None


def _last_attempt(connection: Connection, row: Row[Any]) -> datetime | None:
    a = t.attempts.c
    query = select(a.started_at).where(a.delivery_id == row.id, a.number == row.attempt_count)
    started: datetime | None = connection.scalar(query)
    return started
