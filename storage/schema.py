"""Schema versions, by alembic."""

from __future__ import annotations

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


def upgrade(engine: Engine) -> tuple[str, str]:
    """Run the migrations that are missing, in one transaction. (before, now)."""
    before = current(engine)
    head = _refuse_newer(before)
    if before != head:
        config = _config()
        with translated(), writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before, head


def require_current(engine: Engine) -> None:
    """Raise StoreError unless the database has exactly this version's schema."""
    revision = current(engine)
    if revision != _refuse_newer(revision):
        what = "too old for this version" if revision else "empty"
        raise StoreError(f"the database is {what}.", hint="Run: marsad db upgrade")


def _refuse_newer(revision: str) -> str:
    script = ScriptDirectory.from_config(_config())
    head = script.get_current_head() or ""
    known = {item.revision for item in script.walk_revisions()}
    if revision and revision not in known:
        raise StoreError(
            f"the database was written by a newer version (schema {revision}); nothing was touched.",
            hint="Install that version, or restore an older backup.",
        )
    return head
