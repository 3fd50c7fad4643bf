"""An article that an outlet took away, and two stories that are one -> who is to know. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from news.alert import Alert, AlertKind, Route, Told
from news.delivery import Amendment, Delivery, DeliveryState
from news.filing import Filed, Standing, Telling
from news.regrouping import Joined
from news.story import Story
from news.timetable import Severity
from pipelines.alerting import Terms, delivery_of
from pipelines.normalise import alert_id
from pipelines.slots import Wish, slot


def withdrawn(standing: Standing, filed: Filed, *, outlet: str, others: bool, terms: Terms, now: datetime) -> Telling:
    """Everybody who was told the story hears that `outlet` withdrew its report. `others`: its owner
    has another one in the story. Copies are withdrawn in silence. What was to be told first, and
    has no report left, is not told at all."""
    story = standing.story
    if filed.copy_of:
        return Telling(story=story)
    owners = story.owners if others else tuple(owner for owner in story.owners if owner != filed.owner)
    story = replace(story, revision=story.revision + 1, owners=owners)
    alerts: dict[str, Alert] = {}
    deliveries: list[Delivery] = []
    amendments: list[Amendment] = []
    relied: list[str] = []
    for told in _reachable(standing.told.values(), terms):
        if told.open_delivery and told.open_kind in (AlertKind.MATCHED, AlertKind.CONFIRMED):
            relied.append(told.open_delivery)
            if not owners:
                amendments.append(_cancelled(told, "withdrawn by the outlet before it was told"))
            continue
        alert = _alert(story, told, AlertKind.RETRACTED, filed.article_id, f"{outlet} withdrew its report", now)
        alerts.setdefault(alert.id, alert)
        deliveries.append(_delivery(alert, told, terms, now))
        if told.open_delivery and told.open_kind is AlertKind.UPDATED:
            amendments.append(
                Amendment(
                    delivery_id=told.open_delivery,
                    state=DeliveryState.SUPERSEDED,
                    reason="told with the message that a report was withdrawn",
                )
            )
    return Telling(
        story=story,
        alerts=tuple(alerts.values()),
        deliveries=tuple(deliveries),
        amendments=tuple(amendments),
        relied=tuple(relied),
    )


def merged(older: Standing, younger: Standing, terms: Terms, now: datetime) -> Telling:
    """Two stories turned out one. The older one's thread goes on; an endpoint that was told of both
    gets one reply in the younger one's that points to it, and no other message. What an endpoint was
    told of the younger alone is left to it: `endpoints_to_move` names those. Waiting messages about
    the younger to those told of the older are cancelled."""
    story = replace(younger.story, revision=younger.story.revision + 1)
    alerts: dict[str, Alert] = {}
    deliveries = []
    amendments = []
    for told in _reachable(younger.told.values(), terms):
        if told.endpoint not in older.told:
            continue
        if told.open_delivery:
            amendments.append(_cancelled(told, f"its story is told as {older.story.id}"))
            if told.open_kind in (AlertKind.MATCHED, AlertKind.CONFIRMED):
                continue
        note = f"this is the same event as: {older.story.title}"
        alert = _alert(story, told, AlertKind.MERGED, "", note, now)
        alerts.setdefault(alert.id, alert)
        deliveries.append(_delivery(alert, told, terms, now))
    return Telling(
        story=story, alerts=tuple(alerts.values()), deliveries=tuple(deliveries), amendments=tuple(amendments)
    )


def joined(older: Standing, younger: Standing, terms: Terms, now: datetime) -> Joined:
    """A merge whole: what is told, and whose thread moves."""
    return Joined(telling=merged(older, younger, terms, now), moving=endpoints_to_move(older, younger))


def endpoints_to_move(older: Standing, younger: Standing) -> tuple[str, ...]:
    """Endpoints told of the younger story alone, sorted: their thread becomes the older one's."""
    return tuple(sorted(set(younger.told) - set(older.told)))


def untold_after_split(parent: Standing, own_rules: Iterable[str]) -> dict[str, Told]:
    """What endpoints count as having been told of a story split off: its parent, where they were
    told of the rules that the new story's reports match. They hear only of what is new there."""
    rules = set(own_rules)
    return {
        endpoint: replace(told, open_delivery="", fold="")
        for endpoint, told in parent.told.items()
        if rules <= set(told.rules)
    }


def _reachable(told: Iterable[Told], terms: Terms) -> list[Told]:
    """Those who still are somebody's receivers."""
    known = {e for route in terms.routes for e in (*route.endpoints, *route.confirm_to)}
    return [one for one in told if one.endpoint in known]


def _cancelled(told: Told, reason: str) -> Amendment:
    return Amendment(delivery_id=told.open_delivery, state=DeliveryState.CANCELLED, reason=reason)


def _alert(story: Story, told: Told, kind: AlertKind, article: str, note: str, now: datetime) -> Alert:
    return Alert(
        id=alert_id(story.id, story.revision, told.route, kind.value),
        story_id=story.id,
        story_revision=story.revision,
        article_id=article,
        route=told.route,
        kind=kind,
        rules=tuple(rule for rule in told.rules if rule),
        created_at=now,
        note=note,
    )


def _delivery(alert: Alert, told: Told, terms: Terms, now: datetime) -> Delivery:
    """Along the route it was told by first; without waiting, since there is nothing to wait for."""
    name = told.route.partition("+")[0]
    plain = Route(id=name, endpoints=(told.endpoint,))
    route = replace(next((r for r in terms.routes if r.id == name), plain), group_wait=timedelta())
    wish = Wish(route=route, endpoint=told.endpoint, kind=alert.kind, severity=Severity.NORMAL, told=told)
    return delivery_of(alert, told.endpoint, slot(wish, terms.policy, terms.traffic, now), route.expires_after)
