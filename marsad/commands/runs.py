"""`marsad runs list | show | log`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from marsad import exits
from marsad.commands.context import (
    ago,
    answer_json,
    json_option,
    limit_option,
    opened,
    safe,
    table,
)
from news.errors import UnknownName
from news.ports import RunLog
from news.run import Counts, Run


@click.command("list")
@click.option("--source", default="", help="Only visits of this source.")
@limit_option
@json_option
@click.pass_context
def list_(ctx: click.Context, source: str, limit: int, as_json: bool) -> int:
    """List the latest visits, newest first."""
    with opened(ctx) as (config, store):
        if source and source not in {s.id for s in config.sources}:
            raise UnknownName("source", source, [s.id for s in config.sources])
        found = store.run_log.runs(source=source, limit=limit)
    now = datetime.now(UTC)
    if as_json:
        answer_json(found)
        return exits.OK
    rows = [
        (
            run.id,
            run.source,
            ago(run.started_at, now),
            run.outcome.value,
            counts_of(run.counts),
            run.error,
        )
        for run in found
    ]
    headings = ("run", "source", "began", "outcome", "found", "error")
    table(headings, rows, "no visit yet; start the daemon or: marsad crawl SOURCE")
    return exits.OK


def counts_of(counts: Counts) -> str:
    """`5 read: 4 new, 1 copy, 2 matched`, or `-` if nothing was read."""
    names = ("new", "revision", "copy", "repeat", "rejected", "quarantined", "withdrawn", "matched")
    parts = [f"{value} {name}" for name in names if (value := getattr(counts, name))]
    return f"{counts.fetched} read: {', '.join(parts)}" if counts.fetched else "-"


def _found(log: RunLog, run_id: str) -> Run:
    run = log.run(run_id)
    if run is None:
        raise UnknownName("run", run_id, [r.id for r in log.runs(limit=50)])
    return run


@click.command("show")
@click.argument("run_id", metavar="RUN")
@json_option
@click.pass_context
def show(ctx: click.Context, run_id: str, as_json: bool) -> int:
    """Show one visit with every count."""
    with opened(ctx) as (_, store):
        run = _found(store.run_log, run_id)
    if as_json:
        answer_json(run)
        return exits.OK
    click.echo(f"run       {run.id} of {run.source}")
    click.echo(f"began     {run.started_at:%Y-%m-%d %H:%M:%S} UTC")
    if run.finished_at:
        click.echo(f"took      {(run.finished_at - run.started_at).total_seconds():.1f} s")
    click.echo(f"outcome   {run.outcome.value}")
    click.echo(f"network   {run.requests} requests, {run.received_bytes} bytes")
    for name in Counts.__slots__:
        click.echo(f"{name:12}{getattr(run.counts, name)}")
    if run.error:
        click.echo(f"error     {safe(run.error)}")
    click.echo(f"log       marsad runs log {run.id}")
    return exits.OK


@click.command("log")
@click.argument("run_id", metavar="RUN")
@click.option(
    "--level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="debug",
    help="Least level shown.",
)
@json_option
@click.pass_context
def log(ctx: click.Context, run_id: str, level: str, as_json: bool) -> int:
    """Print the log of one visit, oldest line first."""
    order = ["debug", "info", "warning", "error"]
    with opened(ctx) as (_, store):
        run = _found(store.run_log, run_id)
        lines = store.run_log.lines(run.id)
    shown = [line for line in lines if order.index(line.level) >= order.index(level)]
    if as_json:
        answer_json(shown)
        return exits.OK
    for line in shown:
        facts = " ".join(f"{key}={safe(value)}" for key, value in line.facts.items())
        click.echo(f"{line.at:%H:%M:%S.%f}"[:-3] + f" {line.level:7} {line.event:20} {facts}")
    return exits.OK
