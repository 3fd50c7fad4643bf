"""Where tests write: in memory where there is room. Nearly half of a run was waiting for the disk, and what a killed
process leaves is the same there; what a failing disk leaves, the tests of that make themselves."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes free that a run may need several times over."""


def take() -> Path | None:
    """A folder in memory for everything temporary of this process and its children; None if there is no room, or
    if somebody chose a place."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return None
    folder = Path(tempfile.mkdtemp(prefix="marsad-tests-", dir=MEMORY))
    folder.chmod(0o755)  # Debian's PostgreSQL is another user
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    return folder


def give_back(folder: Path) -> None:
    """Whatever is still held by a process that is just ending is let be."""
    os.environ.pop("TMPDIR", None)
    tempfile.tempdir = None
    shutil.rmtree(folder, ignore_errors=True)
