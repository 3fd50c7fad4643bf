"""An older database is brought up to date with nothing lost."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import text

from storage import open_store, schema
from storage.archive import SqlArchive
from storage.engine import connect, writing
from tests.samples import chunk, filing


def test_a_database_of_the_first_version_keeps_its_stories_and_learns_their_owners(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = connect(url)
    settings = schema._config()
    with writing(engine) as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    engine.dispose()
    engine = connect(url)
    SqlArchive(engine).commit(chunk(filing("one")))
    with writing(engine) as connection:
        connection.execute(text('UPDATE stories SET doc = replace(doc, \'"owners":["tigris"]\', \'"owners":[]\')'))
    engine.dispose()
    store = open_store(url, upgrade=True)
    try:
        standing = store.archive.standing("sone")
        assert standing is not None
        assert standing.story.owners == ("tigris",)
        assert store.check() == []
    finally:
        store.close()
