"""Which schema a database has, and which it should have. A database that is as it should be is opened
without alembic, whose import takes a tenth of a short command."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from news.errors import StoreError
from storage.engine import reading, translated, writing
from storage.location import missing
from storage.lock import held
from storage.safekeeping import Told, copied


def current(engine: Engine) -> str:
    """The database's revision, or empty for an empty database."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


@cache
def revisions() -> tuple[str, ...]:
    """Those that this version knows, the oldest first: what the migrations' files are called before the `_`."""
    files = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def head() -> str:
    """The revision of this version."""
    return revisions()[-1]


def upgrade(engine: Engine, told: Told, *, copy: bool) -> None:
    """Make the database, or run the migrations that are missing, in one transaction; after a copy of a SQLite one. Not
    under a running daemon, which may be of the former version: raises StoreBusy naming it."""
    before = current(engine)
    _refuse_newer(before)
    if not before:
        _migrate(engine)
        told(f"made a new database: {engine.url.database}; if there should be one already, see: marsad config show")
    elif before != head():
        with held(engine, "daemon"), _copied(engine, told) if copy else nullcontext():
            _migrate(engine)
        told(f"upgraded the database: schema {before} -> {head()}")


def _migrate(engine: Engine) -> None:
    from storage.migrating import migrate

    with translated(), writing(engine) as connection:
        migrate(connection)


def _copied(engine: Engine, told: Told) -> AbstractContextManager[None]:
    return copied(engine, head(), told) if engine.dialect.name == "sqlite" else nullcontext()


def require_current(engine: Engine, url: str) -> None:
    """Raise StoreMissing for an empty database, StoreError unless the schema is this version's."""
    revision = current(engine)
    _refuse_newer(revision)
    if not revision:
        raise missing(url)
    if revision != head():
        raise StoreError("the database is too old for this version.", hint="Run: marsad db upgrade")


def _refuse_newer(revision: str) -> None:
    if revision and revision not in revisions():
        raise StoreError(
            f"the database was written by a newer version (schema {revision}); nothing was touched.",
            hint="Install that version, or restore an older backup.",
        )
