"""`marsad retag`: run history again after a change of rules or word lists."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option, opened, safe, since_option
from marsad.commands.progress import Progress
from news.counting import counted
from news.errors import UnknownName

if TYPE_CHECKING:
    from marsad.retag import Change, Retagging
    from news.filing import Standing, Telling
    from news.history import Retagged
    from news.traffic import Traffic

SHOWN = 40
"""Changes listed on a terminal; the JSON has all."""


@click.command("retag")
@since_option
@click.option("--rule", "name", default="", help="Only this rule; default: all, and forget rules no longer there.")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--alert", is_flag=True, help="Tell the stories that a rule newly matches, as if they had just come in.")
@json_option
@click.pass_context
def command(ctx: click.Context, since: datetime | None, name: str, dry_run: bool, alert: bool, as_json: bool) -> int:
    """Bring the stored findings up to the rules in force. Only what was found by an older make of a rule is
    looked at again. Nobody is told, unless --alert is given; try it with --dry-run first."""
    from marsad.commands.facts import countries_of
    from marsad.retag import retag
    from marsad.taggers import tagger_of
    from pipelines.alerting import Terms
    from pipelines.retelling import retold

    with opened(ctx, rules="examples") as (config, store):
        rules = [rule for rule in config.rules if name in ("", rule.id)]
        if not rules and name:
            raise UnknownName("rule", name, [rule.id for rule in config.rules])
        at = datetime.now(UTC)
        silences = store.silences.active(at)

        def tell(standing: Standing, finding: Retagged, traffic: Traffic, now: datetime) -> Telling:
            terms = Terms(routes=config.routes, policy=config.policy, traffic=traffic)
            return retold(standing, finding, terms, silences, countries_of(config), now)

        with Progress("articles", store.history.count(since=since)) as told:
            found = retag(
                store.history,
                tagger_of(config, rules),
                since=since,
                only=name,
                now=at,
                write=not dry_run,
                told=told,
                tell=tell if alert else None,
            )
    if as_json:
        answer_json(
            {
                "articles": found.articles,
                "stale": found.stale,
                "written": 0 if dry_run else found.stale,
                "newly_told": len(_newly(found)) if alert else 0,
                "messages": found.messages,
                "changes": [_facts(change) for change in found.changes],
            }
        )
    else:
        _print(found, dry_run=dry_run, alert=alert)
    return exits.OK


def _facts(change: Change) -> dict[str, object]:
    article = change.article
    return {
        "rule": change.rule,
        "before": change.before,
        "after": change.after,
        "score": change.score,
        "story": change.story_id,
        "url": article.link,
        "title": article.title,
        "language": article.language,
    }


def _newly(found: Retagging) -> set[str]:
    """Stories that a rule newly tells of."""
    telling = ("match", "rupture")
    return {c.story_id for c in found.changes if c.after in telling and c.before not in telling}


def _print(found: Retagging, *, dry_run: bool, alert: bool) -> None:
    counts = Counter((c.rule, c.before or "nothing", c.after or "nothing") for c in found.changes)
    for (rule, before, after), count in sorted(counts.items()):
        click.echo(f"{safe(rule)}: {before} -> {after}: {count}")
    for change in found.changes[:SHOWN]:
        arrow = f"{change.before or '-'} -> {change.after or '-'}"
        click.echo(f"  {arrow:18} {change.score:5.1f}  {safe(change.article.title)}")
    if len(found.changes) > SHOWN:
        click.echo(f"  ... and {len(found.changes) - SHOWN} more (--json has all)")
    written = "nothing was written" if dry_run else f"{found.stale} written"
    changed = f"{counted(len(found.changes), 'verdict')} changed"
    articles, out_of_date = counted(found.articles, "article"), counted(found.stale, "finding")
    click.echo(f"{articles}, {out_of_date} out of date, {changed}; {written}")
    stories = counted(len(_newly(found)), "story", "stories")
    if alert and dry_run:
        click.echo(f"{stories} would be told, along the routes, silences and caps in force")
    elif alert:
        messages = counted(found.messages, "message")
        click.echo(f"{stories} newly matched; {messages} waiting for their time: marsad alerts list --state held")
    elif not dry_run and found.changes:
        click.echo("Nobody was told.")
