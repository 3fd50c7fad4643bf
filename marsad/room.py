"""How much room is left for a SQLite database, and whether that is enough."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from marsad.config.units import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes where a database lies; `least` is what `watch.free_space` asks for."""

    free: int
    total: int
    least: float
    folder: Path

    def is_short(self, times: float = 1) -> bool:
        """Is there less than so many times the least?"""
        return self.free < self.least * times

    def __str__(self) -> str:
        return (
            f"{_size(self.free)} of {_size(self.total)} are free at {self.folder}, "
            f"less than the {_size(self.least)} of watch.free_space"
        )


def room_for(database: Path, least: Share) -> Room:
    """Raises OSError."""
    usage = shutil.disk_usage(database.parent)
    return Room(free=usage.free, total=usage.total, least=least.of(usage.total), folder=database.parent)


def _size(size: float) -> str:
    return f"{size / 1024**3:.1f} GiB" if size >= 1024**3 else f"{size / 1024**2:.0f} MiB"
