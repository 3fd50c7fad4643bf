"""The Store: one database, its ports, and what keeps it whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from news.errors import StoreError, Unreadable
from storage import documents, integrity, lock, schema
from storage.archive import SqlArchive
from storage.canaries import SqlCanaries
from storage.catalogue import SqlCatalogue
from storage.dispatch import SqlDispatch
from storage.engine import connect, prove, reading, writing
from storage.feedback import SqlOpinions
from storage.history import SqlHistory
from storage.location import require_file
from storage.notices import SqlNotices
from storage.outbox import SqlOutbox
from storage.recipients import SqlRecipients
from storage.regroup import SqlRegrouping
from storage.resetting import lost_since_seen, see, seen, set_back
from storage.runlog import SqlRunLog
from storage.safekeeping import Told
from storage.search import SqlArchiveIndex
from storage.silences import SqlSilences
from storage.subscriptions import SqlSubscriptions
from storage.tables import counters
from storage.troubles import SqlTroubles


class Store:
    """The ports over one database. Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.archive = SqlArchive(engine)
        self.outbox = SqlOutbox(engine)
        self.run_log = SqlRunLog(engine)
        self.catalogue = SqlCatalogue(engine)
        self.dispatch = SqlDispatch(engine)
        self.index = SqlArchiveIndex(engine)
        self.history = SqlHistory(engine)
        self.opinions = SqlOpinions(engine)
        self.notices = SqlNotices(engine)
        self.troubles = SqlTroubles(engine)
        self.recipients = SqlRecipients(engine)
        self.canaries = SqlCanaries(engine)
        self.subscriptions = SqlSubscriptions(engine)
        self.regrouping = SqlRegrouping(engine)
        self.silences = SqlSilences(engine)

    def revision(self) -> tuple[str, str]:
        """(schema of the database or '', schema of this version). Raises StoreError."""
        return schema.current(self._engine), schema.head()

    def prove(self) -> None:
        """If the disk refused a write lately, write again. Raises StoreFull or DiskFault while it refuses."""
        prove(self._engine, counters, {"name": "proof", "value": 1})

    def set_back(self, now: datetime, by: timedelta) -> None:
        """The machine's clock was set back to `now`: let nothing wait for it to come round again."""
        with writing(self._engine) as connection:
            set_back(connection, now, by)

    def see(self, now: datetime) -> None:
        """A daemon is at work now."""
        with writing(self._engine) as connection:
            see(connection, now)

    def seen(self) -> datetime | None:
        """When a daemon last said that it is at work; it does so every few minutes."""
        with reading(self._engine) as connection:
            return seen(connection)

    def lost_since_seen(self, now: datetime) -> timedelta:
        """By how much, at least, the clock was set back since a daemon was seen at work."""
        with reading(self._engine) as connection:
            return lost_since_seen(connection, now)

    def check(self) -> Sequence[StoreError]:
        """What is wrong with the database, and what helps; empty if it is whole. Every document is read: rows that
        cannot be are among it as Unreadable."""
        return integrity.problems(self._engine)

    def left_out(self) -> Sequence[Unreadable]:
        """Rows that were left out of what was read since the start, because they could and can not be read."""
        return documents.left_out(self._engine)

    def backup(self, target: Path) -> None:
        """Copy to a new file while in use, and check the copy. Raises StoreError."""
        integrity.backup(self._engine, target)

    def compact(self) -> None:
        """Give unused room back to the file system; writers wait meanwhile. Raises StoreError."""
        integrity.compact(self._engine)

    def lock(self, purpose: str) -> AbstractContextManager[lock.Lock]:
        """Only one holder per purpose and database; freed with the process, however it ends.
        Raises StoreBusy naming the holder."""
        return lock.held(self._engine, purpose)

    def lock_holder(self, purpose: str) -> str:
        """Who holds the lock (`pid 123 on host`), or empty."""
        return lock.holder(self._engine, purpose)

    def close(self) -> None:
        self._engine.dispose()


def open_store(
    url: str,
    *,
    upgrade: bool = False,
    copy: bool = True,
    told: Told = lambda _: None,
    busy_timeout_ms: int = 5000,
) -> Store:
    """Open a database by its address.

    With `upgrade` one is made where there is none, and an older one brought up to date, on SQLite after a `copy`
    beside it; `told` hears of it. Without, both are refused with nothing changed, and a newer one is refused always.
    Raises StoreError, StoreMissing, StoreBusy, StoreFull.
    """
    if not upgrade:
        require_file(url)
    engine = connect(url, busy_timeout_ms=busy_timeout_ms)
    try:
        if upgrade:
            schema.upgrade(engine, told, copy=copy)
        else:
            schema.require_current(engine, url)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def copy_unopened(url: str, target: Path) -> None:
    """Copy a SQLite database of any schema while it is in use, and check the copy. Raises StoreError, StoreMissing."""
    require_file(url)
    engine = connect(url)
    try:
        integrity.backup(engine, target)
    finally:
        engine.dispose()
