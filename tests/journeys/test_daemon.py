"""The daemon as a process: drain, reload, refusal, kill; and the demo as a whole."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from marsad.demo.newsroom import Newsroom
from news.run import RunOutcome
from storage import open_store

STEP = 120.0
READABLE = 17
"""Articles of the newsroom that have a text and are not private."""

pytestmark = pytest.mark.slow


class Daemon:
    """`marsad run` with its log gathered line by line. It lives no longer than the block that it was begun for,
    however that ends."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "marsad", "-c", str(folder / "config.yaml"), "run"]
        self.process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def wait_for(self, word: str) -> None:
        until(lambda: any(word in line for line in self.lines), f"{word!r} in {''.join(self.lines)[-2000:]}")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(20)
        self._reader.join(5)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + STEP
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    import yaml

    newsroom = Newsroom()
    content = {
        "store": "sqlite:///m.db",
        "crawl": {"allow_networks": ["127.0.0.0/8"], "delay": "0s"},
        "outlets": newsroom.outlets(),
        "rules": [{"use": "builtin/security-cooperation"}],
        "log": {"format": "json"},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
    yield tmp_path
    newsroom.close()


def test_the_daemon_reads_reloads_refuses_a_second_one_and_drains(folder: Path) -> None:
    with Daemon(folder) as daemon:
        daemon.wait_for("made a new database")
        daemon.wait_for("daemon.ready")
        daemon.wait_for('"new"')
        second = subprocess.run(
            [sys.executable, "-m", "marsad", "run"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=STEP,
            check=False,
        )
        assert second.returncode == 6
        assert f"another daemon (pid {daemon.process.pid}" in second.stderr
        good = (folder / "config.yaml").read_text()
        (folder / "config.yaml").write_text(good + "\nnonsense: true\n")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("config.rejected")
        assert daemon.process.poll() is None, "a bad file never stops the daemon"
        (folder / "config.yaml").write_text(good.replace("Tigris Wire", "Tigris Wire II"))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("config.loaded")
        before = len(daemon.lines)
        until(lambda: any("run.finished" in line for line in daemon.lines[before:]), "a visit after the reload")
        begun = time.monotonic()
        assert daemon.end() == 0
        assert time.monotonic() - begun < 10
        assert any("daemon.drained" in line for line in daemon.lines)


def test_a_database_that_another_program_keeps_locked_does_not_keep_the_daemon_from_its_end(folder: Path) -> None:
    with Daemon(folder) as daemon:
        daemon.wait_for('"new"')
        with closing(sqlite3.connect(folder / "m.db", timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(2)  # visits stand before their commits
            begun = time.monotonic()
            assert daemon.end() == 0
            assert time.monotonic() - begun < 10
    with Daemon(folder) as again:
        again.wait_for("daemon.ready")
        store = open_store(f"sqlite:///{folder / 'm.db'}")
        until(lambda: store.catalogue.tally(datetime.now(UTC)).articles >= READABLE, "all articles")
        assert again.end() == 0
    assert store.check() == []
    store.close()


def test_a_reload_that_the_database_refuses_changes_nothing_and_says_so(folder: Path) -> None:
    with Daemon(folder) as daemon:
        daemon.wait_for("daemon.ready")
        daemon.wait_for('"new"')
        file = folder / "config.yaml"
        file.write_text(file.read_text().replace("Tigris Wire", "Tigris Wire II"))
        with closing(sqlite3.connect(folder / "m.db", timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_for("config.rejected")
        assert not any("config.loaded" in line for line in daemon.lines)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("config.loaded")
        assert daemon.end() == 0


def test_after_a_kill_no_run_stays_running_and_nothing_is_read_twice(folder: Path) -> None:
    with Daemon(folder) as daemon:
        daemon.wait_for("daemon.ready")
        daemon.wait_for('"new"')
        daemon.end(signal.SIGKILL)
    with Daemon(folder) as again:
        again.wait_for("daemon.ready")
        store = open_store(f"sqlite:///{folder / 'm.db'}")
        until(lambda: store.catalogue.tally(datetime.now(UTC)).articles >= READABLE, "all articles")
        assert again.end() == 0
    assert all(run.outcome is not RunOutcome.RUNNING for run in store.run_log.runs(limit=1000))
    assert store.check() == []
    store.close()


def test_a_clock_set_back_while_the_daemon_was_down_keeps_no_source_waiting(folder: Path) -> None:
    with Daemon(folder) as daemon:
        daemon.wait_for('"new"')
        assert daemon.end() == 0
    ahead = 3 * 3600 * 10**6
    with closing(sqlite3.connect(folder / "m.db")) as raw:  # all this was so in three hours
        for change in ("counters SET value = value + ? WHERE name = 'clock'", "sources SET due_at = due_at + ?"):
            assert raw.execute(f"UPDATE {change}", [ahead]).rowcount
        raw.commit()
    with Daemon(folder) as again:
        again.wait_for("clock.set_back")
        again.wait_for("daemon.ready")
        assert again.end() == 0
    store = open_store(f"sqlite:///{folder / 'm.db'}")
    latest = max(state.due_at for state in store.catalogue.source_states().values() if state.due_at)
    store.close()
    assert latest < datetime.now(UTC) + timedelta(hours=1)


def test_the_demo_delivers_every_expected_alert_exactly_once(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "marsad", "demo", "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "every expected alert was delivered exactly once" in run.stdout
    assert "nothing new, nothing sent" in run.stdout
    assert "Traceback" not in run.stderr
