"""What was told lately; and writing what is to be told, inside T1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, text, update

from news.alert import Alert, AlertKind
from news.delivery import OPEN_STATES, Amendment, Delivery, DeliveryState
from news.errors import Outdated
from news.traffic import Traffic
from storage import tables as t
from storage.codec import dumps
from storage.engine import add
from storage.standing import UNSAID

HOUR = timedelta(hours=1)
_DIGESTS = timedelta(days=8)
"""A weekly digest is remembered until the next one."""

_UNBEGUN = [DeliveryState.HELD.value, DeliveryState.READY.value]
_OPEN = [state.value for state in OPEN_STATES]

# Statements are made once: making one costs more than running it.
_ALONE = (t.deliveries.c.fold == "", t.deliveries.c.state.not_in(UNSAID))
_HOURLY = (
    select(t.deliveries.c.route, t.deliveries.c.endpoint, func.count())
    .where(t.deliveries.c.created_at > bindparam("after"), *_ALONE)
    .group_by(t.deliveries.c.route, t.deliveries.c.endpoint)
)
_WAITING = (
    select(t.deliveries.c.endpoint, func.count())
    .where(t.deliveries.c.state.in_(_OPEN), t.deliveries.c.fold == "")
    .group_by(t.deliveries.c.endpoint)
)
# The kind is written out: an index of digests alone is taken only if it stands in the statement.
_DIGESTED = (
    select(t.deliveries.c.endpoint, t.deliveries.c.fold, func.max(t.deliveries.c.created_at).label("at"))
    .where(text("kind = 'digest'"), t.deliveries.c.created_at > bindparam("after"))
    .group_by(t.deliveries.c.endpoint, t.deliveries.c.fold)
)
_FIRST_TOLD = (
    select(t.deliveries.c.story_id)
    .distinct()
    .where(
        t.deliveries.c.created_at > bindparam("since", type_=t.Moment),
        t.deliveries.c.kind == AlertKind.MATCHED.value,
        t.deliveries.c.state.not_in(UNSAID),
    )
    .subquery()
)
# Each story once, before its articles are looked up: it has a message for every endpoint.
_OF_SOURCES = (
    select(t.articles.c.source_id, func.count(_FIRST_TOLD.c.story_id.distinct()))
    .join_from(_FIRST_TOLD, t.articles, t.articles.c.story_id == _FIRST_TOLD.c.story_id)
    # What is told late, after a change of rules, is no flood of its source's.
    .where(t.articles.c.fetched_at > bindparam("since", type_=t.Moment))
    .group_by(t.articles.c.source_id)
)


def traffic(connection: Connection, now: datetime, *, hourly: bool = True) -> Traffic:
    """Of the last hour (unless nobody asks for that), and what is waiting."""
    routes: Counter[str] = Counter()
    endpoints: Counter[str] = Counter()
    for route, endpoint, count in connection.execute(_HOURLY, {"after": now - HOUR}) if hourly else ():
        for name in route.split("+"):
            routes[name] += count
        endpoints[endpoint] += count
    return Traffic(
        routes=routes,
        endpoints=endpoints,
        sources=Counter({row[0]: row[1] for row in connection.execute(_OF_SOURCES, {"since": now - HOUR})}),
        waiting=Counter({row[0]: row[1] for row in connection.execute(_WAITING)}),
        digested={(row.endpoint, row.fold): row.at for row in connection.execute(_DIGESTED, {"after": now - _DIGESTS})},
    )


def write(
    connection: Connection,
    alerts: Iterable[Alert],
    deliveries: Iterable[Delivery],
    amendments: Iterable[Amendment],
    relied: Iterable[str],
    former_title: str = "",
) -> None:
    """Everything about telling that one decision brought. Raises Outdated."""
    _check(connection, relied)
    rules: dict[str, str] = {}
    for alert in alerts:
        rules[alert.id] = "\n".join(alert.rules)
        _write_alert(connection, alert, former_title)
    for delivery in deliveries:
        write_delivery(connection, delivery, rules.get(delivery.alert_id, ""))
    for amendment in amendments:
        _amend(connection, amendment)


def _check(connection: Connection, relied: Iterable[str]) -> None:
    d = t.deliveries.c
    for name in relied:
        waits = select(d.id).where(d.id == name, d.state.in_(_OPEN), d.attempt_count == 0)
        if connection.execute(waits).first() is None:
            raise Outdated(f"the message {name} went out while something was to be added to it.")


def _write_alert(connection: Connection, alert: Alert, former_title: str) -> None:
    add(
        connection,
        t.alerts,
        {
            "alert_id": alert.id,
            "story_id": alert.story_id,
            "created_at": alert.created_at,
            "suppressed": alert.suppressed,
            "former_title": former_title,
            "doc": dumps(alert),
        },
    )


def write_delivery(connection: Connection, delivery: Delivery, rules: str = "") -> bool:
    """A row without bytes yet; kept as it is if it is there already. True if it is new."""
    names = [
        "id",
        "alert_id",
        "story_id",
        "story_revision",
        "endpoint",
        "created_at",
        "ready_at",
        "expires_at",
        "attempt_count",
        "reason",
        "remote_id",
        "settled_at",
        "route",
        "fold",
        "folded_into",
    ]
    values = {name: getattr(delivery, name) for name in names}
    values |= {"kind": delivery.kind.value, "state": delivery.state.value}
    values |= {"rules": rules, "owner": "", "lease_until": None, "owners": 0}
    values |= {"body": None, "body_hash": "", "media_type": "", "subject": ""}
    return add(connection, t.deliveries, values)


def _amend(connection: Connection, amendment: Amendment) -> None:
    d = t.deliveries.c
    values: dict[str, object] = {}
    if amendment.state is not None:
        values |= {"state": amendment.state.value, "reason": amendment.reason}
    if amendment.ready_at is not None:
        values["ready_at"] = amendment.ready_at
    unbegun = update(t.deliveries).where(
        d.id == amendment.delivery_id, d.state.in_(_UNBEGUN), d.attempt_count == 0, d.folded_into == ""
    )
    connection.execute(unbegun.values(**values))


def write_digest_alert(connection: Connection, alert: Alert) -> None:
    """The alert of a digest; it has no story."""
    _write_alert(connection, alert, "")
