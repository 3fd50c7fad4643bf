"""`marsad db upgrade | backup | check | compact`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from marsad import exits
from marsad.commands.context import answer_json, configuration, json_option, opened, safe
from news.counting import counted
from news.errors import Unreadable


@click.command("upgrade")
@click.pass_context
def upgrade(ctx: click.Context) -> int:
    """Create the database or bring it up to this version, after a copy (SQLite)."""
    from storage import open_store, schema_of

    config = configuration(ctx)
    before, head = schema_of(config.store)
    if before and before != head and config.store.startswith("sqlite:"):
        file = Path(config.store.removeprefix("sqlite:///"))
        copy = file.with_name(f"{file.name}.before-{head}-{datetime.now(UTC):%Y%m%d%H%M%S}")
        from storage import copy_unopened

        copy_unopened(config.store, copy)
        click.echo(f"copied to {copy}")
    open_store(config.store, upgrade=True).close()
    click.echo(f"schema {before or 'empty'} -> {head}" if before != head else f"schema {head}: nothing to do")
    return exits.OK


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def backup(ctx: click.Context, file: Path) -> int:
    """Copy the database to FILE while it is in use, and check the copy (SQLite)."""
    with opened(ctx) as (_, store):
        store.backup(file)
    click.echo(f"{file}: {file.stat().st_size} bytes, checked")
    return exits.OK


@click.command("reindex")
@click.option("--all", "everything", is_flag=True, help="Make every entry anew, not only what is missing.")
@click.pass_context
def reindex(ctx: click.Context, everything: bool) -> int:
    """Fill the index of the archive that search and back-tests use. The daemon does so by itself; this is
    for an archive from before, or after a change of word lists (--all)."""
    from marsad.commands.progress import Progress
    from marsad.indexing import catch_up
    from pipelines.tagging.indexing import Indexer

    with opened(ctx) as (config, store):
        indexer = Indexer(config.lexicons)
        if everything or store.index.state(indexer.make).stale:
            store.index.start_over()
        with Progress("indexed", store.index.state(indexer.make).pending) as told:
            done = catch_up(store.index, indexer, told=told)
    click.echo(f"{counted(done, 'article')} indexed")
    return exits.OK


@click.command("check")
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> int:
    """Check that the database is whole: what belongs together is there, and every row can be read. Says what helps."""
    with opened(ctx) as (_, store):
        problems = store.check()
    if as_json:
        rows = [{"what": p.what, "why": p.why, "remedy": p.hint} for p in problems if isinstance(p, Unreadable)]
        answer_json({"problems": [str(problem) for problem in problems], "unreadable": rows})
    else:
        for problem in problems:
            click.echo(safe(problem))
        if not problems:
            click.echo("the database is whole")
    return exits.FAILED if problems else exits.OK


@click.command("compact")
@click.pass_context
def compact(ctx: click.Context) -> int:
    """Give unused room back to the file system. The daemon may run; its writing waits meanwhile."""
    with opened(ctx) as (config, store):
        file = Path(config.store.removeprefix("sqlite:///"))
        before = file.stat().st_size if config.store.startswith("sqlite:") else 0
        store.compact()
        after = file.stat().st_size if before else 0
    click.echo(f"{before} bytes -> {after} bytes" if before else "compacted")
    return exits.OK
