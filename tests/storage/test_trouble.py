"""Full disks, locked and foreign databases, second daemons, backups."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from news.errors import FenceLost, StoreBusy, StoreError, StoreMissing
from news.run import Counts, LogLine, Run, RunOutcome, RunRecord
from storage import Store, open_store
from storage.engine import connect, writing
from storage.lock import held
from storage.migrating import migrate
from storage.schema import current, head
from tests.samples import NOW, chunk, filing, source


def test_a_locked_database_is_said_to_be_locked_and_works_again_afterwards(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True, busy_timeout_ms=50)
    with closing(sqlite3.connect(tmp_path / "m.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another process"):
            store.archive.commit(chunk(filing()))
        other.execute("ROLLBACK")
    store.archive.commit(chunk(filing()))
    assert store.catalogue.tally(NOW).articles == 1
    store.close()


def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    program = """
        import pathlib, resource, signal, sys
        from news.errors import StoreFull
        from storage import open_store
        from tests.samples import chunk, filing
        store = open_store(sys.argv[1], upgrade=True)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        folder = pathlib.Path(sys.argv[1].removeprefix("sqlite:///")).parent
        room = max(file.stat().st_size for file in folder.iterdir()) + 200_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        done = 0
        try:
            for number in range(10_000):
                store.archive.commit(chunk(filing(f"n{number}")))
                done += 1
        except StoreFull as error:
            print(done, error)
    """
    url = f"sqlite:///{tmp_path / 'm.db'}"
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), url], capture_output=True, text=True, timeout=60, check=False
    )
    assert "no room is left" in run.stdout, run.stdout + run.stderr
    done = int(run.stdout.split()[0])
    store = open_store(url)
    assert store.catalogue.tally(NOW).articles == done > 0
    assert store.check() == []
    store.archive.commit(chunk(filing("after")))
    store.close()


def test_a_start_on_a_full_disk_says_that_it_is_full(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    open_store(url, upgrade=True).close()
    program = """
        import resource, signal, sys
        from news.errors import StoreFull
        from storage import open_store
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        try:
            open_store(sys.argv[1])
        except StoreFull as error:
            print(error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), url], capture_output=True, text=True, timeout=60, check=False
    )
    assert "no room is left" in run.stdout, run.stdout + run.stderr


def test_a_second_daemon_is_refused_and_the_first_is_named(store: Store) -> None:
    with store.lock("daemon"):
        assert store.lock_holder("daemon")
        with pytest.raises(StoreBusy, match="another daemon"), store.lock("daemon"):
            pass
    with store.lock("daemon"):
        pass


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.db"
    file.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StoreError, match=r"damaged|not a database"):
        open_store(f"sqlite:///{file}", upgrade=True)


def test_a_missing_postgresql_database_or_user_is_not_called_an_old_one(database: Callable[[str], str]) -> None:
    url = database("postgresql")
    head, _, rest = url.partition("?")
    for wrong in (f"{head}_not?{rest}", url.replace("postgres:", "nobody_here:", 1)):
        with pytest.raises(StoreError, match="does not exist") as refused:
            open_store(wrong, upgrade=True)
        assert "db upgrade" not in str(refused.value)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_database_is_migrated_under_a_running_daemon(database: Callable[[str], str], engine: str) -> None:
    url = database(engine)
    raw = connect(url)
    with writing(raw) as connection:
        migrate(connection, "0012")
    with held(raw, "daemon"), pytest.raises(StoreBusy, match="another daemon"):
        open_store(url, upgrade=True)
    assert current(raw) == "0012"
    open_store(url, upgrade=True).close()
    assert current(raw) == head()
    raw.dispose()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_empty_database_is_filled_by_no_opening(database: Callable[[str], str], engine: str) -> None:
    url = database(engine)
    for _ in range(2):
        with pytest.raises(StoreMissing, match="nothing was made"):
            open_store(url)
    told: list[str] = []
    open_store(url, upgrade=True, told=told.append).close()
    open_store(url, upgrade=True, told=told.append).close()
    assert [words.partition(":")[0] for words in told] == ["made a new database"]
    open_store(url).close()


def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    open_store(url, upgrade=True).close()
    with closing(sqlite3.connect(tmp_path / "m.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(StoreError, match="newer version"):
        open_store(url, upgrade=True)


def test_a_backup_holds_everything_and_never_overwrites(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.archive.commit(chunk(filing()))
    sqlite_store.backup(tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    assert copy.archive.filed_among(["https://tigris.example/one"]).get("https://tigris.example/one") is not None
    copy.close()
    with pytest.raises(StoreError, match="exists already"):
        sqlite_store.backup(tmp_path / "copy.db")


def test_a_backup_that_did_not_come_to_its_end_is_none(tmp_path: Path) -> None:
    program = """
        import resource, signal, sys
        from news.errors import StoreError
        from pathlib import Path
        from storage import open_store
        store = open_store(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        try:
            store.backup(Path(sys.argv[2]))
        except StoreError as error:
            print(error)
    """
    url = f"sqlite:///{tmp_path / 'm.db'}"
    store = open_store(url, upgrade=True)
    for number in range(0, 300, 5):
        store.archive.commit(chunk(*(filing(f"n{number + k}") for k in range(5))))
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(program), url, str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert f"the copy to {copy} failed" in run.stdout, run.stdout + run.stderr
    assert list(copy.parent.iterdir()) == [], "nothing that could be taken for a copy"
    (tmp_path / "m.db").chmod(0o600)
    store.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600, "no more can read it than can read the database"
    store.close()


def test_the_migrations_make_the_tables_the_code_uses(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from storage.engine import reading
    from storage.tables import metadata

    def ours(name: str | None, kind: str, _: object) -> bool:
        # SQLite's full-text tables are made of tables of their own, which no code names.
        return not (kind == "table" and str(name).startswith("texts_found"))

    with reading(store._engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "include_name": ours})
        assert compare_metadata(context, metadata) == []


def test_a_run_that_its_process_did_not_close_is_interrupted(store: Store) -> None:
    store.run_log.open(Run(id="r1", source="tigris/en", started_at=NOW), "owner")
    line = LogLine(at=NOW, level="info", event="run.started", facts={"n": 1})
    running = Run(id="r1", source="tigris/en", started_at=NOW)
    store.run_log.write(RunRecord(run=running, owner="owner", lines=(line,)))
    assert store.run_log.interrupt(NOW + timedelta(minutes=1)) == 1
    run = store.run_log.run("r1")
    assert run is not None
    assert run.outcome is RunOutcome.INTERRUPTED
    assert "the process ended" in run.error
    assert [line.event for line in store.run_log.lines("r1")] == ["run.started"]


def test_visits_that_brought_nothing_are_forgotten_after_a_while(store: Store) -> None:
    line = LogLine(at=NOW, level="info", event="run.finished")
    for number in range(5):
        at = NOW + timedelta(hours=number)
        found = Counts(fetched=1, new=1) if number == 1 else Counts(listed=7, known=7)
        run = Run(id=f"r{number}", source="tigris/en", started_at=at, finished_at=at, counts=found)
        store.run_log.write(RunRecord(run=run, owner="", lines=(line,)))
    assert store.run_log.forget(NOW + timedelta(hours=3)) == 2
    assert [run.id for run in store.run_log.runs()] == ["r4", "r3", "r1"]
    assert store.run_log.lines("r0") == []
    assert len(store.run_log.lines("r1")) == 1
    assert store.run_log.forget(NOW + timedelta(hours=3)) == 0
    assert store.run_log.forget(NOW + timedelta(hours=9)) == 2


def test_a_host_has_one_owner_until_its_lease_ends(store: Store) -> None:
    other = source("levant")
    same_host = source("tigris", id="tigris/ar")
    store.dispatch.enlist([source(), same_host, other], NOW - timedelta(hours=1))
    leases = store.dispatch.take(owner="a", now=NOW, lease=timedelta(seconds=60), limit=9)
    assert sorted(lease.host for lease in leases) == ["levant.example", "tigris.example"]
    tigris = next(lease for lease in leases if lease.host == "tigris.example")
    assert set(tigris.sources) == {"tigris/en", "tigris/ar"}
    assert store.dispatch.take(owner="b", now=NOW, lease=timedelta(seconds=60), limit=9) == []
    late = NOW + timedelta(seconds=61)
    assert len(store.dispatch.take(owner="b", now=late, lease=timedelta(seconds=60), limit=9)) == 2
    store.dispatch.release(tigris, hold_until=late + timedelta(hours=1))
    assert store.dispatch.take(owner="c", now=late, lease=timedelta(seconds=60), limit=9) == [], "old fence"


def test_a_shorter_wish_of_a_host_does_not_end_a_longer_one(store: Store) -> None:
    minute = timedelta(minutes=1)
    for hold_until in (NOW + 9 * minute, NOW + 2 * minute):
        lease = store.dispatch.take_host("tigris.example", owner="a", now=NOW, lease=minute)
        assert lease is not None
        store.dispatch.release(lease, hold_until)
    assert store.dispatch.held_until("tigris.example", NOW + 3 * minute) == NOW + 9 * minute


def test_a_renewal_under_way_does_not_take_a_host_back_that_was_given_back(store: Store) -> None:
    minute = timedelta(seconds=60)
    store.dispatch.enlist([source()], NOW - timedelta(hours=1))
    [lease] = store.dispatch.take(owner="a", now=NOW, lease=minute, limit=9)
    renewed = store.dispatch.renew(lease, NOW + timedelta(seconds=20), minute)
    assert renewed.until == NOW + timedelta(seconds=80)
    store.dispatch.release(renewed)
    with pytest.raises(FenceLost, match="given back"):
        store.dispatch.renew(renewed, NOW + timedelta(seconds=40), minute)
    assert len(store.dispatch.take(owner="b", now=NOW + timedelta(seconds=41), lease=minute, limit=9)) == 1


def test_a_removed_source_is_not_visited_and_a_new_one_soon_is(store: Store) -> None:
    store.dispatch.enlist([source()], NOW)
    store.dispatch.enlist([source("levant")], NOW)
    later = NOW + timedelta(minutes=2)
    leases = store.dispatch.take(owner="a", now=later, lease=timedelta(seconds=60), limit=9)
    assert [lease.sources for lease in leases] == [("levant/en",)]


def test_a_known_source_is_visited_after_the_next_start_as_well(store: Store) -> None:
    for _ in range(2):
        store.dispatch.enlist([source()], NOW)
    later = NOW + timedelta(minutes=2)
    leases = store.dispatch.take(owner="a", now=later, lease=timedelta(seconds=60), limit=9)
    assert [lease.sources for lease in leases] == [("tigris/en",)]


def test_a_source_is_polled_again_once_its_cron_line_is_gone(store: Store) -> None:
    store.dispatch.enlist([source(cron="0 6 * * *")], NOW)
    later = NOW + timedelta(days=30)
    assert store.dispatch.take(owner="a", now=later, lease=timedelta(seconds=60), limit=9) == []
    store.dispatch.enlist([source(cron="0 6 * * *")], NOW)
    assert store.dispatch.take(owner="a", now=later, lease=timedelta(seconds=60), limit=9) == []
    store.dispatch.enlist([source()], NOW)
    assert len(store.dispatch.take(owner="a", now=later, lease=timedelta(seconds=60), limit=9)) == 1
