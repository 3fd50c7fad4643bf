"""`marsad stories list | show`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import ago, answer_json, json_option, limit_option, opened, safe, since_option, table
from marsad.commands.reasons import print_excerpt, print_tag
from news.errors import UnknownName

if TYPE_CHECKING:
    from news.ports import StoryArticle, StoryRecord


@click.command("list")
@click.option("--verdict", type=click.Choice(["match", "review", "rupture", "none"]), help="Only these.")
@click.option("--rule", default="", help="Only stories this rule says something of.")
@since_option
@limit_option
@json_option
@click.pass_context
def list_(ctx: click.Context, verdict: str | None, rule: str, since: datetime | None, limit: int, as_json: bool) -> int:
    """List the latest stories, newest first."""
    now = datetime.now(UTC)
    with opened(ctx) as (config, store):
        if rule and rule not in {r.id for r in config.rules}:
            raise UnknownName("rule", rule, [r.id for r in config.rules])
        found = store.catalogue.stories(since=since, verdict=verdict or "", rule=rule, limit=limit)
    if as_json:
        answer_json(found)
        return exits.OK
    rows = [
        (
            row.story.id[:9],
            ago(row.story.last_seen_at, now),
            row.verdict.value,
            f"{row.score:g}",
            f"{row.story.article_count}/{len(row.story.outlets)}",
            " ".join(row.languages),
            row.story.title,
        )
        for row in found
    ]
    headings = ("story", "seen", "verdict", "score", "art./outlets", "languages", "title")
    table(headings, rows, "no story fits; see: marsad status")
    return exits.OK


@click.command("show")
@click.argument("story_id", metavar="STORY")
@json_option
@click.pass_context
def show(ctx: click.Context, story_id: str, as_json: bool) -> int:
    """Show one story (its id or the beginning of it): articles, why together, why it matched."""
    with opened(ctx) as (_, store):
        record = store.catalogue.story(story_id)
        if record is None:
            raise UnknownName("story", story_id, [r.story.id for r in store.catalogue.stories(limit=50)])
    if as_json:
        answer_json(record)
    else:
        _show(record)
    return exits.OK


def _show(record: StoryRecord) -> None:
    story = record.row.story
    click.echo(f"{story.id}  revision {story.revision}")
    click.echo(safe(story.title))
    click.echo(f"{story.article_count} articles, {len(story.outlets)} outlets, {', '.join(record.row.languages)}")
    for article in record.articles:
        click.echo("")
        _show_article(article)
    for match in record.matches:
        click.echo("")
        print_tag(match.tag, match.headline.text, "")
        print_excerpt(match.sentence, "  ")
    click.echo("")
    for alert in record.alerts:
        states = ", ".join(d.delivery.state.value for d in alert.deliveries) or "told to nobody"
        why = f" ({alert.alert.suppressed})" if alert.alert.suppressed else ""
        click.echo(f"alert {alert.alert.id[:12]}  {alert.alert.kind.value}: {states}{why}")


def _show_article(article: StoryArticle) -> None:
    filed, sighting = article.filed, article.sighting
    at = filed.published_at or filed.fetched_at
    click.echo(f"{at:%Y-%m-%d %H:%M} UTC  {filed.outlet} ({filed.language})  {sighting.relation.value}")
    click.echo(f"  {safe(filed.title)}")
    click.echo(f"  {safe(article.link)}")
    evidence = sighting.evidence
    if evidence.threshold:
        click.echo(f"  {evidence.rule}: {evidence.score:g} (threshold {evidence.threshold:g})")
    for kind, values in evidence.shared.items():
        click.echo(f"  shared {kind}: {safe(', '.join(values))}")
    for veto in evidence.vetoes:
        click.echo(f"  not with {veto}")
