"""A story with one article more, or an article changed; and what is known of it then. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from news.alert import Told
from news.article import Article, Disposition
from news.delivery import Delivery
from news.filing import Filing, Standing
from news.story import Relation, Sighting, Story
from news.tag import Tag, Verdict
from pipelines.matching import TELLING


def telling(standing: Standing | None, tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The best finding of each rule that tells of the story, by rule."""
    best = best_tags(standing.tags if standing else {}, tags)
    return tuple(tag for _, tag in sorted(best.items()) if tag.verdict in TELLING)


def best_tags(known: Mapping[str, Tag], tags: Sequence[Tag]) -> dict[str, Tag]:
    """Each rule's best finding with something to say, so far and now."""
    best = dict(known)
    for tag in tags:
        held = best.get(tag.rule)
        if tag.verdict is Verdict.NONE:
            continue
        if held is None or (tag.verdict in TELLING, tag.score) > (held.verdict in TELLING, held.score):
            best[tag.rule] = tag
    return best


def story_after(
    standing: Standing | None,
    article: Article,
    owner: str,
    sighting: Sighting,
    disposition: Disposition,
    former_title: str,
    follows: str = "",
) -> Story:
    """The story with this article in it. Its title is its opener's, corrected with it; a new one may
    follow another."""
    owners = () if sighting.relation is Relation.COPY else (owner,)
    at = article.published_at or article.fetched_at
    at = min(at, article.fetched_at)
    if standing is None:
        return Story(
            id=sighting.story_id,
            title=article.title,
            language=article.language,
            revision=1,
            first_seen_at=at,
            last_seen_at=article.fetched_at,
            outlets=(article.outlet,),
            owners=owners,
            follows=follows,
        )
    story = standing.story
    is_new = disposition is not Disposition.REVISION
    retitled = former_title and story.title == former_title
    return replace(
        story,
        title=article.title if retitled else story.title,
        revision=story.revision + 1,
        first_seen_at=min(story.first_seen_at, at),
        last_seen_at=max(story.last_seen_at, article.fetched_at),
        article_count=story.article_count + (1 if is_new else 0),
        outlets=tuple(dict.fromkeys((*story.outlets, article.outlet))),
        owners=tuple(dict.fromkeys((*story.owners, *owners))),
    )


def standing_after(standing: Standing | None, filing: Filing) -> Standing:
    """What is known once a filing is written."""
    assert filing.story is not None
    tags = best_tags(standing.tags if standing else {}, filing.tags)
    told = dict(standing.told) if standing else {}
    rules = {alert.id: alert.rules for alert in filing.alerts}
    later = {change.delivery_id: change.ready_at for change in filing.amendments if change.ready_at}
    for endpoint, before in told.items():
        if before.open_delivery in later:
            told[endpoint] = replace(before, open_ready_at=later[before.open_delivery])
    for delivery in filing.deliveries:
        told[delivery.endpoint] = _told_after(told.get(delivery.endpoint), delivery, rules[delivery.alert_id])
    return Standing(story=filing.story, tags=tags, told=told)


def _told_after(before: Told | None, delivery: Delivery, rules: tuple[str, ...]) -> Told:
    return Told(
        endpoint=delivery.endpoint,
        rules=tuple(sorted({*rules, *(before.rules if before else ())})),
        last_created_at=delivery.created_at,
        open_delivery=delivery.id,
        open_kind=delivery.kind,
        open_ready_at=delivery.ready_at,
        fold=delivery.fold,
        owners=before.owners if before else 0,
        route=before.route if before else delivery.route,
    )
