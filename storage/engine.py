"""Connections and transactions on SQLite and PostgreSQL; every driver error as one of ours.

SQLite: write-ahead log, synchronous=FULL (a commit that was reported survives a power cut),
writers take the lock at BEGIN, so that no transaction fails half-way for want of it.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from news.errors import DiskFault, StoreBusy, StoreError, StoreFull

BUSY_TIMEOUT_MS = 5000
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"reading": True},
    "postgresql": {"reading": True, "isolation_level": "REPEATABLE READ"},
}
_OPEN = threading.local()
_TURNS: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_AILING: WeakKeyDictionary[Engine, StoreError] = WeakKeyDictionary()
_PATIENCE = {"connect_timeout": 10, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds, and times: a server that vanished is noticed within half a minute, not after hours."""

_WATCH_US = "; ".join(f"SET tcp_{name} = {value}" for name, value in _PATIENCE.items() if name.startswith("keepalives"))
"""For the server: the locks of a machine that lost its power would be held for two hours."""

_IDLE_MS = 60_000
"""A process that hangs in the middle of a write transaction keeps all others waiting for at most so long."""

_WRITE_LOCK = 0x6D617273
"""Key of the advisory lock that orders writers on PostgreSQL ('mars'): sequences then become
visible in their order, and limits per endpoint hold over several claimers."""

_NO_SUCH = ("42P01", "42703")
"""PostgreSQL's codes for a table or a column that is not there. A database or a user that is not there is another
matter, which no upgrade mends."""

_TAKE_TURN = text(
    f"SELECT set_config('idle_in_transaction_session_timeout', '{_IDLE_MS}', true), "
    f"pg_advisory_xact_lock({_WRITE_LOCK})"
)


def connect(url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://...`. Raises StoreError naming the fault,
    never the address (it may hold a password)."""
    try:
        if url.startswith("sqlite:"):
            return _sqlite(url, busy_timeout_ms)
        if url.startswith(("postgresql:", "postgres:")):
            _, _, rest = url.partition(":")
            return _postgresql(f"postgresql+psycopg:{rest}", busy_timeout_ms)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        if "psycopg" in str(error):
            hint = "Install it with: pip install 'marsad[postgres]'"
            raise StoreError("the PostgreSQL driver is not installed", hint=hint) from error
        raise StoreError("the database address cannot be read") from error
    raise StoreError(
        "the database address must begin with sqlite:/// or postgresql://",
        hint="See: marsad config show",
    )


def _sqlite(url: str, busy_timeout_ms: int) -> Engine:
    path = Path(url.removeprefix("sqlite:///"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be made: {error.strerror}") from error
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.text_factory = _text  # its own fails whatever is read beside a damaged byte
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={busy_timeout_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str, busy_timeout_ms: int) -> Engine:
    given = make_url(url).query
    usual = {**_PATIENCE, "fallback_application_name": f"marsad pid {os.getpid()} on {socket.gethostname()}"[:63]}
    arguments = {name: value for name, value in usual.items() if name not in given}
    # Whatever the server's default: a writer's snapshot must not be older than its turn, for which it waits within
    # its transaction.
    engine = create_engine(url, pool_pre_ping=True, connect_args=arguments, isolation_level="READ COMMITTED")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {busy_timeout_ms}")
        connection.execute(_WATCH_US)
        connection.commit()

    return engine


def _text(stored: bytes) -> str:
    return stored.decode(errors="replace")


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """SQLite's one writer at a time, queued within the process: its own waiting is sleeping."""
    lock = _TURNS.setdefault(engine, threading.Lock())
    if not lock.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        raise StoreBusy("the database is locked by another thread.", hint="It is tried again.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed at the end, rolled back on any error.

    A commit whose fsync failed counts as not made. SQLite's connection is kept then: it writes its next
    frames over those that may not be on the disk. Closing the last connection would have the log read
    anew, and what we called failed would stand.
    """
    alone = turn(engine) if engine.dialect.name == "sqlite" else nullcontext()
    try:
        with alone, translated(), engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(_TAKE_TURN)
            yield connection
    except (StoreFull, DiskFault) as error:
        _AILING[engine] = error
        raise


def prove(engine: Engine, table: Table, row: dict[str, Any]) -> None:
    """If the disk refused a write lately, try this one: raises what it raises, or all is well again."""
    if engine in _AILING:
        with writing(engine) as connection:
            put(connection, table, row)
        _AILING.pop(engine, None)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view, the thread's snapshot where it has one open; takes no write lock."""
    shared = _snapshots().get(engine)
    if shared is not None:
        with translated():
            yield shared
        return
    with translated(), engine.connect() as plain:
        connection = plain.execution_options(**_READING[engine.dialect.name])
        with connection.begin():
            yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[None]:
    """All that this thread reads within is of one state and takes one transaction."""
    with reading(engine) as connection:
        _snapshots()[engine] = connection
        try:
            yield
        finally:
            del _snapshots()[engine]


def _snapshots() -> dict[Engine, Connection]:
    own: dict[Engine, Connection] = _OPEN.__dict__.setdefault("snapshots", {})
    return own


@contextmanager
def translated() -> Iterator[None]:
    """Turns the driver's errors into StoreBusy, StoreFull, DiskFault or StoreError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translation(error) from error


def translation(error: Exception) -> StoreError:
    """An error of the driver, or of SQLAlchemy around it, in our words."""
    words = next(iter(str(getattr(error, "orig", None) or error).splitlines()), type(error).__name__)
    if "lock timeout" in words:
        hint = "See pg_stat_activity: it is often `idle in transaction`, and pg_terminate_backend ends it."
        return StoreBusy("the database is kept locked by another connection.", hint=hint)
    if "deadlock detected" in words:
        return StoreBusy(
            "the database gave way to another connection that held tables of ours.", hint="It is tried again."
        )
    if isinstance(error, PoolTimeout):
        return StoreBusy("all connections to the database are waiting.", hint="It is tried again.")
    if "database is locked" in words:
        hint = "Another process is writing; what we wanted to write is kept and tried again."
        return StoreBusy("the database is locked by another process.", hint=hint)
    fault = getattr(getattr(error, "orig", None) or error, "sqlite_errorname", "")
    if "disk is full" in words or "No space left" in words or fault in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"):
        # A quota and a limit on the size of files come as a write that failed, without saying why; a full disk at the
        # start as shared memory that could not be made larger.
        hint = "Nothing was lost: free some room, we go on by ourselves."
        return StoreFull("no room is left for the database; the change was rolled back.", hint=hint)
    if "disk I/O error" in words or "could not fsync" in words:
        hint = "Nothing that was stored is lost. Look at the disk: we try again, and go on by ourselves."
        return DiskFault(f"the disk of the database fails ({fault or words}); the change was not made.", hint=hint)
    if "unable to open" in words:
        return StoreError("the database file cannot be opened.", hint="See: marsad config show")
    if "not a database" in words or "malformed" in words:
        hint = "Restore a copy made by: marsad db backup"
        return StoreError(f"the database file is damaged ({words}).", hint=hint)
    if "no such table" in words or getattr(getattr(error, "orig", None) or error, "sqlstate", "") in _NO_SUCH:
        return StoreError("the database is empty or too old.", hint="Run: marsad db upgrade")
    kind = "refused" if isinstance(error, DatabaseError) else "failed"
    return StoreError(f"the database {kind}: {words}")


def _insert(dialect: str, table: Table) -> Insert:
    """An INSERT of the dialect, which can say ON CONFLICT."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


Row = dict[str, Any]
"""Column -> value."""


def add(connection: Connection, table: Table, values: Row) -> bool:
    """Insert unless the key is there already. True if inserted."""
    result = connection.execute(_adding(connection.dialect.name, table), values)
    return bool(result.rowcount)


def add_all(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert those whose key is not there already."""
    if rows:
        connection.execute(_adding(connection.dialect.name, table), rows)


def put(connection: Connection, table: Table, *rows: Row, keep: tuple[str, ...] = ()) -> None:
    """Insert rows (all with the same columns), or overwrite those of the same primary key, but for the
    columns that they `keep`."""
    if rows:
        statement = _putting(connection.dialect.name, table, tuple(rows[0]), keep)
        connection.execute(statement, rows)


@lru_cache(maxsize=64)
def _adding(dialect: str, table: Table) -> Insert:
    """Statements are made once: making one costs more than running it."""
    statement = _insert(dialect, table).on_conflict_do_nothing()  # type: ignore[attr-defined]
    # On PostgreSQL SQLAlchemy counts no inserted rows (-1) unless it is asked to.
    return statement.execution_options(preserve_rowcount=True)  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _putting(dialect: str, table: Table, names: tuple[str, ...], keep: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in names if name not in (*keys, *keep)}  # type: ignore[attr-defined]
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)  # type: ignore[attr-defined, no-any-return]
