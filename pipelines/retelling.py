"""A story that a changed rule tells of now -> who is to hear of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from news.filing import Standing, Telling
from news.history import Retagged
from news.silence import Silence
from pipelines.alerting import Occasion, Terms, address
from pipelines.facts import Facts
from pipelines.importance import uninhibited
from pipelines.matching import TELLING


def retold(
    standing: Standing,
    finding: Retagged,
    terms: Terms,
    silences: Sequence[Silence],
    countries: Mapping[str, str],
    now: datetime,
) -> Telling:
    """Told as if the article had come in now, and of the rules alone that tell of it newly: whoever was
    told of the story by others hears of these as an update. The story gets a revision of its own for it."""
    assert finding.article is not None
    story = replace(standing.story, revision=standing.story.revision + 1)
    telling = (tag for _, tag in sorted(standing.tags.items()) if tag.verdict in TELLING)
    spoken = uninhibited(telling, terms.policy.weights)
    article = finding.article
    facts = Facts(
        story_id=story.id,
        follows=story.follows,
        tags=tuple(tag for tag in spoken.tags if tag.rule in finding.newly),
        languages=frozenset({story.language, article.language}),
        outlets=frozenset(story.outlets),
        countries=frozenset(countries.get(outlet, "") for outlet in story.outlets),
    )
    report = replace(
        facts,
        languages=frozenset({article.language}),
        outlets=frozenset({article.outlet}),
        countries=frozenset({countries.get(article.outlet, "")}),
    )
    occasion = Occasion(
        article=article,
        article_id=finding.article_id,
        story=story,
        facts=facts,
        report=report,
        silences=silences,
        new_report=False,
        corrected=False,
        first_visit=False,
        told=standing.told,
    )
    addressed = address(occasion, terms, now)
    return Telling(
        story=story,
        alerts=addressed.alerts,
        deliveries=addressed.deliveries,
        amendments=addressed.amendments,
        relied=addressed.relied,
    )
