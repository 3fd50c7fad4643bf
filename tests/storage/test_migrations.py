"""An older database is brought up to date with nothing lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory

import storage
from storage import open_store
from storage.engine import connect, writing
from storage.migrating import migrate
from storage.schema import revisions
from tests.samples import chunk, filing


def first_version(file: Path) -> None:
    """A database as the first version left it."""
    engine = connect(f"sqlite:///{file}")
    with writing(engine) as connection:
        migrate(connection, "0001")
    engine.dispose()


def test_a_database_of_the_first_version_keeps_its_stories_and_learns_their_owners(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    first_version(old)
    made = open_store(f"sqlite:///{new}", upgrade=True)
    made.archive.commit(chunk(filing("one")))
    made.close()
    with closing(sqlite3.connect(old)) as db:
        db.execute("ATTACH ? AS fresh", (str(new),))
        for table in ("articles", "stories", "tags", "matches", "alerts", "deliveries", "revisions"):
            names = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM fresh.{table}")
        db.execute("""UPDATE stories SET doc = replace(doc, '"owners":["tigris"]', '"language":"en"')""")
        db.commit()
    store = open_store(f"sqlite:///{old}", upgrade=True)
    try:
        standing = store.archive.standings(["sone"])["sone"]
        assert standing is not None
        assert standing.story.owners == ("tigris",)
        assert store.check() == []
        assert len(store.catalogue.alerts()) == 1
    finally:
        store.close()


def test_the_files_names_say_the_revisions_in_their_order() -> None:
    scripts = ScriptDirectory(str(Path(storage.__file__).parent / "migrations"))
    assert list(revisions()) == [script.revision for script in scripts.walk_revisions()][::-1]
