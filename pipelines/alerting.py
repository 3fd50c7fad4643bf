"""A story with its matches -> who is told what, and when; or why nobody is.

nothing told yet, some rule tells    -> MATCHED, after group_wait
told, and another owner reports it   -> UPDATED, at least update_wait after the last message
told, and a headline was corrected   -> CORRECTED
a message still waits to be sent     -> nothing: it is rendered with the story as it then is
a copy, a repeat, an edit of words   -> nothing (counters only)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.alert import Alert, AlertKind, Route, Told
from news.article import Article
from news.delivery import Delivery, DeliveryState, delivery_id
from news.silence import Silence
from news.story import Story
from pipelines.facts import Facts
from pipelines.normalise import alert_id
from pipelines.silencing import unsilenced

OLD_NEWS = timedelta(hours=24)
"""Published longer before it was fetched than this is no news (delivery contract, 3)."""


UNSILENCEABLE = frozenset({AlertKind.CORRECTED})
"""Who was told something that is no longer so hears of it whatever is silenced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What has just happened to a story.

    `facts` are the whole story's, `report` those of the article just read; `new_report`: by an
    owner with no text of its own in the story before; `corrected`: the headline of one of its
    articles changed; `first_visit`: the source is being read the first time and does not want its
    backlog told; `silences` are those in force.
    """

    article: Article
    article_id: str
    story: Story
    facts: Facts
    report: Facts
    new_report: bool
    corrected: bool
    first_visit: bool
    told: Mapping[str, Told]
    silences: Sequence[Silence] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that tell of the story, sorted."""
        return tuple(sorted(tag.rule for tag in self.facts.tags))


@dataclass(frozen=True, slots=True)
class Addressed:
    """Alerts (suppressed ones too) and the deliveries that carry them."""

    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


def address(occasion: Occasion, routes: Sequence[Route], now: datetime) -> Addressed:
    """Decide for every route and endpoint. Each endpoint gets at most one delivery."""
    if not occasion.rules:
        return Addressed()
    if not occasion.told:
        why = _suppression(occasion)
        if why:
            return Addressed((_alert(occasion, "", AlertKind.MATCHED, occasion.rules, now, why),))
    alerts: dict[str, Alert] = {}
    deliveries: dict[str, Delivery] = {}
    heard = unsilenced(occasion.rules, occasion.report, occasion.silences)
    fitting = [(route, rules) for route in routes if (rules := _fits(route, occasion))]
    if not fitting and not occasion.told:
        return Addressed((_alert(occasion, "", AlertKind.MATCHED, occasion.rules, now, "no_route"),))
    for route, rules in fitting:
        for endpoint in route.endpoints:
            kind = _kind(occasion, occasion.told.get(endpoint), rules)
            if kind is None or endpoint in deliveries:
                continue
            spoken = rules if kind in UNSILENCEABLE else tuple(sorted(set(rules) & set(heard.rules)))
            if not spoken:
                hidden = _alert(occasion, route.id, kind, rules, now, "silenced", heard.hidden_by)
                alerts[hidden.id] = hidden
                continue
            alert = _alert(occasion, route.id, kind, spoken, now)
            alerts[alert.id] = alert
            deliveries[endpoint] = _delivery(occasion, route, endpoint, alert, now)
    return Addressed(tuple(alerts.values()), tuple(deliveries.values()))


def _suppression(occasion: Occasion) -> str:
    """Why a story that nobody was told of is not to be told now; empty if it is."""
    if occasion.first_visit:
        return "first_visit"
    published = occasion.article.published_at
    if published is not None and occasion.article.fetched_at - published > OLD_NEWS:
        return "old_news"
    return ""


def _fits(route: Route, occasion: Occasion) -> tuple[str, ...]:
    """The rules for which a route wants the story."""
    if route.languages and not set(route.languages) & occasion.facts.languages:
        return ()
    return tuple(sorted(r for r in occasion.rules if not route.rules or r in route.rules))


def _kind(occasion: Occasion, told: Told | None, rules: tuple[str, ...]) -> AlertKind | None:
    if told is None:
        return AlertKind.MATCHED
    if told.open_delivery:
        return None
    if occasion.corrected:
        return AlertKind.CORRECTED
    if occasion.new_report or set(rules) - set(told.rules):
        return AlertKind.UPDATED
    return None


def _alert(
    occasion: Occasion,
    route: str,
    kind: AlertKind,
    rules: tuple[str, ...],
    now: datetime,
    why: str = "",
    by: str = "",
) -> Alert:
    story = occasion.story
    return Alert(
        id=alert_id(story.id, story.revision, route, f"{kind.value} {why}"),
        story_id=story.id,
        story_revision=story.revision,
        article_id=occasion.article_id,
        route=route,
        kind=kind,
        rules=tuple(sorted(rules)),
        created_at=now,
        suppressed=why,
        suppressed_by=by,
    )


def _delivery(occasion: Occasion, route: Route, endpoint: str, alert: Alert, now: datetime) -> Delivery:
    told = occasion.told.get(endpoint)
    ready = now + route.group_wait
    if told is not None:
        ready = max(ready, told.last_created_at + route.update_wait)
    return Delivery(
        id=delivery_id(alert.story_id, alert.story_revision, alert.kind, endpoint),
        alert_id=alert.id,
        story_id=alert.story_id,
        story_revision=alert.story_revision,
        kind=alert.kind,
        endpoint=endpoint,
        state=DeliveryState.HELD,
        created_at=now,
        ready_at=ready,
        expires_at=ready + route.expires_after,
    )
