"""`marsad why URL`: an article's way through every stage, or where it fell out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.alerts import print_alert
from marsad.commands.context import answer_json, json_option, opened, safe
from marsad.commands.reasons import print_tag

if TYPE_CHECKING:
    from marsad.config import Config
    from news.ports import Trace


@click.command("why")
@click.argument("url")
@json_option
@click.pass_context
def command(ctx: click.Context, url: str, as_json: bool) -> int:
    """Tell what became of the article at URL: seen, read, grouped, tagged, matched, told."""
    from news.url import canonical_url

    try:
        address = canonical_url(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with opened(ctx) as (config, store):
        trace = store.catalogue.trace(address)
    if as_json:
        answer_json(trace)
    elif trace.seen == "article":
        _tell(trace)
    else:
        _tell_missing(trace, config)
    return exits.OK if trace.seen else exits.FAILED


def _tell_missing(trace: Trace, config: Config) -> None:
    from news.url import host_of

    if trace.seen:
        words = {"pending": "seen, not read yet", "rejected": "read, refused", "quarantined": "read, useless"}
        click.echo(f"seen     by {trace.source} (run {trace.run_id}): {words[trace.seen]}")
        click.echo(f"         {safe(trace.detail)}")
        if trace.run_id:
            click.echo(f"log      marsad runs log {trace.run_id}")
        return
    click.echo(f"seen     never: {safe(trace.url)}")
    host = host_of(trace.url)
    sources = [s for s in config.sources if host_of(s.url) == host or host in s.outlet.homepage]
    if not sources:
        click.echo(f"         no configured source is at {host}; add the outlet to the configuration")
    for source in sources:
        state = "" if source.enabled else " (switched off)"
        click.echo(f"         {source.id}{state} is at this host, but never listed the URL in a visit;")
        click.echo(f"         its visits: marsad runs list --source {source.id}")


def _tell(trace: Trace) -> None:
    article, filed, sighting = trace.article, trace.filed, trace.sighting
    assert article is not None
    assert filed is not None
    assert sighting is not None
    click.echo(f"seen     by {trace.source}, run {trace.run_id}, {article.fetched_at:%Y-%m-%d %H:%M:%S} UTC")
    published = f"{article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else "no time found"
    click.echo(f"read     {article.method}; language {article.language}; published {published}")
    click.echo(f"         {safe(article.title)}")
    if len(trace.revisions) > 1:
        click.echo(f"revised  {len(trace.revisions) - 1} times:")
        for revision in trace.revisions[1:]:
            click.echo(f"         {revision.seen_at:%Y-%m-%d %H:%M} {safe(revision.title)}")
        click.echo(f"         what was changed: marsad articles revisions {safe(trace.url)}")
    if article.withdrawn_at:
        click.echo(f"gone     withdrawn by the outlet, seen {article.withdrawn_at:%Y-%m-%d %H:%M} UTC")
    evidence = sighting.evidence
    copy = f", a copy of {sighting.copy_of}" if sighting.copy_of else ""
    click.echo(f"story    {sighting.relation.value} {sighting.story_id[:9]}{copy}: {evidence.rule}")
    if evidence.threshold:
        click.echo(f"         score {evidence.score:g}, threshold {evidence.threshold:g}")
    for kind, values in evidence.shared.items():
        click.echo(f"         shared {kind}: {safe(', '.join(values))}")
    if evidence.compared_with:
        click.echo(f"         compared with {evidence.compared_with}, {evidence.hours:g} hours apart")
    if evidence.runner_up:
        click.echo(f"         next best: {evidence.runner_up[:9]} with {evidence.runner_up_score:g}")
    for veto in evidence.vetoes:
        click.echo(f"         not with {veto}")
    for name in evidence.related:
        click.echo(f"         related: {name[:9]}")
    if not trace.tags:
        click.echo("tagged   by no rule: none is for its language")
    for tag in trace.tags:
        print_tag(tag, article.title, article.text)
    if not trace.alerts:
        click.echo("told     nobody: no rule matches its story")
    for alert in trace.alerts:
        print_alert(alert)
