"""What criteria are compared with, of a story in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.facts import Facts
from pipelines.matching import TELLING

if TYPE_CHECKING:
    from marsad.config import Config
    from news.alert import Alert
    from news.ports import StoryRecord
    from storage import Store


def story_facts(config: Config, record: StoryRecord) -> Facts:
    """Of the whole story."""
    countries = countries_of(config)
    return Facts(
        story_id=record.row.story.id,
        follows=record.row.story.follows,
        tags=tuple(match.tag for match in record.matches if match.tag.verdict in TELLING),
        languages=frozenset(record.row.languages),
        outlets=frozenset(record.row.story.outlets),
        countries=frozenset(countries.get(outlet, "") for outlet in record.row.story.outlets),
    )


def report_facts(config: Config, store: Store, alert: Alert) -> Facts | None:
    """Of the report that brought an alert; None if it is no longer there."""
    record = store.catalogue.story(alert.story_id)
    filed = next((a.filed for a in record.articles if a.filed.article_id == alert.article_id), None) if record else None
    if record is None or filed is None:
        return None
    return Facts(
        story_id=alert.story_id,
        follows=record.row.story.follows,
        tags=story_facts(config, record).tags,
        languages=frozenset({filed.language}),
        outlets=frozenset({filed.outlet}),
        countries=frozenset({countries_of(config).get(filed.outlet, "")}),
    )


def countries_of(config: Config) -> dict[str, str]:
    """Where each outlet has its seat."""
    return {source.outlet.id: source.outlet.country for source in config.sources}
