"""The Outbox port over SQL: claim with a lease and stored bytes, settle, recover."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    bindparam,
    func,
    or_,
    select,
    true,
    update,
)

from news.alert import AlertKind
from news.briefing import Claim, Parcel, Root
from news.delivery import (
    MOVES,
    Delivery,
    DeliveryState,
    EndpointHealth,
    EndpointState,
    Settlement,
    fate,
)
from news.errors import DeliveryError, NewsError, StoreError, UnknownName, Unreadable
from news.failpoint import reach
from news.fold import Why, key
from news.ports import Render
from storage import tables as t
from storage.briefing import Known, briefing_of, root_of
from storage.codec import dumps
from storage.deliveries import delivery_of, put_aside
from storage.documents import standing_in
from storage.due import CLAIMABLE, SCAN, candidates, free_slots, pending
from storage.engine import add, put, reading, writing
from storage.folding import close_due, expire, in_digest_begun, leave_digest
from storage.keeping import forget, forgotten
from storage.recipients import cancel_unwanted
from storage.roundup import roundup_of
from storage.tables import Moment
from storage.wording import String

S = DeliveryState
_EXPIRABLE = [s.value for s in (S.HELD, S.READY, S.RETRY_WAIT)]
_EARLIEST = (select(func.min(t.deliveries.c.ready_at)).where(t.deliveries.c.state == s.value) for s in CLAIMABLE)
_NEXT = select(*(earliest.scalar_subquery() for earliest in _EARLIEST))
"""The beginning of each state's part of the index; asked for all of them at once it would be read whole."""
_NO_NEWS = [AlertKind.DIGEST.value, AlertKind.CANARY.value]
_RESENDABLE = frozenset({S.DELIVERED, S.DEAD, S.EXPIRED})
_SWEEP = timedelta(minutes=1)

# Statements are made once: making one costs more than running it.
_LEASED = ("state", "owner", "lease_until", "attempt_count", "body", "body_hash", "media_type", "subject", "owners")
_LEASE = (
    update(t.deliveries)
    .where(t.deliveries.c.id == bindparam("this"))
    .values({name: bindparam(name, type_=t.deliveries.c[name].type) for name in _LEASED})
)
_SETTLE = (
    update(t.deliveries)
    .where(
        t.deliveries.c.id == bindparam("this"),
        t.deliveries.c.state == S.SENDING.value,
        t.deliveries.c.owner == bindparam("holder"),
        t.deliveries.c.attempt_count == bindparam("attempt"),
    )
    .values(
        state=bindparam("state"),
        settled_at=bindparam("settled_at"),
        reason=bindparam("reason"),
        lease_until=None,
        ready_at=func.coalesce(bindparam("next_at", type_=Moment), t.deliveries.c.ready_at),
        remote_id=func.coalesce(bindparam("remote", type_=String), t.deliveries.c.remote_id),
    )
)
_MISSED = (
    update(t.deliveries)
    .where(t.deliveries.c.id == bindparam("this"), t.deliveries.c.fold == "", t.deliveries.c.kind.not_in(_NO_NEWS))
    .values(fold=key(Why.MISSED))
)
_HEALTH = select(t.endpoints.c.health).where(t.endpoints.c.endpoint == bindparam("endpoint"))
_CALL_BACK = (
    update(t.deliveries)
    .where(
        t.deliveries.c.state == S.RETRY_WAIT.value,
        t.deliveries.c.ready_at > bindparam("now", type_=Moment),
        t.deliveries.c.endpoint == bindparam("back"),
    )
    .values(ready_at=bindparam("now", type_=Moment))
)
_ENDED = ("finished_at", "result", "status", "detail", "answer", "next_at", "took_ms")
_END = (
    update(t.attempts)
    .where(t.attempts.c.delivery_id == bindparam("this"), t.attempts.c.number == bindparam("attempt"))
    .values({name: bindparam(name, type_=t.attempts.c[name].type) for name in _ENDED})
)
_DOUBTFUL_SINCE = select(func.min(t.attempts.c.started_at)).where(
    t.attempts.c.delivery_id == bindparam("this"),
    t.attempts.c.number > bindparam("before"),
    t.attempts.c.result.in_(["", "in_doubt"]),
)


class SqlOutbox:
    """Deliveries in a table; the network is never touched inside a transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._swept_at: datetime | None = None
        self._busy = False

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
        if not self._busy and not self._anything_due(now):
            return []
        claims: list[Claim] = []
        known: Known = {}
        with writing(self._engine) as connection:
            due = pending(connection, now)
            expired = self._sweep(connection, now)
            closed = close_due(connection, now) if due.folds or expired else 0
            states = {*due.states, S.READY} if closed else due.states
            free, unwanted = free_slots(connection, now, per_endpoint)
            cancel_unwanted(connection, unwanted, now)
            for row in _one_after_another(connection, now, states, limit, free):
                if len(claims) >= limit:
                    break
                if free.get(row.endpoint, per_endpoint) <= 0:
                    continue
                try:
                    delivery = delivery_of(row)
                except Unreadable as error:
                    put_aside(connection, [row.id], error, now)
                    continue
                if delivery.expires_at <= now and row.state in _EXPIRABLE:
                    expire(connection, now)  # among others this one
                    continue
                claim = _lease(connection, row, delivery, owner, now, lease, render, known)
                if claim is not None:
                    free[row.endpoint] = free.get(row.endpoint, per_endpoint) - 1
                    claims.append(claim)
        self._busy = bool(claims)
        if closed:
            reach("K11")
        if claims:
            reach("K4")
        return claims

    def _sweep(self, connection: Connection, now: datetime) -> int:
        """Expire what is too old; all of it now and then, for the queues nobody claims from."""
        if self._swept_at is not None and abs(now - self._swept_at) < _SWEEP:
            return 0
        self._swept_at = now
        return expire(connection, now)

    def _anything_due(self, now: datetime) -> bool:
        """Reading takes no lock: an idle outbox must not hold up the writers."""
        with reading(self._engine) as connection:
            return bool(pending(connection, now))

    def settle(self, settlement: Settlement, now: datetime) -> bool:
        return self.settle_all([settlement], now)[0]

    def settle_all(self, settlements: Sequence[Settlement], now: datetime) -> Sequence[bool]:
        for settlement in settlements:
            if settlement.state not in MOVES[S.SENDING]:
                raise StoreError(f"a sent delivery cannot become {settlement.state.value}")
        with writing(self._engine) as connection:
            kept = [_settle(connection, settlement, now) for settlement in settlements]
            # Each builds on the one before it: of one endpoint's states only the last is written.
            states = {s.endpoint.endpoint: s.endpoint for s, held in zip(settlements, kept, strict=True) if held}
            for state in states.values():
                if _recovers(connection, state):
                    connection.execute(_CALL_BACK, {"back": state.endpoint, "now": now})
                _write_endpoint(connection, state)
        return kept

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
        return self.endpoint_states([endpoint])[endpoint]

    def endpoint_states(self, endpoints: Iterable[str]) -> Mapping[str, EndpointState]:
        names = set(endpoints)
        query = select(t.endpoints.c.endpoint, t.endpoints.c.doc).where(t.endpoints.c.endpoint.in_(names))
        with reading(self._engine) as connection:
            known = {row.endpoint: standing_in(row.endpoint, row.doc) for row in connection.execute(query)}
        return {name: known.get(name) or EndpointState(endpoint=name) for name in names}

    def enable(self, endpoint: str, now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(_CALL_BACK, {"back": endpoint, "now": now})
            _write_endpoint(connection, EndpointState(endpoint=endpoint))

    def resend(self, delivery_id: str, now: datetime) -> Delivery:
        d = t.deliveries.c
        with writing(self._engine) as connection:
            row = connection.execute(select(t.deliveries).where(d.id == delivery_id)).first()
            if row is None:
                raise UnknownName("delivery", delivery_id, ())
            known = delivery_of(row)
            if known.state not in _RESENDABLE:
                hint = "Only delivered, dead and expired ones can be sent again."
                raise NewsError(f"{delivery_id} is {fate(known)}.", hint=hint)
            fresh = max(known.expires_at, now + (known.expires_at - known.created_at))
            values = {
                "state": S.READY.value,
                "ready_at": now,
                "expires_at": fresh,
                "attempts_before": row.attempt_count,
            }
            if row.kind != AlertKind.DIGEST.value:
                leave_digest(connection, row.id, row.folded_into, now)
                values["fold"] = ""  # a member that is sent again is sent alone
            connection.execute(update(t.deliveries).where(d.id == delivery_id).values(**values, reason=""))
            row = connection.execute(select(t.deliveries).where(d.id == delivery_id)).one()
            return delivery_of(row)

    def settled(
        self,
        *,
        states: Sequence[DeliveryState],
        since: datetime | None = None,
        until: datetime | None = None,
        receiver: str = "",
    ) -> Sequence[Delivery]:
        d = t.deliveries.c
        chosen = d.state.in_([s.value for s in states if s in _RESENDABLE])
        query = select(t.deliveries).where(chosen, ~in_digest_begun())
        if since is not None:
            query = query.where(d.created_at >= since)
        if until is not None:
            query = query.where(d.created_at < until)
        if receiver:
            query = query.where(or_(d.endpoint == receiver, d.endpoint.startswith(f"{receiver}/", autoescape=True)))
        found = []
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(d.created_at, d.id)):
                with suppress(Unreadable):  # that it was put aside for
                    found.append(delivery_of(row))
        return found

    def forget_messages(self, before: datetime) -> int:
        return forget(self._engine, before)

    def forgotten(self, ids: Iterable[str]) -> frozenset[str]:
        return forgotten(self._engine, ids)

    def next_due(self, now: datetime) -> datetime | None:
        with reading(self._engine) as connection:
            return min((at for at in connection.execute(_NEXT).one() if at is not None), default=None)


def _settle(connection: Connection, settlement: Settlement, now: datetime) -> bool:
    receipt = settlement.receipt
    values: dict[str, Any] = {
        "this": settlement.delivery_id,
        "holder": settlement.owner,
        "attempt": settlement.attempt,
        "state": settlement.state.value,
        "settled_at": now,
        "reason": settlement.reason,
        "next_at": settlement.next_at,
        "remote": receipt.remote_id or None,
    }
    if not connection.execute(_SETTLE, values).rowcount:
        return False
    if settlement.missed:
        connection.execute(_MISSED, {"this": settlement.delivery_id})
    ended = {
        "this": settlement.delivery_id,
        "attempt": settlement.attempt,
        "finished_at": now,
        "result": receipt.result.value,
        "status": receipt.status,
        "detail": receipt.detail,
        "answer": receipt.answer,
        "next_at": settlement.next_at,
        "took_ms": round(receipt.duration.total_seconds() * 1000),
    }
    connection.execute(_END, ended)
    return True


def _recovers(connection: Connection, state: EndpointState) -> bool:
    """Does its breaker close with this? Then what waits for a later try has no reason to any more."""
    if state.health is not EndpointHealth.HEALTHY:
        return False
    before = connection.scalar(_HEALTH, {"endpoint": state.endpoint})
    return before in (EndpointHealth.OPEN.value, EndpointHealth.HALF_OPEN.value)


def _write_endpoint(connection: Connection, state: EndpointState) -> None:
    values = {"health": state.health.value, "blocked_until": state.blocked_until}
    put(connection, t.endpoints, {"endpoint": state.endpoint, **values, "doc": dumps(state)})


def _one_after_another(
    connection: Connection, now: datetime, states: Collection[DeliveryState], limit: int, free: Counter[str]
) -> Iterator[Row[Any]]:
    """Candidates; and more, without the endpoints that have no slots any more, for as long as that helps: a
    long queue for one endpoint must not hide what is due elsewhere."""
    while True:
        before = dict(free)  # a Counter would take "no slots" and "not known" for the same
        rows = candidates(connection, now, states, limit, free)
        yield from rows
        if len(rows) < limit * SCAN or dict(free) == before:
            return


def _lease(
    connection: Connection,
    row: Row[Any],
    delivery: Delivery,
    owner: str,
    now: datetime,
    lease: timedelta,
    render: Render,
    known: Known,
) -> Claim | None:
    was = delivery.state
    root = root_of(connection, row)
    try:
        parcel, owners = _parcel(connection, row, delivery, root, render, now, known)
    except (Unreadable, DeliveryError) as error:
        put_aside(connection, [row.id], error, now)
        return None
    attempt = delivery.attempt_count + 1
    values = {
        "state": S.SENDING.value,
        "owner": owner,
        "lease_until": now + lease,
        "attempt_count": attempt,
        "body": parcel.body,
        "body_hash": hashlib.sha256(parcel.body).hexdigest(),
        "media_type": parcel.media_type,
        "subject": parcel.subject,
        "owners": owners,
    }
    connection.execute(_LEASE, {"this": row.id, **values})
    begun = {"delivery_id": row.id, "number": attempt, "started_at": now, "finished_at": None}
    blank = {"result": "", "status": "", "detail": "", "answer": "", "next_at": None, "took_ms": None}
    add(connection, t.attempts, {**begun, **blank})
    return Claim(
        delivery=delivery,
        attempt=attempt,
        owner=owner,
        parcel=parcel,
        was=was,
        root=root,
        doubtful_since=_doubtful_since(connection, row) if was is S.IN_DOUBT else None,
    )


def _parcel(
    connection: Connection,
    row: Row[Any],
    delivery: Delivery,
    root: Root | None,
    render: Render,
    now: datetime,
    known: Known,
) -> tuple[Parcel, int]:
    """The stored bytes, or fresh ones, and how many owners they show. Raises Unreadable or DeliveryError if its
    story cannot be read or rendered."""
    if row.body is not None:
        return Parcel(body=row.body, media_type=row.media_type, subject=row.subject), row.owners
    if delivery.kind is AlertKind.DIGEST:
        return render(delivery, roundup_of(connection, row, now)), row.owners
    briefing = briefing_of(connection, row, root, known)
    return render(delivery, briefing), briefing.independent_count


def _doubtful_since(connection: Connection, row: Row[Any]) -> datetime | None:
    """When the first attempt began that may have arrived."""
    place = {"this": row.id, "before": row.attempts_before}
    started: datetime | None = connection.scalar(_DOUBTFUL_SINCE, place)
    return started
