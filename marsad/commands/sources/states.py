"""`marsad sources list | check`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from marsad import exits, loop
from marsad.commands.context import (
    ago,
    answer_json,
    configuration,
    json_option,
    now_option,
    opened,
    safe,
    table,
    talk,
    turns,
)
from news.errors import UnknownName
from news.health import HealthState
from news.hub import Subscription
from news.outlet import SourceState

if TYPE_CHECKING:
    from crawler.run import Probe
    from marsad.config import Config
    from news.outlet import Source
    from storage import Store

NONE = "no source is configured; see: marsad sources catalogue"


@click.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """List every source: how it fares, since when and why, its newest article, its next visit."""
    with opened(ctx) as (config, store):
        states = store.catalogue.source_states()
        hubs = {s.source: s for s in store.subscriptions.all()}
    now = datetime.now(UTC)
    if as_json:
        answer_json([{"source": s, "state": states.get(s.id), "hub": hubs.get(s.id)} for s in config.sources])
        return exits.OK
    rows = [_row(source, states.get(source.id, SourceState()), now) for source in config.sources]
    headings: tuple[str, ...] = ("source", "health", "since", "last visit", "newest article", "next", "evidence")
    if hubs:
        headings = (*headings, "hub")
        rows = [(*row, _hub(hubs.get(source.id))) for row, source in zip(rows, config.sources, strict=True)]
    table(headings, rows, NONE)
    return exits.OK


def _row(source: Source, state: SourceState, now: datetime) -> tuple[str, ...]:
    if not source.enabled:
        return source.id, "switched off", "", "", "", "", ""
    health = state.health
    if health.state is HealthState.NEW:
        return source.id, health.state.value, "", state.last_outcome, "", _next(source, state, now), state.last_error
    evidence = health.evidence
    if state.moved.count >= 3:
        evidence = f"{evidence}; " if evidence else ""
        evidence += f"moved for good to {state.moved.target}: change its url"
    return (
        source.id,
        health.state.value,
        ago(health.since, now),
        state.last_outcome.replace("_", " "),
        ago(state.newest_article_at, now),
        _next(source, state, now),
        evidence or state.last_error,
    )


def _hub(subscription: Subscription | None) -> str:
    if subscription is None:
        return ""
    host = urlsplit(subscription.hub).hostname or ""
    return f"{subscription.state.value} at {host}" + (f": {subscription.detail}" if subscription.detail else "")


def _next(source: Source, state: SourceState, now: datetime) -> str:
    due = ago(state.due_at, now) if state.due_at else ""
    if due.endswith("ago"):
        return "now"
    return "by cron" if source.cron else due


@click.command("check")
@click.argument("names", nargs=-1)
@now_option
@json_option
@click.pass_context
def check(ctx: click.Context, names: Sequence[str], anyway: bool, as_json: bool) -> int:
    """Visit sources (default: all enabled) once, store nothing, and say what is wrong with each.

    Waits up to a minute for a host that the daemon is visiting.
    """
    from marsad import log

    config = configuration(ctx)
    log.configure("error", config.settings.log.format)
    chosen = _chosen(config, names)
    if not chosen and not as_json:
        click.echo("no source is switched on; see: marsad sources list" if config.sources else NONE)
        return exits.OK
    with turns(config) as store:
        probes = loop.run(_probe(config, store, chosen, anyway))
    if as_json:
        answer_json(probes)
    else:
        for probe in probes:
            click.echo(f"{'ok  ' if probe.ok else 'BAD '} {probe.source}: {safe(probe.summary)}")
            if probe.advice:
                click.echo(f"     {safe(probe.advice)}")
    bad = [probe for probe in probes if not probe.ok]
    if bad and len(bad) == len(probes):
        return exits.UNREACHABLE
    return exits.PARTIAL if bad else exits.OK


def _chosen(config: Config, names: Sequence[str]) -> list[Source]:
    if not names:
        return [s for s in config.sources if s.enabled]
    wanted: list[str] = []
    for name in names:
        found = config.source_ids(name)
        if not found:
            raise UnknownName("source", name, {s.id for s in config.sources})
        wanted += found
    return [s for s in config.sources if s.id in wanted]


async def _probe(config: Config, store: Store | None, sources: Sequence[Source], anyway: bool) -> list[Probe]:
    from crawler.run import ScrapyCrawl
    from marsad.host_turns import HostTurns
    from marsad.wiring import crawl_settings
    from news.clock import SystemClock

    async def probe(source: Source) -> Probe:
        try:
            return await crawl.probe(source)
        finally:
            await turns.give_back(crawl.rest_until)

    turns = HostTurns(store, anyway=anyway, said=talk)
    crawl = ScrapyCrawl(crawl_settings(config), SystemClock(), before=turns.take)
    await crawl.start()
    try:
        return [await probe(source) for source in sources]
    finally:
        await crawl.stop()
