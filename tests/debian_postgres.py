"""A PostgreSQL with its contrib modules, as Debian packages it, in a folder and on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHIPPED = Path("/usr/lib/postgresql")
"""Where Debian keeps its versions."""


def newest() -> Path | None:
    """The folder of programs of the newest version here, if any."""
    found = [path.parent for path in SHIPPED.glob("*/bin/initdb")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Its address while it runs; it listens on a socket in its folder alone. Raises CalledProcessError."""
    folder = Path(tempfile.mkdtemp(prefix="marsad-debian-pg-"))
    # It refuses to be run by the superuser.
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def call(program: str, *arguments: str) -> None:
        command = [*user, str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, timeout=60)

    call("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    call("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "--options", options)
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        call("pg_ctl", "stop", "--mode", "immediate")
        shutil.rmtree(folder, ignore_errors=True)
