"""The Troubles port over SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, and_, delete, func, or_, select

from news.alert import AlertKind
from news.delivery import DeliveryState
from news.notice import Notice
from news.trouble import GivenUp, Trouble
from storage import notices as posted
from storage import tables as t
from storage.codec import dumps
from storage.documents import TROUBLE
from storage.engine import put, reading, writing

Told = Sequence[tuple[Trouble, Notice]]


class SqlTroubles:
    """What is wrong now, with its notices written in the same commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self) -> Sequence[Trouble]:
        query = select(t.troubles.c.key, t.troubles.c.doc).order_by(t.troubles.c.since, t.troubles.c.key)
        with reading(self._engine) as connection:
            return [*TROUBLE.readable(connection, connection.execute(query).all())]

    def turn(self, *, begun: Told, over: Told) -> None:
        with writing(self._engine) as connection:
            for trouble, notice in begun:
                put(connection, t.troubles, {"key": trouble.key, "since": trouble.since, "doc": dumps(trouble)})
                posted.write(connection, [notice], trouble.told_to)
            for trouble, notice in over:
                connection.execute(delete(t.troubles).where(t.troubles.c.key == trouble.key))
                posted.write(connection, [notice], trouble.told_to)

    def given_up(self, since: datetime) -> Mapping[str, GivenUp]:
        d = t.deliveries.c
        # What expires is told in a digest; a digest that does is told nowhere.
        digest = and_(d.state == DeliveryState.EXPIRED.value, d.kind == AlertKind.DIGEST.value)
        given_up = or_(d.state == DeliveryState.DEAD.value, digest)
        dead = (given_up, d.settled_at >= since, d.kind != AlertKind.CANARY.value)
        found: dict[str, GivenUp] = {}
        with reading(self._engine) as connection:
            counted = select(d.endpoint, func.count(), func.max(d.settled_at)).where(*dead).group_by(d.endpoint)
            for endpoint, count, latest in connection.execute(counted).all():
                why = select(d.reason).where(*dead, d.endpoint == endpoint, d.settled_at == latest).limit(1)
                reason = connection.scalar(why) or ""
                found[endpoint] = GivenUp(count=count, latest_at=latest, reason=reason)
        return found
