"""Is the database whole? And copies of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine, text

from news.errors import StoreError
from news.failpoint import reach
from storage.engine import reading, translated, translation, turn
from storage.unreadable import unreadable

_CLAIMS = {
    "articles without a story": """SELECT count(*) FROM articles a
        LEFT JOIN stories s ON s.story_id = a.story_id WHERE s.story_id IS NULL""",
    "articles without a revision": """SELECT count(*) FROM articles a
        LEFT JOIN revisions r ON r.article_id = a.article_id WHERE r.article_id IS NULL""",
    "deliveries without an alert": """SELECT count(*) FROM deliveries d
        LEFT JOIN alerts a ON a.alert_id = d.alert_id WHERE a.alert_id IS NULL AND d.kind <> 'canary'""",
    "alerts without a story": """SELECT count(*) FROM alerts a
        LEFT JOIN stories s ON s.story_id = a.story_id WHERE s.story_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.alert_id = a.alert_id AND d.kind = 'digest')""",
    "messages folded into a digest that is not there": """SELECT count(*) FROM deliveries d
        LEFT JOIN deliveries g ON g.id = d.folded_into WHERE d.folded_into <> '' AND g.id IS NULL""",
    "told alerts without a delivery": """SELECT count(*) FROM alerts a
        LEFT JOIN deliveries d ON d.story_id = a.story_id
        WHERE a.suppressed = '' AND d.id IS NULL""",
    "delivered messages of which no bytes were stored": """SELECT count(*) FROM deliveries
        WHERE state = 'delivered' AND body_hash = ''""",
}
"""Each counts rows that one transaction should have made impossible."""


_RESTORE = "Restore a copy in which this is not found; copies are made by: marsad db backup"
MOST = 1000
"""Unreadable rows that are named."""


def problems(engine: Engine) -> list[StoreError]:
    """What is wrong, and what helps; empty if all is well. Rows that cannot be read are Unreadable."""
    found = []
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            lines = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            found += [StoreError(f"the file is damaged: {line}.", hint=_RESTORE) for line in lines if line != "ok"]
        for claim, query in _CLAIMS.items():
            count = connection.execute(text(query)).scalar_one()
            if count:
                found.append(StoreError(f"{count} {claim}.", hint=_RESTORE))
        rows = [*islice(unreadable(connection), MOST + 1)]
    found += rows[:MOST]
    if len(rows) > MOST:
        found.append(StoreError(f"more than {MOST} rows cannot be read; the rest is not named.", hint=_RESTORE))
    return found


def backup(engine: Engine, target: Path) -> None:
    """Copy a SQLite database while it is in use. The copy gets its name once it is whole: what is left of one that
    was broken off is not to be taken for it."""
    if engine.dialect.name != "sqlite":
        hint = "Use PostgreSQL's own tool: pg_dump"
        raise StoreError("this command copies SQLite databases only.", hint=hint)
    if target.exists():
        raise StoreError(f"{target} exists already; nothing was overwritten.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=Path(str(engine.url.database)).stat().st_mode & 0o777)
        with translated(), engine.connect() as connection, closing(sqlite3.connect(unfinished)) as copy:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)
            result = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if result != "ok":
            raise StoreError(f"the copy to {target} failed: it is damaged ({result})")
        unfinished.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the copy to {target} failed: {getattr(error, 'strerror', None) or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def compact(engine: Engine) -> None:
    """Give unused room back. Writers wait meanwhile; killed at any point, the old file stays whole."""
    reach("K14")
    if engine.dialect.name == "sqlite":
        _compact_file(engine)
    else:
        with translated(), engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (ANALYZE)"))
    reach("K14")


def _compact_file(engine: Engine) -> None:
    with turn(engine), translated(), engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(lambda: reach("K14"), 50_000)
        try:
            for step in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                driver.execute(step).fetchall()
        except sqlite3.Error as error:
            raise translation(error) from error
        finally:
            driver.set_progress_handler(None, 0)
