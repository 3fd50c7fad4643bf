"""A daemon at work while the disk under its database goes bad and is well again; what has become of it.

As a program, in a mount namespace of its own with a small file system: `bad_disk FOLDER` fills that up.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from marsad.demo.newsroom import Newsroom
from storage import open_store
from tests.journeys.kill_nursery import commit_only
from tests.journeys.test_daemon import READABLE, Daemon, until
from tests.journeys.test_life import free_port

WAITING = 80
"""Messages decided before the daemon starts; it reads a newsroom besides."""
READ = READABLE if os.environ.get("MARSAD_SOAK") else 0
"""Articles to be read besides: a visit that could not be stored is made again after a minute."""
PATIENCE = 150.0
BAD = 5.0
"""Seconds for which the disk stays bad."""


@dataclass(frozen=True)
class Course:
    """What happened: ids that came, how often; the check's words while the disk was bad; and at the end."""

    before: int
    during: int
    came: dict[str, int]
    untrue: list[str]
    fault: str
    log: str
    recovered_after: float
    delivered: list[str]
    states: dict[str, int]
    articles: int
    problems: list[str]

    @property
    def repeats(self) -> int:
        return sum(self.came.values()) - len(self.came)


class Sink(BaseHTTPRequestHandler):
    """Takes a tenth of a second for a message, and counts ids."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.came[self.headers["webhook-id"]] += 1  # type: ignore[attr-defined]
        time.sleep(0.1)
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def go_through(folder: Path, begin: Callable[[int], object], end: Callable[[], object]) -> Course:
    """Start a daemon there, have the disk go bad in the middle of its work, and well again. `begin` gets its pid."""
    with _sink() as sink, closing(Newsroom()) as newsroom:
        port = free_port()
        (folder / "config.yaml").write_text(yaml.safe_dump(_config(newsroom, sink, port), allow_unicode=True))
        (folder / "config.yaml").chmod(0o600)
        store = open_store(f"sqlite:///{folder / 'm.db'}", upgrade=True)
        commit_only(store, WAITING, ("hook",))
        store.close()
        daemon = Daemon(folder)
        try:
            until(lambda: len(sink.came) >= 20, "some have arrived")
            begin(daemon.process.pid)
            fault: list[str] = []
            until(lambda: bool(fault.append(_fault(port)) or fault[-1]), "health is red")
            before = len(sink.came)
            time.sleep(BAD)
            untrue = sorted(set(_delivered(folder)) - set(sink.came))
            still = _fault(port)
            during = len(sink.came) - before
            end()
            well = time.monotonic()
            until(lambda: _fault(port) == "", "health is green again")
            recovered = time.monotonic() - well
            limit = time.monotonic() + PATIENCE
            while not _is_done(folder):
                assert time.monotonic() < limit, "everything is read and delivered"
                time.sleep(0.2)
            assert daemon.end() == 0
        finally:
            if daemon.process.poll() is None:
                daemon.end(9)
        store = open_store(f"sqlite:///{folder / 'm.db'}")
        tally = store.catalogue.tally(datetime.now(UTC))
        course = Course(
            before, during, dict(sink.came), untrue, still, "".join(daemon.lines), recovered, _delivered(folder),
            dict(tally.deliveries), tally.articles, store.check(),
        )  # fmt: skip
        store.close()
    return course


def _config(newsroom: Newsroom, sink: ThreadingHTTPServer, port: int) -> dict[str, object]:
    outlets = newsroom.outlets()
    for outlet in outlets:
        for source in outlet["sources"]:
            source["backfill"] = True
    hook = {
        "channel": "webhook", "url": f"http://127.0.0.1:{sink.server_address[1]}/", "allow_http": True,
        "secret": "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtaGVyZSE=",
    }  # fmt: skip
    return {
        "store": "sqlite:///m.db", "outlets": outlets,
        "crawl": {"allow_networks": ["127.0.0.0/8"], "delay": "1s", "reading_workers": 0},
        "receivers": {"hook": hook}, "rules": [{"use": "builtin/security-cooperation"}],
        "routes": [{"id": "all", "to": ["hook"]}], "log": {"format": "json"},
        # What waits is of one of the newsroom's own sources: its news is no flood that is to wait for a digest.
        "alerts": {"group_wait": "0s", "update_wait": "0s", "per_source": 0, "allow_networks": ["127.0.0.0/8"]},
        "console": {"listen": f"127.0.0.1:{port}"},
    }  # fmt: skip


@contextmanager
def _sink():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads, server.came = True, Counter()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _fault(port: int) -> str:
    """What the daemon's own health check says of its database; empty if it is well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            check = json.load(error)["checks"]["database"]
        return "" if check["passed"] else str(check["detail"])


def _delivered(folder: Path) -> list[str]:
    """Read past the daemon, as another process sees it."""
    with closing(sqlite3.connect(folder / "m.db", timeout=10)) as db:
        return [row[0] for row in db.execute("SELECT id FROM deliveries WHERE state = 'delivered'")]


def _is_done(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "m.db", timeout=10)) as db:
        articles = db.execute("SELECT count(*) FROM articles").fetchone()[0]
        open_ones = db.execute(
            "SELECT count(*) FROM deliveries WHERE state IN ('held', 'ready', 'sending', 'retry_wait', 'in_doubt')"
        ).fetchone()[0]
    return articles >= READ + WAITING and open_ones == 0


def fill(file: Path) -> None:
    """Take all the room there is."""
    with file.open("wb", buffering=0) as out:
        for size in (65536, 4096, 512):
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                continue


def main() -> None:
    folder = Path(sys.argv[1])
    course = go_through(folder, lambda _pid: fill(folder / "filler"), (folder / "filler").unlink)
    print(json.dumps(asdict(course)))


if __name__ == "__main__":
    main()
