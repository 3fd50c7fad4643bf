"""The Canaries port over SQL: canaries are rows of the outbox without an alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select

from news.alert import AlertKind
from news.canary import CanaryStanding
from news.delivery import OPEN_STATES, Delivery, DeliveryState
from storage import tables as t
from storage.engine import reading, writing
from storage.telling import write_delivery

KEPT = timedelta(days=7)
"""Long enough to see how an endpoint fared, short enough to stay few."""


class SqlCanaries:
    """One a stretch of time and endpoint, however often they are launched."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def launch(self, canaries: Iterable[Delivery], now: datetime) -> int:
        d = t.deliveries.c
        own = (d.kind == AlertKind.CANARY.value, d.created_at < now - KEPT)
        old = select(d.id).where(*own, d.state.not_in([state.value for state in OPEN_STATES]))
        with writing(self._engine) as connection:
            ids = connection.scalars(old).all()
            if ids:
                connection.execute(delete(t.attempts).where(t.attempts.c.delivery_id.in_(ids)))
                connection.execute(delete(t.deliveries).where(d.id.in_(ids)))
            return sum(write_delivery(connection, canary) for canary in canaries)

    def standings(self) -> Mapping[str, CanaryStanding]:
        d = t.deliveries.c
        query = (
            select(d.endpoint, d.state, d.reason, d.created_at)
            .where(d.kind == AlertKind.CANARY.value)
            .order_by(d.created_at)
        )
        found: dict[str, CanaryStanding] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                before = found.get(row.endpoint, CanaryStanding())
                if row.state == DeliveryState.DELIVERED.value:
                    found[row.endpoint] = CanaryStanding(arrived_at=row.created_at)
                elif row.state != DeliveryState.CANCELLED.value and before.waiting_since is None:
                    found[row.endpoint] = CanaryStanding(
                        arrived_at=before.arrived_at,
                        waiting_since=row.created_at,
                        state=row.state,
                        reason=row.reason,
                    )
        return found
