"""`marsad sources catalogue | add`: outlets of the shipped catalogue, and how they come into the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.context import answer_json, configuration, json_option, safe, table
from news.counting import counted

if TYPE_CHECKING:
    from marsad.catalogue import Address, Entry
    from marsad.config import Config

MOST_NAMED = 10
UNWRITTEN = "nothing was written (--dry-run)"


@click.command("catalogue")
@click.argument("text", default="")
@click.option("--country", "countries", multiple=True, metavar="CODE", help="Only outlets seated there (ISO 3166).")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only outlets that write in it.")
@json_option
@click.pass_context
def catalogue(ctx: click.Context, text: str, countries: Sequence[str], languages: Sequence[str], as_json: bool) -> int:
    """List the shipped outlets: all, those with TEXT in their name or address, or one in full by its id."""
    from marsad.catalogue import entries, found
    from news.errors import ConfigError

    try:
        have = {source.url for source in configuration(ctx).sources}
    except ConfigError:
        have = set()
    one = next((entry for entry in entries() if entry.id == text), None)
    shown = [one] if one else found(text, [c.upper() for c in countries], languages)
    if as_json:
        answer_json([{"entry": entry, "configured": _configured(entry, have)} for entry in shown])
        return exits.OK
    if one:
        _show(one, have)
        return exits.OK
    rows = [
        (
            entry.id,
            entry.name,
            entry.country,
            " ".join(entry.languages),
            len(entry.sources),
            entry.confidence,
            "yes" if _configured(entry, have) else "",
        )
        for entry in shown
    ]
    headings = ("outlet", "name", "country", "languages", "sources", "confidence", "configured")
    table(headings, rows, "no outlet of the catalogue fits")
    if rows:
        click.echo("One in full: marsad sources catalogue ID; into your configuration: marsad sources add ID")
    return exits.OK


def _configured(entry: Entry, have: set[str]) -> list[str]:
    return [source.id for source in entry.sources if source.url in have]


def _show(entry: Entry, have: set[str]) -> None:
    from marsad.catalogue import ROBOTS

    click.echo(f"{entry.id}  {safe(entry.name)}  {entry.homepage}  ({entry.country}, {entry.zone})")
    click.echo(f"confidence {entry.confidence}; {ROBOTS}")
    for note in entry.notes:
        click.echo(f"  note: {safe(note)}")
    for source in entry.sources:
        have_it = ", configured" if source.url in have else ""
        click.echo(f"\n{entry.id}/{source.id}  {source.url}")
        click.echo(
            f"  {source.kind} in {' '.join(source.languages)}; {source.seen}; confidence {source.confidence}{have_it}"
        )


@click.command("add")
@click.argument("names", nargs=-1, required=True, metavar="ID...")
@click.option("--dry-run", is_flag=True, help="Show the lines, write nothing.")
@click.pass_context
def add(ctx: click.Context, names: Sequence[str], dry_run: bool) -> int:
    """Put outlets of the catalogue into the configuration file: `rudaw` (the best source in each language),
    the best in one as `rudaw-en`, or one by its id as `rudaw/en-list`.

    Nothing else in the file is changed. A running daemon takes it over on SIGHUP.
    """
    from marsad.catalogue import chosen

    config = configuration(ctx)
    wanted = [outlet_of(*chosen(name), config) for name in names]
    return put(config, [outlet for outlet in wanted if outlet is not None], dry_run=dry_run)


def outlet_of(entry: Entry, sources: Sequence[Address], config: Config) -> dict[str, Any] | None:
    """The outlet as configuration, without what stands there already; None if nothing is left."""
    have = {source.url: source.id for source in config.sources}
    fresh = []
    for source in sources:
        if source.url in have:
            click.echo(f"{have[source.url]} is configured already", err=True)
            continue
        kind = source.kind if source.kind != "feed" else ""
        name = _free(source.id, entry.id, config)
        fresh.append(
            {"id": name, "url": source.url, "kind": kind, "languages": list(source.languages), "links": source.links}
        )
        if source.confidence == "low":
            click.echo(f"{entry.id}/{name}: {source.seen}; try it with: marsad sources check {entry.id}", err=True)
    if not fresh:
        return None
    names = ("id", "name", "homepage", "country", "zone")
    return {**{name: getattr(entry, name) for name in names}, "sources": fresh}


def _free(wanted: str, outlet: str, config: Config) -> str:
    taken = {source.id for source in config.sources}
    name, number = wanted, 2
    while f"{outlet}/{name}" in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def put(
    config: Config,
    outlets: Sequence[dict[str, Any]],
    *,
    dry_run: bool,
    unwritten: str = UNWRITTEN,
) -> int:
    """Write outlets into the configuration file, or only show the lines and say that they are `unwritten`."""
    from marsad.config.edit import add_outlets, lines_of

    if not outlets:
        click.echo("nothing to add")
        return exits.OK
    for outlet in outlets:
        click.echo("\n".join(lines_of(outlet)))
    if dry_run:
        click.echo(unwritten, err=True)
        return exits.OK
    add_outlets(config.file, outlets)
    names = [f"{outlet['id']}/{source['id']}" for outlet in outlets for source in outlet["sources"]]
    which = " ".join(names if len(names) <= MOST_NAMED else [names[0], "..."])
    written = counted(len(names), "source")
    click.echo(f"{written} written to {config.file}; next: marsad sources check {which}", err=True)
    click.echo("A running daemon takes it over on SIGHUP. The first visit records and alerts nobody.", err=True)
    return exits.OK
