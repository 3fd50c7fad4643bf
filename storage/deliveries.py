"""Rows of `deliveries` as nouns, and what becomes of one that cannot be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, update

from news.alert import AlertKind
from news.delivery import Delivery, DeliveryState
from news.errors import NewsError, Unreadable
from storage import tables as t
from storage.batches import batches
from storage.codec import noun_of
from storage.tables import EPOCH

_RESTORE = "Restore it from a backup and use: marsad alerts resend"


def delivery_of(row: Row[Any]) -> Delivery:
    """The noun of a row. Raises Unreadable for a kind, a state or a time that there is not."""
    try:
        return noun_of(Delivery, row)
    except Unreadable as error:
        raise Unreadable(f"the delivery {row.id}", error.why, hint="Restore it from a backup.") from error


def shown(row: Row[Any]) -> Delivery:
    """The same for people's eyes: one that cannot be read is shown as given up, with the reason."""
    try:
        return delivery_of(row)
    except Unreadable as error:
        return Delivery(
            id=row.id,
            alert_id=row.alert_id,
            story_id=row.story_id,
            story_revision=row.story_revision,
            kind=AlertKind.MATCHED,
            endpoint=row.endpoint,
            state=DeliveryState.DEAD,
            created_at=row.created_at or EPOCH,
            ready_at=row.ready_at or EPOCH,
            expires_at=row.expires_at or EPOCH,
            reason=str(error),
        )


def put_aside(connection: Connection, deliveries: Sequence[str], error: NewsError, now: datetime) -> None:
    """Give these up with the reason, out of any digest: nothing else is to wait for them. Operators are told of
    deliveries given up; one that is mended can be sent again."""
    d = t.deliveries.c
    if isinstance(error, Unreadable):
        error = Unreadable(error.what, error.why, hint=_RESTORE)
    dead = {"state": DeliveryState.DEAD.value, "reason": str(error), "settled_at": now, "folded_into": ""}
    alone = case((d.kind == AlertKind.DIGEST.value, d.fold), else_="")
    for some in batches(deliveries):
        connection.execute(update(t.deliveries).where(d.id.in_(some)).values(**dead, fold=alone))
