"""`marsad sources list | check`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import (
    ago,
    answer_json,
    configuration,
    json_option,
    opened,
    safe,
    table,
)
from news.errors import UnknownName

if TYPE_CHECKING:
    from crawler.run import Probe
    from marsad.config import Config
    from news.outlet import Source


@click.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """List every source with its last visit, its newest article and its next visit."""
    now = datetime.now(UTC)
    with opened(ctx) as (config, store):
        states = store.catalogue.source_states()
    if as_json:
        answer_json([{"source": s, "state": states.get(s.id)} for s in config.sources])
        return exits.OK
    rows = []
    for source in config.sources:
        state = states.get(source.id)
        if not source.enabled:
            rows.append((source.id, "switched off", "", "", "", ""))
        elif state is None or state.first_visit:
            error = state.last_error if state else ""
            rows.append((source.id, "not yet read", "", "", "", error))
        else:
            due = ago(state.due_at, now) if state.due_at else ""
            rows.append(
                (
                    source.id,
                    state.last_outcome,
                    ago(state.last_success_at, now),
                    ago(state.newest_article_at, now),
                    "now" if due.endswith("ago") else due,
                    state.last_error,
                )
            )
    headings = ("source", "last visit", "last success", "newest article", "next", "trouble")
    table(headings, rows, "no source is configured; see: marsad config init")
    return exits.OK


@click.command("check")
@click.argument("names", nargs=-1)
@json_option
@click.pass_context
def check(ctx: click.Context, names: Sequence[str], as_json: bool) -> int:
    """Visit sources (default: all enabled) once, store nothing, and say what is wrong with each."""
    from marsad import log

    config = configuration(ctx)
    log.configure("error", config.settings.log.format)
    chosen = _chosen(config, names)
    probes = asyncio.run(_probe(config, chosen))
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


async def _probe(config: Config, sources: Sequence[Source]) -> list[Probe]:
    from crawler.run import ScrapyCrawl
    from marsad.wiring import crawl_settings
    from news.clock import SystemClock

    crawl = ScrapyCrawl(crawl_settings(config), SystemClock())
    await crawl.start()
    try:
        return [await crawl.probe(source) for source in sources]
    finally:
        await crawl.stop()
