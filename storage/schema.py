"""Which schema a database has, and which it should have. A database that is as it should be is opened
without alembic, whose import takes a tenth of a short command."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from news.errors import StoreError
from storage.engine import reading, translated, writing
from storage.lock import held


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


def upgrade(engine: Engine) -> tuple[str, str]:
    """Run the migrations that are missing, in one transaction. (before, now). Not under a running daemon, which may
    be of the former version: raises StoreBusy naming it."""
    before = current(engine)
    _refuse_newer(before)
    if before != head():
        from storage.migrating import migrate

        alone = held(engine, "daemon") if before else nullcontext()
        with alone, translated(), writing(engine) as connection:
            migrate(connection)
    return before, head()


def require_current(engine: Engine) -> None:
    """Raise StoreError unless the schema is this version's; an empty database is filled, there is
    nothing in it to lose."""
    revision = current(engine)
    _refuse_newer(revision)
    if not revision:
        upgrade(engine)
    elif revision != head():
        raise StoreError("the database is too old for this version.", hint="Run: marsad db upgrade")


def _refuse_newer(revision: str) -> None:
    if revision and revision not in revisions():
        raise StoreError(
            f"the database was written by a newer version (schema {revision}); nothing was touched.",
            hint="Install that version, or restore an older backup.",
        )
