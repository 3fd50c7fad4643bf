"""`marsad quarantine list | retry`: pages that gave no article, and another try at them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from marsad import exits, loop
from marsad.commands.context import ago, answer_json, json_option, limit_option, opened, safe, table
from news.counting import counted
from news.errors import StoreBusy, UnknownName

if TYPE_CHECKING:
    from marsad.config import Config
    from news.outlet import Source
    from news.ports import HostLease
    from news.quarantine import QuarantinedPage
    from pipelines.intake import Outcome
    from storage import Store


@click.command("list")
@click.option("--source", default="", help="Only pages of this source.")
@limit_option
@json_option
@click.pass_context
def list_(ctx: click.Context, source: str, limit: int, as_json: bool) -> int:
    """List pages that were read but gave no article, newest first."""
    with opened(ctx) as (config, store):
        found = store.catalogue.quarantined(source=source, limit=limit)
    if source and not found:
        _require_source(config, source)
    now = datetime.now(UTC)
    if as_json:
        answer_json([_facts(page) for page in found])
        return exits.OK
    rows = [
        (page.source, ago(page.at, now), page.reason, f"{-(-len(page.raw) // 1024)} KiB" if page.raw else "-", page.url)
        for page in found
    ]
    table(("source", "read", "reason", "kept", "page"), rows, "no page is in quarantine")
    return exits.OK


def _facts(page: QuarantinedPage) -> dict[str, object]:
    names = ("url", "source", "reason", "detail", "at", "run_id", "title", "published_at")
    return {**{name: getattr(page, name) for name in names}, "kept_bytes": len(page.raw)}


def _require_source(config: Config, source: str) -> None:
    names = [s.id for s in config.sources]
    if source not in names:
        raise UnknownName("source", source, names)


@click.command("retry")
@click.argument("url", default="")
@click.option("--source", default="", help="All kept pages of this source.")
@json_option
@click.pass_context
def retry(ctx: click.Context, url: str, source: str, as_json: bool) -> int:
    """Read kept pages once more (one by its URL, those of a source, or all), without the network: after
    a profile was written or mended. What is an article now takes its way through the pipeline."""
    from news.url import canonical_url

    try:
        address = canonical_url(url) if url else ""
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with opened(ctx, rules="words") as (config, store):
        if source:
            _require_source(config, source)
        pages = store.catalogue.quarantined(source=source, url=address)
        if address and not pages:
            raise UnknownName("page in quarantine", address, (), listing="See: marsad quarantine list")
        kept = [page for page in pages if page.raw]
        known = {s.id: s for s in config.sources}
        outcomes = loop.run(_again(config, store, [p for p in kept if p.source in known], known))
    if as_json:
        answer_json(outcomes)
        return exits.OK
    for row in outcomes:
        click.echo(f"{row.disposition:12} {safe(row.title or row.url)}")
        if row.detail:
            click.echo(f"             {safe(row.detail)}")
    saved = sum(row.disposition != "quarantined" for row in outcomes)
    gone = len(pages) - len(kept)
    rest = f"; {gone} are not kept any more" if gone else ""
    click.echo(f"{saved} of {counted(len(outcomes), 'page')} made an article{rest}")
    return exits.OK


async def _again(
    config: Config, store: Store, pages: Sequence[QuarantinedPage], known: dict[str, Source]
) -> list[Outcome]:
    from marsad.wiring import Application
    from pipelines.intake import VisitContext

    app = Application(config, store)
    outcomes: list[Outcome] = []
    try:
        for page in pages:
            source, now = known[page.source], app.clock.now()
            find = await app.crawl.again(source, page)
            lease = _leased(store, source, app.owner, now)
            try:
                visit = VisitContext(
                    source=source,
                    state=store.archive.source_state(source.id),
                    run_id=page.run_id,
                    host=lease.host,
                    fence=lease.fence,
                )
                outcomes += (await asyncio.to_thread(app.intake.take, [find], visit)).rows
            finally:
                store.dispatch.release(lease)
    finally:
        await app.stop()
    return outcomes


def _leased(store: Store, source: Source, owner: str, now: datetime) -> HostLease:
    store.dispatch.enlist_one(source, now)
    lease = store.dispatch.take_source(source.id, owner=owner, now=now, lease=timedelta(minutes=1))
    if lease is None:
        raise StoreBusy(f"{source.id}: its host is being visited by the daemon just now", hint="Try again in a minute")
    return lease
