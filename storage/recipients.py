"""The Recipients port over SQL: who wants no more messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, select, update

from news.delivery import DeliveryState
from storage import tables as t
from storage.engine import add, reading, writing

_S = DeliveryState
_WAITING = [s.value for s in (_S.HELD, _S.READY, _S.RETRY_WAIT, _S.IN_DOUBT)]
_GONE = select(t.unsubscribed.c.endpoint)
REASON = "its recipient has unsubscribed; undo with: marsad channels resubscribe"


class SqlRecipients:
    """Kept apart from the configuration: a person's own word counts for more than the file's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def unsubscribe(self, endpoint: str, *, at: datetime, via: str) -> bool:
        with writing(self._engine) as connection:
            new = add(connection, t.unsubscribed, {"endpoint": endpoint, "at": at, "via": via})
            cancel_unwanted(connection, [endpoint], at)
        return new

    def resubscribe(self, endpoint: str) -> bool:
        with writing(self._engine) as connection:
            gone = delete(t.unsubscribed).where(t.unsubscribed.c.endpoint == endpoint)
            return bool(connection.execute(gone).rowcount)

    def unsubscribed(self) -> Mapping[str, datetime]:
        query = select(t.unsubscribed.c.endpoint, t.unsubscribed.c.at).order_by(t.unsubscribed.c.endpoint)
        with reading(self._engine) as connection:
            return {row.endpoint: row.at for row in connection.execute(query)}


def unwanted(connection: Connection) -> Sequence[str]:
    """Endpoints that want nothing any more."""
    return connection.scalars(_GONE).all()


def cancel_unwanted(connection: Connection, gone: Sequence[str], now: datetime) -> None:
    """Inside a transaction: whatever still waits for those who have unsubscribed is cancelled. Also
    done when deliveries are claimed, for what was decided since."""
    if not gone:
        return
    d = t.deliveries.c
    waiting = update(t.deliveries).where(d.endpoint.in_(gone), d.state.in_(_WAITING))
    connection.execute(waiting.values(state=_S.CANCELLED.value, settled_at=now, reason=REASON))
    n = t.notices.c
    unread = update(t.notices).where(n.endpoint.in_(gone), n.state == "open")
    connection.execute(unread.values(state="given_up", detail=REASON))
