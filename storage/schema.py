"""Schema versions, by alembic."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from news.errors import StoreError
from storage.engine import reading, translated, writing


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def current(engine: Engine) -> str:
    """The database's revision, or empty for an empty database."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def head() -> str:
    """The revision of this version."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def upgrade(engine: Engine) -> tuple[str, str]:
    """Run the migrations that are missing, in one transaction. (before, now)."""
    before = current(engine)
    newest = _refuse_newer(before)
    if before != newest:
        config = _config()
        with translated(), writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before, newest


def require_current(engine: Engine) -> None:
    """Raise StoreError unless the schema is this version's; an empty database is filled, there is
    nothing in it to lose."""
    revision = current(engine)
    if not revision:
        upgrade(engine)
        return
    if revision != _refuse_newer(revision):
        raise StoreError("the database is too old for this version.", hint="Run: marsad db upgrade")


def _refuse_newer(revision: str) -> str:
    script = ScriptDirectory.from_config(_config())
    known = {item.revision for item in script.walk_revisions()}
    if revision and revision not in known:
        raise StoreError(
            f"the database was written by a newer version (schema {revision}); nothing was touched.",
            hint="Install that version, or restore an older backup.",
        )
    return head()
