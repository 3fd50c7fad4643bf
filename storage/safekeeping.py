"""A copy of a SQLite database beside it, for the time before a change that cannot be undone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from glob import escape
from pathlib import Path

from sqlalchemy import Engine

from news.errors import DiskFault, StoreFull
from storage.integrity import backup

Told = Callable[[str], None]
"""Is told, in a sentence, what is done to a database that is made ready."""


@contextmanager
def copied(engine: Engine, to: str, told: Told) -> Iterator[None]:
    """Copy the database before it is upgraded to a schema. What fails is rolled back, and needs no copy: a daemon that
    is started again and again would fill the disk with them."""
    file = Path(str(engine.url.database))
    for left in file.parent.glob(f"{escape(file.name)}.before-*.unfinished"):
        left.unlink()
    copy = file.with_name(f"{file.name}.before-{to}-{datetime.now(UTC):%Y%m%d%H%M%S%f}")
    size = _size(file)
    _require_room(file.parent, size)
    told(f"copying the database ({_shown(size)}) to {copy}, before it is upgraded")
    backup(engine, copy)
    try:
        yield
    except DiskFault:  # whether it is stored nobody knows
        raise
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def _size(file: Path) -> int:
    log = file.with_name(f"{file.name}-wal")
    return file.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise StoreFull(
            f"no room for the copy that is made before an upgrade: it takes {_shown(size)}, {_shown(free)} are free at "
            f"{folder}; nothing was changed.",
            hint="Free some; or copy it elsewhere (marsad db backup FILE), then: marsad db upgrade --no-copy",
        )


def _shown(size: int) -> str:
    return f"{size / 1024**3:.1f} GiB" if size >= 1024**3 else f"{size / 1024**2:.1f} MiB"
