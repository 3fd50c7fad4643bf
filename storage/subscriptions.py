"""The Subscriptions port over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, delete, select, update

from news.hub import Subscription
from storage import tables as t
from storage.codec import dumps
from storage.documents import SUBSCRIPTION
from storage.engine import put, reading, writing


class SqlSubscriptions:
    """One row each; the secret is not in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[Subscription]:
        with reading(self._engine) as connection:
            query = select(t.subscriptions.c.id, t.subscriptions.c.doc).order_by(t.subscriptions.c.source_id)
            return [*SUBSCRIPTION.readable(connection, connection.execute(query).all())]

    def get(self, subscription_id: str) -> Subscription | None:
        query = select(t.subscriptions.c.doc).where(t.subscriptions.c.id == subscription_id)
        with reading(self._engine) as connection:
            doc = connection.scalar(query)
            return None if doc is None else SUBSCRIPTION.one(connection, doc, subscription_id)

    def put(self, subscription: Subscription) -> None:
        row = {"id": subscription.id, "source_id": subscription.source, "doc": dumps(subscription)}
        with writing(self._engine) as connection:
            put(connection, t.subscriptions, row)

    def change(self, subscription_id: str, **facts: Any) -> None:
        of_it = t.subscriptions.c.id == subscription_id
        with writing(self._engine) as connection:
            doc = connection.scalar(select(t.subscriptions.c.doc).where(of_it))
            found = None if doc is None else SUBSCRIPTION.one(connection, doc, subscription_id)
            if found is not None:
                connection.execute(update(t.subscriptions).where(of_it).values(doc=dumps(replace(found, **facts))))

    def drop(self, subscription_id: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(t.subscriptions).where(t.subscriptions.c.id == subscription_id))
