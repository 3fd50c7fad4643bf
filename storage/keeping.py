"""How long messages are kept as they were sent: of those that will not be sent any more, unless a person asks for it,
the text is dropped after a while. When, to whom and with which answer stays, and so does the hash of the text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine, bindparam, select, update

from news.delivery import OPEN_STATES, DeliveryState
from storage import tables as t
from storage.batches import batches
from storage.engine import reading, writing
from storage.tables import Moment

PART = 200
"""Messages dropped in one commit: other writers wait meanwhile."""
MOST = 5_000
"""In one go: an archive of years is caught up with in many, since a daemon's end waits for it."""

_D = t.deliveries.c
_ENDED = [state.value for state in DeliveryState if state not in OPEN_STATES]
# What is due is all that the index holds before that time: no place to go on from has to be remembered.
_OVER = (
    select(_D.id)
    .where(_D.state.in_(_ENDED), _D.settled_at < bindparam("before", type_=Moment), _D.body.is_not(None))
    .limit(PART)
)
_FORGET = update(t.deliveries).where(_D.id.in_(_OVER), _D.state.in_(_ENDED)).values(body=None)
_FORGOTTEN = select(_D.id).where(_D.id.in_(bindparam("ids", expanding=True)), _D.body.is_(None), _D.attempt_count > 0)


def forget(engine: Engine, before: datetime) -> int:
    """Drop the texts of what ended before; how many, MOST of them in one go."""
    gone = 0
    while gone < MOST:
        with writing(engine) as connection:
            part = connection.execute(_FORGET, {"before": before}).rowcount
        gone += part
        if part < PART:
            break
    return gone


def forgotten(engine: Engine, ids: Iterable[str]) -> frozenset[str]:
    """Of these, those that were sent, and whose text is kept no longer."""
    with reading(engine) as connection:
        return frozenset(
            name for some in batches([*ids]) for name in connection.scalars(_FORGOTTEN, {"ids": some}).all()
        )
