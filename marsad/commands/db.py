"""`marsad db upgrade | backup | check`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from marsad import exits
from marsad.commands.context import answer_json, configuration, json_option, opened


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


@click.command("check")
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> int:
    """Check that the database is whole and that what belongs together is there."""
    with opened(ctx) as (_, store):
        problems = store.check()
    if as_json:
        answer_json({"problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        if not problems:
            click.echo("the database is whole")
    return exits.FAILED if problems else exits.OK
