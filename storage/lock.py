"""One daemon per database: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from news.errors import StoreBusy, StoreError
from storage.engine import translated


def _refusal(who: str) -> StoreBusy:
    hint = "Stop it first, or give this one its own `store`."
    return StoreBusy(f"another daemon ({who}) works on this database.", hint=hint)


@contextmanager
def held(engine: Engine, purpose: str) -> Iterator[None]:
    """Hold the lock of a purpose."""
    if engine.dialect.name == "sqlite":
        with _file_lock(_path(engine, purpose)):
            yield
    else:
        with _advisory_lock(engine, purpose):
            yield


def holder(engine: Engine, purpose: str) -> str:
    """Who holds it, or empty. On PostgreSQL the holder's name is not known."""
    if engine.dialect.name != "sqlite":
        with translated(), engine.connect() as connection:
            query = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :key")
            pid = connection.execute(query, {"key": _key(purpose)}).scalar()
        return f"server process {pid}" if pid else ""
    path = _path(engine, purpose)
    if not path.exists():
        return ""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read().strip() or "unknown"
    return ""


def _path(engine: Engine, purpose: str) -> Path:
    return Path(f"{engine.url.database}.{purpose}.lock")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        file = path.open("a+")
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _refusal(file.read().strip() or "unknown") from None
        file.truncate(0)
        file.write(f"pid {os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield


def _key(purpose: str) -> int:
    return zlib.crc32(purpose.encode()) & 0x7FFFFFFF


@contextmanager
def _advisory_lock(engine: Engine, purpose: str) -> Iterator[None]:
    with translated(), engine.connect() as connection:
        query = text("SELECT pg_try_advisory_lock(:key)")
        if not connection.execute(query, {"key": _key(purpose)}).scalar_one():
            raise _refusal("on another connection")
        connection.commit()
        try:
            yield
        finally:
            # The connection goes back to the pool and would keep the lock.
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(purpose)})
            connection.commit()
