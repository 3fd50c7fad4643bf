"""One daemon per database: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from news.errors import StoreBusy, StoreError
from storage.engine import translated


class Lock(Protocol):
    """A lock that is held."""

    def keep(self) -> bool:
        """Take it again if it was lost: the server was started anew, the file was removed. False if another has it
        now. Ask now and then. Raises StoreError."""
        ...


def _refusal(who: str) -> StoreBusy:
    hint = "Stop it first, or give this one its own `store`."
    return StoreBusy(f"another daemon ({who or 'unknown'}) works on this database.", hint=hint)


@contextmanager
def held(engine: Engine, purpose: str) -> Iterator[Lock]:
    """Hold the lock of a purpose. Raises StoreBusy naming the holder."""
    lock = _FileLock(_path(engine, purpose)) if engine.dialect.name == "sqlite" else _AdvisoryLock(engine, purpose)
    if not lock.take():
        raise _refusal(holder(engine, purpose))
    try:
        yield lock
    finally:
        lock.release()


def holder(engine: Engine, purpose: str) -> str:
    """Who holds it, or empty."""
    if engine.dialect.name != "sqlite":
        with translated(), engine.connect() as connection:
            return connection.execute(_HOLDER, {"key": _key(purpose)}).scalar() or ""
    path = _path(engine, purpose)
    if not path.exists():
        return ""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read().strip() or "unknown"
    return ""


# -- SQLite: a file beside the database ---------------------------------------------


def _path(engine: Engine, purpose: str) -> Path:
    return Path(f"{engine.url.database}.{purpose}.lock")


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        try:
            file = self._path.open("a+")
        except OSError as error:
            raise StoreError(f"{self._path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"pid {os.getpid()} on {socket.gethostname()}")
        file.flush()
        self._file = file
        return True

    def keep(self) -> bool:
        if self._file is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
                    return True
            self.release()
        return self.take()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


# -- PostgreSQL: an advisory lock of a session ---------------------------------------


def _key(purpose: str) -> int:
    return zlib.crc32(purpose.encode()) & 0x7FFFFFFF


_TAKE = text("SELECT pg_try_advisory_lock(:key)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:key)")
_HOLDER = text(
    """SELECT coalesce(nullif(a.application_name, ''), 'server process ' || l.pid)
    FROM pg_locks l JOIN pg_database d ON d.oid = l.database LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.objid = :key AND l.objsubid = 1 AND l.granted
    AND d.datname = current_database()"""
)


class _AdvisoryLock:
    """It is lost with its connection."""

    def __init__(self, engine: Engine, purpose: str) -> None:
        self._engine, self._own = engine, {"key": _key(purpose)}
        self._connection: Connection | None = None

    def take(self) -> bool:
        with translated():
            connection = self._engine.connect()
            try:
                taken = bool(connection.execute(_TAKE, self._own).scalar_one())
                connection.commit()
            except BaseException:
                connection.close()
                raise
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken

    def keep(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
                self._connection.commit()
                return True
            except SQLAlchemyError:
                self._drop()
        return self.take()

    def release(self) -> None:
        if self._connection is None:
            return
        try:
            # The connection goes back to the pool and would keep the lock.
            self._connection.execute(_GIVE_BACK, self._own)
            self._connection.commit()
            self._connection.close()
        except SQLAlchemyError:  # lost, and the lock with it
            self._drop()
        self._connection = None

    def _drop(self) -> None:
        assert self._connection is not None
        with suppress(SQLAlchemyError):
            self._connection.invalidate()
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._connection = None
