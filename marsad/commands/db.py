"""`marsad db upgrade | backup | check | compact`."""

from __future__ import annotations

from pathlib import Path

import click

from marsad import exits
from marsad.commands.context import answer_json, configuration, json_option, opened, safe
from news.counting import counted
from news.errors import Unreadable


@click.command("upgrade")
@click.option("--no-copy", is_flag=True, help="Make no copy first: you have one elsewhere, or there is no room.")
@click.pass_context
def upgrade(ctx: click.Context, no_copy: bool) -> int:
    """Create the database or bring it up to this version, after a copy (SQLite)."""
    from storage import open_store

    config = configuration(ctx)
    done: list[str] = []

    def told(words: str) -> None:
        done.append(words)
        click.echo(safe(words))

    store = open_store(config.store, upgrade=True, copy=not no_copy, told=told)
    if not done:
        click.echo(f"schema {store.revision()[0]}: nothing to do")
    store.close()
    return exits.OK


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def backup(ctx: click.Context, file: Path) -> int:
    """Copy the database, of whatever version, to FILE while it is in use, and check the copy (SQLite)."""
    from storage import copy_unopened

    copy_unopened(configuration(ctx).store, file)
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

    with opened(ctx, rules="words") as (config, store):
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
