"""`marsad sources discover URL`: what can be polled at an unknown site, and the lines for it."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import click

from marsad import exits, loop
from marsad.commands.context import ago, answer_json, configuration, json_option, now_option, safe, table, talk, turns
from marsad.commands.sources.shelf import put

if TYPE_CHECKING:
    from crawler.discover import Candidate, Discovery
    from marsad.config import Config
    from storage import Store


@click.command("discover")
@click.argument("url")
@click.option("--add", "add_it", is_flag=True, help="Put the best sources into the configuration file.")
@now_option
@json_option
@click.pass_context
def discover(ctx: click.Context, url: str, add_it: bool, anyway: bool, as_json: bool) -> int:
    """Find the feeds, news sitemaps and listing page of the site at URL, at most 15 polite requests, and
    show the configuration lines for the best."""
    from marsad import log
    from news.errors import SourceError
    from news.url import canonical_url

    url = url if "://" in url else f"https://{url}"
    try:
        canonical_url(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    config = configuration(ctx)
    log.configure("error", config.settings.log.format)
    try:
        with turns(config) as store:
            found = loop.run(_search(config, store, url, anyway))
    except SourceError as error:
        click.echo(f"marsad: {error}", err=True)
        return exits.UNREACHABLE
    outlet = _outlet(found, config)
    if as_json:
        answer_json({"discovery": found, "outlet": outlet})
        return exits.OK if outlet else exits.FAILED
    _show(found)
    if not outlet["sources"]:
        click.echo(f"\nnothing to poll was found in {found.requests} requests; look for a link to a feed on the site")
        return exits.FAILED
    click.echo("\nFor the configuration (outlets:):\n")
    return put(config, [outlet], dry_run=not add_it, unwritten="nothing was written; the same with --add writes it")


async def _search(config: Config, store: Store | None, url: str, anyway: bool) -> Discovery:
    from crawler.run import ScrapyCrawl
    from marsad.host_turns import HostTurns
    from marsad.wiring import crawl_settings
    from news.clock import SystemClock

    def said(address: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[Kasking {safe(address)[:100]}", err=True, nl=False)

    turns = HostTurns(store, anyway=anyway, said=talk)
    crawl = ScrapyCrawl(crawl_settings(config), SystemClock(), before=turns.take)
    await crawl.start()
    try:
        return await crawl.discover(url, delay=config.settings.crawl.delay, said=said)
    finally:
        await turns.give_back(crawl.rest_until)
        await crawl.stop()
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", err=True, nl=False)


def _show(found: Discovery) -> None:
    now = datetime.now(UTC)
    click.echo(f"{safe(found.name or found.url)}: {len(found.candidates)} found in {found.requests} requests")
    rows = [
        (
            candidate.format,
            candidate.language,
            candidate.entries,
            ago(candidate.newest_at, now) if candidate.newest_at else "no dates",
            candidate.url,
            candidate.why,
        )
        for candidate in found.candidates
    ]
    if rows:
        table(("what", "language", "entries", "newest", "address", "why"), rows, "")
    for url, reason in found.failed:
        click.echo(f"  tried {safe(url)}: {safe(reason)}")


def _outlet(found: Discovery, config: Config) -> dict[str, Any]:
    """The best candidate in each language that is not configured yet, as an outlet."""
    from news.language import NAMES
    from news.url import host_of

    have = {source.url for source in config.sources}
    host = host_of(found.url)
    labels = [label for label in host.split(".")[:-1] if len(label) > 3] or [host.replace(".", "-")]
    name = re.sub(r"[^a-z0-9-]", "-", labels[-1].lower()).strip("-")
    sources: dict[str, dict[str, Any]] = {}
    for candidate in found.candidates:
        language = _language(candidate, found, NAMES)
        if candidate.score < 10 or candidate.url in have or language in sources:
            continue
        kind = "" if candidate.kind.value == "feed" else candidate.kind.value
        sources[language] = {
            "id": language if language != "und" else "all",
            "url": candidate.url,
            "kind": kind,
            "languages": [language] if language != "und" else [],
        }
    known = next((s.outlet for s in config.sources if host_of(s.url) == host), None)
    if known is not None:
        return {"id": known.id, "name": known.name, "sources": list(sources.values())}
    title = re.split(r"\s[|–—-]\s", found.name or host)[0]
    return {"id": name, "name": title, "homepage": _homepage(found), "sources": list(sources.values())}


def _homepage(found: Discovery) -> str:
    """The address that was given, or the front page where that is a feed or a sitemap."""
    is_list = any(c.url == found.url and c.kind.value != "listing" for c in found.candidates)
    return urljoin(found.url, "/") if is_list else found.url


def _language(candidate: Candidate, found: Discovery, names: Any) -> str:
    for language in (candidate.language, found.language):
        if language in names and language != "und":
            return str(language)
    return "und"
