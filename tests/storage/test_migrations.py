"""An older database is brought up to date with nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.script import ScriptDirectory

import storage
from news.errors import StoreError, StoreFull
from storage import open_store
from storage.schema import head, revisions
from tests.samples import chunk, filing
from tests.storage_steps import older


def test_a_database_of_the_first_version_keeps_its_stories_and_learns_their_owners(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    older(old, "0001")
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


def test_an_older_database_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    file = tmp_path / "m.db"
    older(file)
    (tmp_path / "m.db.before-0011-20260101000000.unfinished").touch()
    told: list[str] = []
    open_store(f"sqlite:///{file}", upgrade=True, told=told.append).close()
    [copy] = tmp_path.glob("m.db.before-*")
    assert (str(copy) in told[0], f"0012 -> {head()}" in told[1]) == (True, True), told
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == ("0012",)


def test_an_upgrade_that_fails_changes_nothing_and_leaves_no_copy(tmp_path: Path) -> None:
    file = tmp_path / "m.db"
    older(file)
    with closing(sqlite3.connect(file)) as db:
        db.execute("DROP TABLE articles")
        db.execute("DROP TABLE deliveries")
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{file}", upgrade=True)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == ("0012",)
    assert not [*tmp_path.glob("m.db.before-*")]


def test_without_room_for_the_copy_nothing_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "m.db"
    older(file)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(StoreFull, match=r"no room for the copy .* --no-copy"):
        open_store(f"sqlite:///{file}", upgrade=True)
    store = open_store(f"sqlite:///{file}", upgrade=True, copy=False)
    assert store.revision() == (head(), head())
    store.close()
