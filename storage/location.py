"""Where a database is, and whether there is one."""

from __future__ import annotations

from pathlib import Path

from news.errors import StoreMissing

_NEXT = "Is `store` right (marsad config show)? A new one is made by: marsad run, or marsad db upgrade"


def database_file(url: str) -> Path | None:
    """Where a SQLite database lies; None for a server's."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def require_file(url: str) -> None:
    """Raise StoreMissing unless the file is there with something in it: SQLite makes one, and begins it, to connect."""
    file = database_file(url)
    if file is None:
        return
    try:
        if file.stat().st_size:
            return
    except FileNotFoundError:
        pass
    except OSError:
        return  # connecting says what is wrong
    raise missing(url)


def missing(url: str) -> StoreMissing:
    """What to say of an address where nothing is stored yet."""
    file = database_file(url)
    what = f"there is no database at {file}" if file else "the PostgreSQL database is empty"
    return StoreMissing(f"{what}; nothing was made.", hint=_NEXT)
