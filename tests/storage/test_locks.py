"""Locks that somebody holds and does not let go: every wait ends, and says what it waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from news.errors import StoreBusy
from storage import open_store
from storage.engine import connect, writing
from storage.schema import head
from tests.samples import NOW, chunk, filing

SOON = 300
"""Milliseconds of patience in these tests."""


@pytest.fixture
def address(database: Callable[[str], str]) -> str:
    url = database("postgresql")
    open_store(url, upgrade=True).close()
    return url


@pytest.fixture
def hanging(address: str) -> Iterator[psycopg.Connection]:
    """Somebody else's connection, in the middle of something."""
    with closing(psycopg.connect(address)) as connection:
        yield connection


def test_a_writer_that_hangs_keeps_no_other_waiting_for_ever(address: str, hanging: psycopg.Connection) -> None:
    hanging.execute("SELECT pg_advisory_xact_lock(%s)", [0x6D617273])
    store = open_store(address, busy_timeout_ms=SOON)
    begun = time.monotonic()
    with pytest.raises(StoreBusy, match=r"kept locked by another connection.*pg_stat_activity"):
        store.archive.commit(chunk(filing()))
    assert time.monotonic() - begun < 5
    hanging.rollback()
    store.archive.commit(chunk(filing()))
    store.close()


def test_a_writer_whose_turn_comes_sees_what_the_one_before_wrote_whatever_the_server_s_default(
    address: str, hanging: psycopg.Connection
) -> None:
    with closing(psycopg.connect(address, autocommit=True)) as admin:
        name = hanging.info.dbname
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_isolation = "repeatable read"')
    store = open_store(address)
    hanging.execute("SELECT pg_advisory_xact_lock(%s)", [0x6D617273])
    hanging.execute("INSERT INTO hosts VALUES ('tigris.example', 1, 'other', %s)", [2**62])
    with ThreadPoolExecutor(1) as writer:
        minute = timedelta(minutes=1)
        asked = writer.submit(store.dispatch.take_host, "tigris.example", owner="own", now=NOW, lease=minute)
        _until_it_waits(address)
        hanging.commit()
        assert asked.result(timeout=9) is None, "the other has it"
    store.close()


def _until_it_waits(address: str) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with closing(psycopg.connect(address, autocommit=True)) as admin:
        until = time.monotonic() + 5
        while not admin.execute(waiting).fetchone():
            assert time.monotonic() < until
            time.sleep(0.02)


def test_locked_tables_keep_neither_reading_nor_the_start_waiting_for_ever(
    address: str, hanging: psycopg.Connection
) -> None:
    hanging.execute("LOCK TABLE articles, alembic_version IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(StoreBusy, match="kept locked"):
        open_store(address, busy_timeout_ms=SOON)
    hanging.rollback()
    store = open_store(address, busy_timeout_ms=SOON)
    hanging.execute("LOCK TABLE articles IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(StoreBusy, match="kept locked"):
        store.catalogue.tally(NOW)
    store.close()


def test_a_migration_does_not_wait_for_ever(database: Callable[[str], str]) -> None:
    url = database("postgresql")
    with closing(psycopg.connect(url)) as hanging:
        hanging.execute("SELECT pg_advisory_xact_lock(%s)", [0x6D617273])
        with pytest.raises(StoreBusy, match="kept locked"):
            open_store(url, upgrade=True, busy_timeout_ms=SOON)
    store = open_store(url, upgrade=True)
    assert store.revision()[0] == head()
    store.close()


def test_the_holder_of_a_lock_is_named_and_another_database_is_no_business_of_ours(
    address: str, database: Callable[[str], str]
) -> None:
    store, other = open_store(address), open_store(database("postgresql"), upgrade=True)
    with store.lock("daemon"):
        assert "pid " in store.lock_holder("daemon")
        assert other.lock_holder("daemon") == ""
    assert store.lock_holder("daemon") == ""
    store.close()
    other.close()


def test_a_lock_that_was_lost_with_its_connection_is_taken_again(address: str) -> None:
    store = open_store(address)
    with store.lock("daemon") as lock, closing(psycopg.connect(address, autocommit=True)) as admin:
        _end_sessions(admin)
        assert store.lock_holder("daemon") == ""
        assert lock.keep()
        assert store.lock_holder("daemon") != ""
        assert lock.keep()
    assert store.lock_holder("daemon") == ""
    store.close()


def test_a_lock_that_another_took_meanwhile_is_not_kept(address: str) -> None:
    store, other = open_store(address), open_store(address)
    with store.lock("daemon") as lock, closing(psycopg.connect(address, autocommit=True)) as admin:
        _end_sessions(admin)
        with other.lock("daemon"):
            assert not lock.keep()
        assert lock.keep(), "once it is free again"
    store.close()
    other.close()


def _end_sessions(admin: psycopg.Connection) -> None:
    """As a server that is started anew."""
    ours = "datname = current_database() AND pid <> pg_backend_pid()"
    admin.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {ours}")


def test_a_lock_whose_file_was_removed_is_taken_again_unless_another_has_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    store, other = open_store(url, upgrade=True), open_store(url)
    file = tmp_path / "m.db.daemon.lock"
    with store.lock("daemon") as lock:
        assert lock.keep()
        file.unlink()
        assert lock.keep()
        with pytest.raises(StoreBusy), other.lock("daemon"):
            pass
        file.unlink()
        with other.lock("daemon"):
            assert not lock.keep()
    store.close()
    other.close()


def test_a_circle_of_locks_that_the_server_breaks_at_ours_is_called_busy(
    address: str, hanging: psycopg.Connection
) -> None:
    hanging.execute("SET deadlock_timeout = '30s'")  # so that ours is the one to look for the circle
    hanging.execute("LOCK TABLE hosts")
    engine = connect(address)

    def go_in_circles() -> None:
        with writing(engine) as connection, ThreadPoolExecutor(1) as beside:
            connection.execute(text("LOCK TABLE runs"))
            beside.submit(hanging.execute, "LOCK TABLE runs")
            connection.execute(text("LOCK TABLE hosts"))

    with pytest.raises(StoreBusy, match="gave way"):
        go_in_circles()
    engine.dispose()
