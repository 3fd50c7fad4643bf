"""Two whole daemons and one PostgreSQL: one works, the other takes over; and a server that hangs or is started anew."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
import yaml

from alerts.dispatcher import DispatchSettings
from marsad import exits
from marsad.demo.newsroom import Newsroom
from news.delivery import DeliveryState
from news.run import RunOutcome
from storage import Store, open_store
from tests.journeys.kill_nursery import commit_only
from tests.journeys.test_daemon import READABLE, STEP, Daemon, until

UNSURE = {"sending", "in_doubt", "retry_wait"}
MANY = 40
PER_ENDPOINT = DispatchSettings().per_endpoint


pytestmark = pytest.mark.slow


class Hook(BaseHTTPRequestHandler):
    """Takes every message; after some, only once the gate is open."""

    came: ClassVar[list[str]] = []
    gate = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).came.append(self.headers["webhook-id"])
        if len(self.came) > MANY // 2:
            self.gate.wait(30)
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class World:
    """A newsroom, a receiver, and a folder for each daemon on the one database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.newsroom = folder, url, Newsroom()
        Hook.came.clear()
        Hook.gate.clear()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.store: Store = open_store(url, upgrade=True)
        self.daemons: list[Daemon] = []

    def daemon(self, name: str) -> Daemon:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        hook = {
            "channel": "webhook", "url": f"http://127.0.0.1:{self.server.server_address[1]}/", "allow_http": True,
            "secret": "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtaGVyZSE=",
        }  # fmt: skip
        content = {
            "store": self.url, "crawl": {"allow_networks": ["127.0.0.0/8"], "delay": "0s", "reading_workers": 0},
            "alerts": {"allow_networks": ["127.0.0.0/8"]}, "receivers": {"hook": hook},
            "outlets": self.newsroom.outlets(), "rules": [{"use": "builtin/security-cooperation"}],
            "routes": [{"id": "r", "to": ["hook"]}],
            "log": {"format": "json"},
        }  # fmt: skip
        (home / "config.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
        (home / "config.yaml").chmod(0o600)
        made = Daemon(home)
        self.daemons.append(made)
        return made

    def deliveries(self) -> dict[str, int]:
        return dict(self.store.catalogue.tally(datetime.now(UTC)).deliveries)

    def is_stuck(self) -> bool:
        """All that can be under way at once waits for the gate."""
        return len(Hook.came) >= MANY // 2 + PER_ENDPOINT

    def is_over(self) -> bool:
        """All of the many are told, and nothing is in between."""
        return len(self.told()) >= MANY and not UNSURE & self.deliveries().keys()

    def told(self) -> list[str]:
        """Ids of everything that was handed over."""
        found = self.store.outbox.settled(states=[DeliveryState.DELIVERED])
        return [delivery.id for delivery in found]

    def end_sessions(self) -> None:
        """As a server does that is started anew."""
        ours = "datname = current_database() AND pid <> pg_backend_pid()"
        with closing(psycopg.connect(self.url, autocommit=True)) as admin:
            admin.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {ours}")

    def is_read(self) -> bool:
        return self.store.catalogue.tally(datetime.now(UTC)).articles >= READABLE

    def close(self) -> None:
        for daemon in self.daemons:
            daemon.end(signal.SIGKILL)
        self.newsroom.close()
        self.server.shutdown()
        self.server.server_close()
        self.store.close()


@pytest.fixture
def world(tmp_path: Path, database: Callable[[str], str]) -> Iterator[World]:
    made = World(tmp_path, database("postgresql"))
    yield made
    made.close()


def test_of_two_daemons_one_works_and_the_other_takes_over_when_it_is_killed(world: World) -> None:
    first = world.daemon("one")
    first.wait_for("daemon.ready")
    second = world.daemon("two")
    assert second.process.wait(STEP) == exits.LOCKED
    second.end()
    assert f"another daemon (marsad pid {first.process.pid} on " in "".join(second.lines)
    commit_only(world.store, MANY, ("hook",))
    until(world.is_stuck, "it is in the middle of it")
    first.end(signal.SIGKILL)
    assert world.deliveries()["sending"] == PER_ENDPOINT
    Hook.gate.set()
    third = world.daemon("two")
    until(world.is_over, "everything is told")
    until(world.is_read, "all articles")
    assert third.end() == 0
    twice = {name: count for name, count in Counter(Hook.came).items() if count > 1}
    assert len(twice) <= PER_ENDPOINT, "what was under way when it was killed"
    assert set(twice.values()) <= {2}
    assert set(Hook.came) == set(world.told())
    assert all(run.outcome is not RunOutcome.RUNNING for run in world.store.run_log.runs(limit=1000))
    assert world.store.check() == []


def test_a_server_that_is_started_anew_costs_nothing_and_leaves_one_daemon(world: World) -> None:
    commit_only(world.store, MANY, ("hook",))
    first = world.daemon("one")
    until(world.is_stuck, "it is in the middle of it")
    world.end_sessions()
    Hook.gate.set()
    until(lambda: world.store.lock_holder("daemon") != "", "the lock is taken again")
    second = world.daemon("two")
    assert second.process.wait(STEP) == exits.LOCKED
    until(world.is_over, "everything is told")
    assert first.end() == 0
    assert set(Hook.came) == set(world.told())
    assert len(Hook.came) - len(set(Hook.came)) <= PER_ENDPOINT, "what could not be settled is in doubt"


def test_a_daemon_whose_place_was_taken_ends_and_says_so(world: World) -> None:
    first = world.daemon("one")
    first.wait_for("daemon.ready")
    world.end_sessions()
    with world.store.lock("daemon"):
        assert first.process.wait(STEP) == exits.LOCKED
    first.end()
    assert "daemon.displaced" in "".join(first.lines)


def take(other: psycopg.Connection, hold: str) -> None:
    """Tables are locked one after another: a commit of the daemon's may be amid them, and the server ends one of us."""
    until(lambda: is_taken(other, hold), "the locks are taken")


def is_taken(other: psycopg.Connection, hold: str) -> bool:
    try:
        other.execute(hold)
    except psycopg.errors.DeadlockDetected:
        other.rollback()
        return False
    return True


@pytest.mark.parametrize(
    "hold",
    [
        "LOCK TABLE deliveries, endpoints, sources, hosts, runs, articles IN ACCESS EXCLUSIVE MODE",
        f"SELECT pg_advisory_xact_lock({0x6D617273})",  # the one that orders writers
    ],
)
def test_a_server_that_keeps_tables_locked_does_not_keep_the_daemon_from_its_end(world: World, hold: str) -> None:
    commit_only(world.store, MANY, ("hook",))
    daemon = world.daemon("one")
    until(world.is_stuck, "it is in the middle of it")
    with closing(psycopg.connect(world.url)) as other:
        take(other, hold)
        Hook.gate.set()
        time.sleep(2)  # sends and visits stand before their commits
        begun = time.monotonic()
        assert daemon.end() == 0
        assert time.monotonic() - begun < 10
    last = daemon.lines[-1]
    assert "daemon.drained" in last or "daemon.cut_off" in last
    assert "Traceback" not in "".join(daemon.lines)
    again = world.daemon("one")
    again.wait_for("daemon.ready")
    until(world.is_over, "everything is told")
    assert again.end() == 0
    assert set(Hook.came) == set(world.told())
