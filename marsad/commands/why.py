"""`marsad why URL`: an article's way through every stage, or where it fell out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.addresses import traced
from marsad.commands.alerts import print_alert
from marsad.commands.context import answer_json, json_option, opened, safe
from marsad.commands.evidence import named_by, print_evidence, print_origin
from marsad.commands.reasons import print_tag
from news.language import UNDETERMINED
from news.tag import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marsad.commands.evidence import Reports
    from marsad.config import Config
    from news.outlet import Source, SourceState
    from news.ports import StoryRecord, Trace
    from news.story import Sighting


@click.command("why")
@click.argument("url")
@json_option
@click.pass_context
def command(ctx: click.Context, url: str, as_json: bool) -> int:
    """Tell what became of the article at URL (or with that id): seen, read, grouped, tagged, matched, told."""
    with opened(ctx) as (config, store):
        trace = traced(store, url)
        record = store.catalogue.story(trace.filed.story_id) if trace.filed else None
        named = named_by([trace.sighting] if trace.sighting else [], store)
        states = {} if trace.seen else store.catalogue.source_states()
    if as_json:
        answer_json(trace)
    elif trace.seen == "article":
        assert record is not None
        _tell(trace, record, named, config)
    elif trace.seen:
        _tell_page(trace)
    else:
        _tell_missing(trace, config, states)
    return exits.OK if trace.seen else exits.FAILED


def _tell_page(trace: Trace) -> None:
    words = {"pending": "seen, not read yet", "rejected": "read, refused", "quarantined": "read, useless"}
    click.echo(f"seen     by {trace.source} (run {trace.run_id}): {words[trace.seen]}")
    click.echo(f"         {safe(trace.detail)}")
    if trace.seen == "quarantined":
        click.echo(f"         another try: marsad quarantine retry {safe(trace.url)}")
    if trace.run_id:
        click.echo(f"log      marsad runs log {trace.run_id}")


def _tell_missing(trace: Trace, config: Config, states: Mapping[str, SourceState]) -> None:
    from news.url import host_of

    click.echo(f"seen     never: {safe(trace.url)}")
    host = host_of(trace.url)
    sources = [s for s in config.sources if host in _hosts(s)]
    if not sources:
        click.echo(f"         no configured source is at {host}; add the outlet to the configuration")
    for source in sources:
        off = "" if source.enabled else " (switched off)"
        state = states.get(source.id)
        if state is None or state.first_visit:
            failed = f": {safe(state.last_error)}" if state and state.last_error else ""
            click.echo(f"         {source.id}{off} is at this host, but was not read yet{failed}")
            click.echo(f"         try it: marsad crawl {source.id} --dry-run")
            continue
        at = f", last read {state.last_success_at:%Y-%m-%d %H:%M} UTC" if state.last_success_at else ""
        click.echo(f"         {source.id}{off} is at this host{at}, but never listed the URL in a visit;")
        click.echo(f"         its visits: marsad runs list --source {source.id}")


def _hosts(source: Source) -> set[str]:
    from news.url import host_of

    return {host_of(address) for address in (source.url, source.outlet.homepage) if address}


def _tell(trace: Trace, record: StoryRecord, named: Reports, config: Config) -> None:
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
    _tell_story(sighting, named)
    if not trace.tags:
        click.echo(f"tagged   by no rule: {_untagged(article.language, config)}")
    for tag in trace.tags:
        print_tag(tag, article.title, article.text)
    if not trace.alerts:
        click.echo(f"told     nobody: {_untold(record)}")
    for alert in trace.alerts:
        print_alert(alert)


def _tell_story(sighting: Sighting, named: Reports) -> None:
    click.echo(f"story    {sighting.relation.value} {sighting.story_id[:9]}")
    print_origin(sighting, named, "         ")
    print_evidence(sighting, named, "         ")


def _untagged(language: str, config: Config) -> str:
    if not config.rules:
        return "none is configured (see `rules` in the configuration)"
    if not any(not rule.languages or language in (*rule.languages, UNDETERMINED) for rule in config.rules):
        return f"none is for its language ({language})"
    return "it has no word that one needs, or it came before the rules (marsad rules explain NAME URL; marsad retag)"


def _untold(record: StoryRecord) -> str:
    verdict = record.row.verdict
    if verdict is Verdict.REVIEW:
        return "a rule leaves its story to review, which is shown and not told"
    if verdict is Verdict.NONE:
        return "no rule matches its story"
    return "its story matches since rules were changed; those who should hear of it: marsad retag --alert --dry-run"
