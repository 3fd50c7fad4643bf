"""Steps with a store that several tests take."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from news.delivery import DeliveryState, EndpointState, Receipt, SendResult, Settlement
from news.ports import Render
from storage import Store
from storage.engine import connect, writing
from storage.migrating import migrate


def deliver(store: Store, render: Render, now: datetime) -> int:
    """Claim what is due and settle it as accepted; how many."""
    lease = timedelta(seconds=60)
    claims = store.outbox.claim(owner="w", now=now, lease=lease, limit=100, per_endpoint=100, render=render)
    for claim in claims:
        done = Settlement(
            delivery_id=claim.delivery.id, attempt=claim.attempt, owner="w", state=DeliveryState.DELIVERED,
            receipt=Receipt(result=SendResult.ACCEPTED), endpoint=EndpointState(endpoint=claim.delivery.endpoint),
        )  # fmt: skip
        assert store.outbox.settle(done, now)
    return len(claims)


def older(file: Path, revision: str = "0012") -> None:
    """An empty database as a former version left it."""
    engine = connect(f"sqlite:///{file}")
    with writing(engine) as connection:
        migrate(connection, revision)
    engine.dispose()
