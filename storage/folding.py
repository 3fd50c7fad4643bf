"""What waits together becomes a digest, inside the claiming transaction: either a digest is there
and all its members point to it, or nothing has happened."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, or_, select, text, tuple_, update
from sqlalchemy.sql import ColumnElement

from news.alert import Alert, AlertKind
from news.delivery import OPEN_STATES, Delivery, DeliveryState, delivery_id, digest_id
from news.errors import NewsError
from news.fold import Why, key
from storage import tables as t
from storage.telling import write_delivery, write_digest_alert

LIFE = timedelta(days=30)
"""A digest is tried so long: it is what is left when all else has come too late."""

_FOLDABLE = [s.value for s in (DeliveryState.HELD, DeliveryState.EXPIRED, DeliveryState.DEAD)]
_EXPIRABLE = [s.value for s in (DeliveryState.HELD, DeliveryState.READY, DeliveryState.RETRY_WAIT)]


def alone() -> ColumnElement[bool]:
    """Deliveries that are sent themselves: not those that wait to be folded."""
    d = t.deliveries.c
    return or_(d.fold == "", d.kind == AlertKind.DIGEST.value)


_WAITING = text("deliveries.fold <> '' AND deliveries.folded_into = ''")
"""As the partial index has it, word for word: with bound values no engine would use that index, and
the other one holds nearly every row."""


def unfolded() -> ColumnElement[bool]:
    """Members that are due to be folded at `now`."""
    d = t.deliveries.c
    # The state is hidden from the planner, which would else read every message that ever expired.
    state = func.coalesce(d.state, "").in_(_FOLDABLE)
    return and_(_WAITING, d.kind != AlertKind.DIGEST.value, state, d.ready_at <= bindparam("now", type_=t.Moment))


_OPEN = [state.value for state in OPEN_STATES]
_MEMBER = ("id", "endpoint", "fold", "story_id", "story_revision", "route", "rules")
_DIGEST = t.deliveries.alias("digest").c
_UNDER_WAY = select(_DIGEST.endpoint, _DIGEST.fold).where(
    text("digest.kind = 'digest'"),  # written out: else their index is not taken
    _DIGEST.state.in_(_OPEN),
)
_UNFOLDED = (
    select(*(t.deliveries.c[name] for name in _MEMBER))
    .where(unfolded(), tuple_(t.deliveries.c.endpoint, t.deliveries.c.fold).not_in(_UNDER_WAY))
    .order_by(t.deliveries.c.created_at, t.deliveries.c.id)
)
"""Those whose digest may be made: while one of the same fold has not arrived, the next ones wait and grow. They may
be thousands, and are asked for at every claim."""


def expire(connection: Connection, now: datetime) -> int:
    """What could not be sent in time is told in a digest of what was missed. How many there were."""
    d = t.deliveries.c
    old = and_(d.state.in_(_EXPIRABLE), d.ready_at <= now, d.expires_at <= now)
    lone = and_(old, d.fold == "", d.kind.not_in([AlertKind.DIGEST.value, AlertKind.CANARY.value]))
    connection.execute(update(t.deliveries).where(lone).values(fold=key(Why.MISSED)))
    reason = "not delivered in time; send it nevertheless with: marsad alerts resend"
    values = {"state": DeliveryState.EXPIRED.value, "settled_at": now, "reason": reason}
    return connection.execute(update(t.deliveries).where(old).values(values)).rowcount


def close_due(connection: Connection, now: datetime) -> int:
    """Make a digest of each endpoint's folds that are due; how many. At most one of an endpoint and fold is under
    way: a receiver that was away is not flooded."""
    groups: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_UNFOLDED, {"now": now}):
        groups[row.endpoint, row.fold].append(row)
    for (endpoint, fold), members in groups.items():
        _close(connection, endpoint, fold, members, now)
    return len(groups)


def in_digest_begun() -> ColumnElement[bool]:
    """Members of a digest whose bytes are made, and that is on its way still."""
    begun = (_DIGEST.state.in_(_OPEN), _DIGEST.body.is_not(None))
    return exists().where(_DIGEST.id == t.deliveries.c.folded_into, *begun)


def leave_digest(connection: Connection, member: str, digest: str, now: datetime) -> None:
    """Let a message that is sent by itself not be told in its digest as well. One that was told of there, or is
    told no more, keeps its place. Raises NewsError if the digest's bytes are made, and it is on its way."""
    d = t.deliveries.c
    query = select(d.body.is_not(None)).where(d.id == digest, d.state.in_(_OPEN))
    begun = connection.scalar(query.with_for_update())  # against a claim that makes them just now
    if begun is None:
        return
    if begun:
        hint = "Once that has arrived, or is dead or expired, this one can be sent by itself."
        raise NewsError(f"{member} stands in the digest {digest}, which is being sent.", hint=hint)
    connection.execute(update(t.deliveries).where(d.id == member).values(folded_into=""))
    if connection.execute(select(d.id).where(d.folded_into == digest).limit(1)).first() is None:
        reason = "all that it was to tell was sent again by hand"
        values = {"state": DeliveryState.CANCELLED.value, "settled_at": now, "reason": reason}
        connection.execute(update(t.deliveries).where(d.id == digest).values(values))


def _close(connection: Connection, endpoint: str, fold: str, members: list[Row[Any]], now: datetime) -> None:
    digest = digest_id(endpoint, fold, [(row.story_id, row.story_revision) for row in members])
    made = Delivery(
        id=delivery_id(digest, 1, AlertKind.DIGEST, endpoint),
        alert_id=f"al{digest}",
        story_id=digest,
        story_revision=1,
        kind=AlertKind.DIGEST,
        endpoint=endpoint,
        state=DeliveryState.READY,
        created_at=now,
        ready_at=now,
        expires_at=now + LIFE,
        route="+".join(dict.fromkeys(row.route for row in members)),
        fold=fold,
    )
    rules = sorted({rule for row in members for rule in row.rules.split("\n") if rule})
    alert = Alert(
        id=made.alert_id,
        story_id=digest,
        story_revision=1,
        article_id="",
        route=made.route,
        kind=AlertKind.DIGEST,
        rules=tuple(rules),
        created_at=now,
        note=fold,
    )
    write_digest_alert(connection, alert)
    write_delivery(connection, made, "\n".join(rules))
    d = t.deliveries.c
    ids = [row.id for row in members]
    for start in range(0, len(ids), 400):
        part = d.id.in_(ids[start : start + 400])
        connection.execute(update(t.deliveries).where(part).values(folded_into=made.id))
        held = and_(part, d.state == DeliveryState.HELD.value)
        connection.execute(update(t.deliveries).where(held).values(state=DeliveryState.FOLDED.value, settled_at=now))
