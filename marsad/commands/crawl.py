"""`marsad crawl SOURCE`: visit a source now, whether it is due or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from marsad import exits, loop
from marsad.commands.context import answer_json, configuration, json_option, prepared, safe, talk, turns
from marsad.commands.reasons import print_excerpt
from news.run import RunOutcome

if TYPE_CHECKING:
    from marsad.config import Config
    from marsad.visits import Visited
    from news.outlet import Source
    from news.run import Run
    from pipelines.intake import Taken
    from storage import Store


@click.command("crawl")
@click.argument("source")
@click.option("--dry-run", is_flag=True, help="Store nothing, send nothing; show what would be.")
@click.option("--fresh", is_flag=True, help="With --dry-run: as if nothing were stored yet, so that all is read.")
@click.option("--limit", default=0, help="Read at most so many pages.", type=click.IntRange(0))
@click.option("--now", "anyway", is_flag=True, help="Ask also a host that asked to be left alone for a while.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, source: str, dry_run: bool, fresh: bool, limit: int, anyway: bool, as_json: bool
) -> int:
    """Visit SOURCE (`outlet/edition`, or an outlet for all its editions) once, politely.

    Alerts that result are put into the outbox; the daemon delivers them.
    """
    from marsad import log
    from marsad.config.masking import secrets_of
    from news.errors import UnknownName

    if fresh and not dry_run:
        raise click.UsageError("--fresh goes with --dry-run only")
    config = configuration(ctx, rules="examples")
    log.configure("warning", config.settings.log.format, secrets_of(config))
    wanted = config.source_ids(source)
    if not wanted:
        names = {s.id for s in config.sources} | {s.outlet.id for s in config.sources}
        raise UnknownName("source", source, names)
    chosen = [s for s in config.sources if s.id in wanted]
    with ExitStack() as left:
        store = left.enter_context(prepared(config, talk) if not dry_run else _empty() if fresh else _as_it_is(config))
        pauses = left.enter_context(turns(config)) if fresh else store
        visited = loop.run(_visit(config, store, chosen, dry_run, limit, None if anyway else pauses))
    if as_json:
        answer_json(visited)
    else:
        for one in visited:
            _show(one, dry=dry_run)
    return _code(visited)


@contextmanager
def _as_it_is(config: Config) -> Iterator[Store]:
    """The store for a visit that changes nothing; where there is none, an empty one."""
    from news.errors import StoreMissing
    from storage import open_store

    try:
        store = open_store(config.store)
    except StoreMissing as error:
        talk(f"{error.message.partition(';')[0]}: everything is new")
        with _empty() as store:
            yield store
        return
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _empty() -> Iterator[Store]:
    """A store that is thrown away."""
    from storage import open_store

    with TemporaryDirectory(prefix="marsad-") as folder:
        store = open_store(f"sqlite:///{folder}/empty.db", upgrade=True)
        try:
            yield store
        finally:
            store.close()


async def _visit(
    config: Config, store: Store, sources: Sequence[Source], dry: bool, limit: int, pauses: Store | None
) -> list[Visited]:
    """`pauses`: where it stands which hosts asked to be left alone; None to ask all the same."""
    from marsad.host_turns import PATIENCE, rested
    from marsad.visits import LEASE
    from marsad.wiring import Application
    from news.errors import StoreBusy
    from news.ports import HostLease
    from news.url import host_of

    app = Application(config, store)
    app.visits.dry = dry
    app.intake.warm()
    visited: list[Visited] = []
    asked: set[str] = set()
    now = app.clock.now
    await app.crawl.start()
    try:
        for source in sources:
            host = host_of(source.url)
            if pauses is not None and host not in asked:
                await rested(pauses, host, talk, now() + PATIENCE)
            asked.add(host)  # from here on its pace is the crawler's own to keep
            lease = HostLease(
                host=host,
                owner=app.owner,
                fence=0,
                until=now(),
                sources=(source.id,),
            )
            if not dry:
                store.dispatch.enlist_one(source, now())
                claimed = store.dispatch.take_source(
                    source.id, owner=app.owner, now=now(), lease=LEASE + timedelta(minutes=10)
                )
                if claimed is None:
                    raise StoreBusy(
                        f"{source.id}: its host is being visited by the daemon just now",
                        hint="Try again in a minute, or see: marsad runs list",
                    )
                lease = claimed
            hold = None
            try:
                one, hold = await app.visits.source(source, lease, limit=limit)
                visited.append(one)
            finally:
                if not dry:
                    store.dispatch.release(lease, hold or app.crawl.rest_until(source.url))
    finally:
        await app.stop()
    return visited


def _code(visited: Sequence[Visited]) -> int:
    bad = [one for one in visited if one.run.outcome.value in ("failed", "timed_out")]
    if not bad:
        return exits.OK
    return exits.UNREACHABLE if len(bad) == len(visited) else exits.PARTIAL


def _show(visited: Visited, *, dry: bool) -> None:
    run = visited.run
    counts = run.counts
    click.echo(
        f"{run.source}: {run.outcome.value}; listed {counts.listed}, known {counts.known}, "
        f"read {counts.fetched}: new {counts.new}, revised {counts.revision}, copies {counts.copy}, "
        f"repeated {counts.repeat}, rejected {counts.rejected + counts.quarantined}; "
        f"matched {counts.matched}"
    )
    if run.error:
        click.echo(f"  {run.error}")
    elif unread := _unread(run):
        fresh = f"; as if nothing were stored: marsad crawl {run.source} --dry-run --fresh" if dry else ""
        click.echo(f"  {unread}{fresh}")
    for taken in visited.taken:
        _show_articles(taken)


def _unread(run: Run) -> str:
    """Why nothing was read, where that is no fault."""
    if run.outcome is RunOutcome.NOT_MODIFIED:
        return "its list has not changed since the last visit"
    known = run.counts.known
    return f"all it lists is known ({known})" if known and known == run.counts.listed and not run.counts.fetched else ""


def _show_articles(taken: Taken) -> None:
    for row in taken.rows:
        label = row.verdict if row.verdict not in ("", "none") else row.disposition
        click.echo(f"  {label:11} {safe(row.title or row.url)}")
        if row.detail:
            click.echo(f"              {safe(row.detail)}")
        for match in row.matches:
            print_excerpt(match.headline, "              ")
            print_excerpt(match.sentence, "              ")
