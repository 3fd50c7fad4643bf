"""A story taken out of another one -> who is to hear of it, and who has heard already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from news.alert import Alert, AlertKind, Told
from news.article import Article
from news.delivery import Delivery, DeliveryState, delivery_id
from news.filing import Filed, Standing, Telling
from news.regrouping import Parting
from news.silence import Silence
from pipelines.alerting import Occasion, Terms, address
from pipelines.facts import Facts
from pipelines.matching import TELLING
from pipelines.normalise import alert_id
from pipelines.withdrawing import untold_after_split

_FIRST = (AlertKind.MATCHED, AlertKind.CONFIRMED)


def parted(
    parting: Parting, terms: Terms, silences: Sequence[Silence], countries: Mapping[str, str], now: datetime
) -> tuple[Telling, Telling]:
    """What is written of the story that was left, and of the new one. Only the new one is told, to
    whoever was not told of what it says. What was told already is kept with both."""
    left = _heard(parting.left, parting.before)
    fresh = _heard(parting.fresh, parting.before)
    told = {**fresh, **parting.fresh.told}
    owners = len(parting.fresh.story.owners)
    known = {endpoint: replace(one, owners=max(one.owners, owners)) for endpoint, one in told.items()}
    addressed = address(_occasion(parting, known, silences, countries), terms, now)
    kept = _kept(parting.fresh, fresh, parting.before, now)
    return (
        _kept(parting.left, left, parting.before, now),
        replace(
            kept,
            alerts=(*kept.alerts, *addressed.alerts),
            deliveries=(*kept.deliveries, *addressed.deliveries),
            amendments=addressed.amendments,
            relied=addressed.relied,
        ),
    )


def _heard(standing: Standing, before: Standing) -> dict[str, Told]:
    """Who counts as told without a message of this story's own. What waits to be written yet will
    say nothing of the other part."""
    rules = [tag.rule for tag in standing.tags.values() if tag.verdict in TELLING]
    if not rules:
        return {}
    sent = {e: one for e, one in before.told.items() if not (one.open_delivery and one.open_kind in _FIRST)}
    known = untold_after_split(replace(before, told=sent), rules)
    return {endpoint: one for endpoint, one in known.items() if endpoint not in standing.told}


def _occasion(
    parting: Parting, told: Mapping[str, Told], silences: Sequence[Silence], countries: Mapping[str, str]
) -> Occasion:
    story = parting.fresh.story
    filed, article = _first(parting.reports)
    facts = Facts(
        story_id=story.id,
        follows=story.follows,
        tags=tuple(tag for _, tag in sorted(parting.fresh.tags.items()) if tag.verdict in TELLING),
        languages=frozenset(one.language for one, _ in parting.reports),
        outlets=frozenset(story.outlets),
        countries=frozenset(countries.get(outlet, "") for outlet in story.outlets),
    )
    return Occasion(
        article=article,
        article_id=filed.article_id,
        story=story,
        facts=facts,
        report=facts,
        silences=silences,
        new_report=False,
        corrected=False,
        first_visit=parting.backlog,
        told=told,
    )


def _first(reports: Sequence[tuple[Filed, Article]]) -> tuple[Filed, Article]:
    """The one published first, rather than a copy."""
    return min(reports, key=lambda r: (bool(r[0].copy_of), r[0].published_at or r[0].fetched_at, r[0].article_id))


def _kept(standing: Standing, heard: Mapping[str, Told], before: Standing, now: datetime) -> Telling:
    """That it was told in another message, as a delivery that is never sent: later reports are
    measured against it."""
    story = standing.story
    alerts: dict[str, Alert] = {}
    deliveries = []
    for endpoint, told in sorted(heard.items()):
        name = alert_id(story.id, story.revision, told.route, f"told before {' '.join(told.rules)}")
        alerts[name] = Alert(
            id=name,
            story_id=story.id,
            story_revision=story.revision,
            article_id="",
            route=told.route,
            kind=AlertKind.MATCHED,
            rules=told.rules,
            created_at=now,
            note=f"told before the split of {before.story.id}",
        )
        deliveries.append(
            Delivery(
                id=delivery_id(story.id, story.revision, AlertKind.MATCHED, endpoint),
                alert_id=name,
                story_id=story.id,
                story_revision=story.revision,
                kind=AlertKind.MATCHED,
                endpoint=endpoint,
                state=DeliveryState.FOLDED,
                created_at=told.last_created_at,
                ready_at=now,
                expires_at=now,
                settled_at=now,
                reason=f"in a message of story {before.story.id}, from before the split",
                route=told.route,
            )
        )
    return Telling(story=story, alerts=tuple(alerts.values()), deliveries=tuple(deliveries))
