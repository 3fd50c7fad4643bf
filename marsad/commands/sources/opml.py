"""`marsad sources export | import`: OPML, the list of feeds that feed readers exchange."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.context import configuration, safe
from marsad.commands.sources.shelf import put

if TYPE_CHECKING:
    from marsad.config import Config


@click.command("export")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True))
@click.pass_context
def export(ctx: click.Context, file: str) -> int:
    """Write the configured feeds as OPML 2.0 to FILE (default: standard output), a folder per outlet."""
    from crawler.opml import Feed, written

    config = configuration(ctx)
    feeds = [
        Feed(
            url=source.url,
            title=f"{source.outlet.name} ({' '.join(source.languages) or source.id})",
            homepage=source.outlet.homepage,
            folder=source.outlet.name,
            language=source.languages[0] if source.languages else "",
        )
        for source in config.sources
        if source.kind.value == "feed"
    ]
    left = len(config.sources) - len(feeds)
    text = written(feeds, title="Marsad sources")
    if file == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        try:
            Path(file).write_bytes(text)
        except OSError as error:
            click.echo(f"marsad: {file} cannot be written: {error.strerror}", err=True)
            return exits.FAILED
    note = f"; {left} sitemaps and listing pages are not in it: OPML knows feeds only" if left else ""
    click.echo(f"{len(feeds)} feeds{note}", err=True)
    return exits.OK


@click.command("import")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Show the lines, write nothing.")
@click.pass_context
def import_(ctx: click.Context, file: str, dry_run: bool) -> int:
    """Put the feeds of an OPML FILE (`-`: standard input) into the configuration file.

    Feeds of one site become one outlet; those configured already are left out, unusable ones listed.
    """
    from crawler.opml import read
    from news.errors import ParseError

    config = configuration(ctx)
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        feeds, faults = read(raw, file)
    except OSError as error:
        click.echo(f"marsad: {file} cannot be read: {error.strerror}", err=True)
        return exits.FAILED
    except ParseError as error:
        click.echo(f"marsad: {error}", err=True)
        return exits.FAILED
    for fault in faults:
        click.echo(f"left out: {safe(fault)}", err=True)
    have = {source.url for source in config.sources}
    known = [feed for feed in feeds if feed.url in have]
    for feed in known:
        click.echo(f"left out: {safe(feed.url)} is configured already", err=True)
    code = put(config, _outlets([f for f in feeds if f.url not in have], config), dry_run=dry_run)
    return exits.PARTIAL if faults and code == exits.OK else code


def _outlets(feeds: list[Any], config: Config) -> list[dict[str, Any]]:
    """One outlet per site, with a name and ids that are free."""
    from news.language import NAMES
    from news.url import host_of

    sites = {host_of(s.url): s.outlet for s in config.sources}
    taken = {source.id for source in config.sources}
    made: dict[str, dict[str, Any]] = {}
    for feed in feeds:
        host = host_of(feed.url)
        known = sites.get(host)
        if host not in made:
            name = known.name if known else feed.folder or feed.title or host
            made[host] = {"id": known.id if known else _slug(host), "name": name, "sources": []}
            if not known and feed.homepage:
                made[host]["homepage"] = feed.homepage
        outlet = made[host]
        language = feed.language.partition("-")[0].lower()
        base = language if language in NAMES else "feed"
        name, number = base, 2
        while f"{outlet['id']}/{name}" in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(f"{outlet['id']}/{name}")
        languages = [language] if language in NAMES else []
        outlet["sources"].append({"id": name, "url": feed.url, "languages": languages})
    return list(made.values())


def _slug(host: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")
