"""`marsad stories list | show | merge | split`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.addresses import traced
from marsad.commands.alerts import outcome
from marsad.commands.context import ago, answer_json, json_option, limit_option, opened, safe, since_option, table
from marsad.commands.evidence import moment, named_by, print_evidence
from marsad.commands.reasons import print_excerpt, print_tag
from news.counting import counted
from news.errors import UnknownName
from news.story import Relation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marsad.commands.evidence import Reports
    from news.article import Article
    from news.filing import Standing, Telling
    from news.match import Match
    from news.ports import StoryArticle, StoryRecord
    from news.regrouping import Joined, Parting
    from news.tag import Tag
    from news.traffic import Traffic


@click.command("list")
@click.option("--verdict", type=click.Choice(["match", "review", "rupture", "none"]), help="Only these.")
@click.option("--rule", default="", help="Only stories this rule says something of.")
@since_option
@limit_option
@json_option
@click.pass_context
def list_(ctx: click.Context, verdict: str | None, rule: str, since: datetime | None, limit: int, as_json: bool) -> int:
    """List the latest stories, newest first."""
    with opened(ctx) as (config, store):
        if rule and rule not in {r.id for r in config.rules}:
            raise UnknownName("rule", rule, [r.id for r in config.rules])
        found = store.catalogue.stories(since=since, verdict=verdict or "", rule=rule, limit=limit)
    now = datetime.now(UTC)
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
        named = named_by([article.sighting for article in record.articles], store)
    if as_json:
        answer_json(record)
    else:
        _show(record, named)
    return exits.OK


@click.command("merge")
@click.argument("one", metavar="STORY")
@click.argument("other", metavar="STORY")
@json_option
@click.pass_context
def merge(ctx: click.Context, one: str, other: str, as_json: bool) -> int:
    """Put two stories together. The older one stays, with its threads; the other's id goes on
    meaning it. Who was told of both gets one reply that points to the older; nobody is told anew."""
    from pipelines.alerting import Terms
    from pipelines.withdrawing import joined

    with opened(ctx) as (config, store):

        def join(older: Standing, younger: Standing, traffic: Traffic, now: datetime) -> Joined:
            return joined(older, younger, Terms(routes=config.routes, policy=config.policy, traffic=traffic), now)

        kept = store.regrouping.merge(one, other, datetime.now(UTC), join)
        record = store.catalogue.story(kept)
    assert record is not None
    if as_json:
        answer_json(record)
        return exits.OK
    click.echo(f"{kept[:9]} has {counted(record.row.story.article_count, 'article')} now; both ids mean it")
    click.echo(f"to take articles out again: marsad stories split {kept[:9]} URL...")
    return exits.OK


@click.command("split")
@click.argument("story_id", metavar="STORY")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@json_option
@click.pass_context
def split(ctx: click.Context, story_id: str, urls: tuple[str, ...], as_json: bool) -> int:
    """Take articles out of a story into one of their own. Alerts that they brought go with them; whoever
    was not told of what the new story says is told now."""
    from marsad.commands.facts import countries_of
    from pipelines.alerting import Terms
    from pipelines.matching import matches_of
    from pipelines.normalise import story_id as story_of
    from pipelines.splitting import parted

    now = datetime.now(UTC)
    with opened(ctx) as (config, store):
        addresses = sorted({traced(store, url).url for url in urls})
        silences = store.silences.active(now)

        def part(parting: Parting, traffic: Traffic, now: datetime) -> Sequence[Telling]:
            terms = Terms(routes=config.routes, policy=config.policy, traffic=traffic)
            return parted(parting, terms, silences, countries_of(config), now)

        def show(story: str, article_id: str, article: Article, tag: Tag) -> Match:
            return matches_of(article, article_id, story, (tag,), {r.id: r.title for r in config.rules}, now)[0]

        new = story_of(f"split {now.isoformat()} {addresses[0]}")
        record = store.catalogue.story(store.regrouping.split(story_id, addresses, new, now, part=part, show=show))
    assert record is not None
    if as_json:
        answer_json(record)
        return exits.OK
    click.echo(f"{new[:9]} is a story of {counted(record.row.story.article_count, 'article')} now")
    click.echo(f"to undo it: marsad stories merge {story_id} {new[:9]}")
    return exits.OK


def _show(record: StoryRecord, named: Reports) -> None:
    story = record.row.story
    click.echo(f"{story.id}  revision {story.revision}")
    click.echo(safe(story.title))
    own = len(folded(record.articles))
    owners = len({article.filed.owner for article, _ in folded(record.articles)})
    click.echo(
        f"{counted(story.article_count, 'article')}, {counted(own, 'text')} by {counted(owners, 'independent owner')}, "
        f"{counted(len(story.outlets), 'outlet')}"
    )
    click.echo(f"languages: {', '.join(record.row.languages)}")
    if story.follows:
        click.echo(f"follows: {story.follows[:9]}, after two days and more without a report")
    for article, copies in folded(record.articles):
        click.echo("")
        _show_article(article, named)
        for copy in copies:
            _show_copy(copy, named)
    for match in record.matches:
        click.echo("")
        print_tag(match.tag, match.headline.text, "")
        print_excerpt(match.sentence, "  ")
    click.echo("")
    for alert in record.alerts:
        click.echo(f"alert {alert.alert.id[:12]}  {alert.alert.kind.value}: {outcome(alert) or 'told to nobody'}")


def folded(articles: Sequence[StoryArticle]) -> list[tuple[StoryArticle, list[StoryArticle]]]:
    """Texts in order of publication, each with its copies: of copies the one published first is the
    origin, whichever was seen first."""
    groups: dict[str, list[StoryArticle]] = {}
    for article in articles:
        groups.setdefault(article.filed.copy_of or article.filed.article_id, []).append(article)
    ordered = [sorted(group, key=_published) for group in groups.values()]
    return [(group[0], group[1:]) for group in sorted(ordered, key=lambda group: _published(group[0]))]


def _published(article: StoryArticle) -> tuple[datetime, bool, str]:
    """When, and of texts of one minute first the one that was not held for a copy."""
    filed = article.filed
    return filed.published_at or filed.fetched_at, bool(filed.copy_of), filed.article_id


def _show_article(article: StoryArticle, named: Reports) -> None:
    filed, relation = article.filed, article.sighting.relation
    how = "seen after a copy of it" if relation is Relation.COPY else relation.value
    click.echo(f"{moment(article)}  {filed.outlet} ({filed.language})  {how}")
    click.echo(f"  {safe(filed.title)}")
    click.echo(f"  {safe(article.link)}")
    print_evidence(article.sighting, named, "  ", listed=filed.story_id)


def _show_copy(article: StoryArticle, named: Reports) -> None:
    """The same text elsewhere; what was seen first also says why it is in the story."""
    filed, relation = article.filed, article.sighting.relation
    click.echo(f"  copy {moment(article)}  {filed.outlet}: {safe(article.link)}")
    if relation is not Relation.COPY:
        click.echo(f"    seen first, {relation.value}")
    print_evidence(article.sighting, named, "    ", listed=filed.story_id)
