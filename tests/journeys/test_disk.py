"""The database's bad days: a torn log, a full disk, two owners, an old copy put back."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import yaml
from sqlalchemy import event, text

from alerts.dispatcher import Dispatcher
from news.briefing import Parcel
from news.clock import SystemClock
from news.delivery import DeliveryState, EndpointState, Receipt, SendResult, Settlement
from storage import Store, open_store
from tests.alerts.receiver import Receiver, answer
from tests.alerts.test_dispatcher import World, webhook
from tests.journeys.kill_nursery import VISIT, commit_only, corrected, intake_of
from tests.journeys.test_daemon import Daemon

pytestmark = pytest.mark.anyio
TORN = 1000 if os.environ.get("MARSAD_SOAK") else 40


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pragma(store: Store, statement: str) -> Callable[[], None]:
    """Say this on every connection of a store from now on; call the result to take it back."""

    def say(connection, _record):
        connection.execute(statement)

    store._engine.dispose()
    event.listen(store._engine, "connect", say)

    def end():
        event.remove(store._engine, "connect", say)
        store._engine.dispose()

    return end


def test_a_torn_log_leaves_a_beginning_of_what_was_committed_and_nothing_untrue(tmp_path, figure):
    """The log is cut, or its end overwritten, at any byte: as a power cut may leave it."""
    world = World(tmp_path)
    file = tmp_path / "alerts.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pragma(world.store, "PRAGMA wal_autocheckpoint=0")
    stories, sent = [], set()
    for number in range(25):
        stories.append(f"story-{number:03}")
        world.tell("desk", story=stories[-1])
        if number % 2:
            sent |= _send_one(world)
    log = file.with_name("alerts.db-wal").read_bytes()
    assert len(log) > 500_000
    base, chance = file.read_bytes(), random.Random(9)
    found = set()
    for number in range(TORN):
        folder = tmp_path / f"torn{number}"
        folder.mkdir()
        (folder / "m.db").write_bytes(base)
        cut = chance.randrange(len(log))
        rest = os.urandom(min(len(log) - cut, 5000)) if number % 2 else b""
        (folder / "m.db-wal").write_bytes(log[:cut] + rest)
        store = open_store(f"sqlite:///{folder / 'm.db'}")
        assert store.check() == []
        rows = store.catalogue.stories(limit=1000)
        there = sorted(row.story.id for row in rows)
        assert there == stories[: len(there)], "a beginning, without a gap"
        alerts = store.catalogue.alerts(limit=0)
        told = [entry.delivery for record in alerts for entry in record.deliveries]
        assert {d.story_id for d in told} == set(there), "no story without its delivery"
        assert {d.id for d in told if d.state is DeliveryState.DELIVERED} <= sent
        found.add(len(there))
        store.close()
        shutil.rmtree(folder)
    world.store.close()
    figure(
        f"{TORN} torn or overwritten logs: {len(found)} different beginnings, 0 gaps, 0 stories untold, 0 untrue receipts"
    )
    assert len(found) > 5


def _send_one(world) -> set[str]:
    now = world.clock.now()
    parcel = Parcel(body=b"x" * 5000, media_type="text/plain")
    [claim] = world.outbox.claim(
        owner="me", now=now, lease=timedelta(minutes=1), limit=1, per_endpoint=1, render=lambda *_: parcel
    )
    done = Settlement(
        delivery_id=claim.delivery.id, attempt=claim.attempt, owner="me", state=DeliveryState.DELIVERED,
        receipt=Receipt(result=SendResult.ACCEPTED), endpoint=EndpointState(endpoint="desk"),
    )  # fmt: skip
    assert world.outbox.settle(done, now)
    return {claim.delivery.id}


async def test_a_full_disk_stops_the_pump_for_as_long_as_it_is_full_and_loses_nothing(tmp_path, figure):
    from structlog.testing import capture_logs

    world = World(tmp_path)
    world.clock = SystemClock()
    ids = [world.tell("desk", story=f"story-{n}")[0] for n in range(40)]
    with world.store._engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    full = pragma(world.store, f"PRAGMA max_page_count={pages + 2}")
    async with Receiver([answer(204)]) as receiver:
        pump, stop = world.dispatcher({"desk": webhook(receiver)}), asyncio.Event()
        with capture_logs() as events:
            running = asyncio.create_task(pump.run_until(stop))
            async with asyncio.timeout(30):
                while not any("no room is left" in str(e.get("error", "")) for e in events):
                    await asyncio.sleep(0.05)
                before = len(receiver.requests)
                full()
                while world.store.catalogue.tally(world.clock.now()).deliveries != {"delivered": 40}:
                    await asyncio.sleep(0.05)
            stop.set()
            await running
    arrived = [r.headers["webhook-id"] for r in receiver.requests]
    assert set(arrived) == set(ids)
    assert world.store.check() == []
    world.store.close()
    figure(f"full disk: {before} of 40 sent before, all after; lost 0, sent twice {len(arrived) - len(set(arrived))}")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_two_pumps_on_one_database_send_everything_once(database, engine, figure):
    url = database(engine)
    first, second = open_store(url, upgrade=True), open_store(url)
    commit_only(first, 40, ("hook",))
    async with Receiver([answer(204)]) as receiver:
        channel = webhook(receiver, name="hook")
        pumps = [
            Dispatcher(store.outbox, {"hook": channel}, clock=SystemClock(), owner=name)
            for name, store in (("one", first), ("two", second))
        ]
        async with asyncio.timeout(60):
            while first.catalogue.tally(datetime.now(UTC)).deliveries != {"delivered": 40}:
                await asyncio.gather(*(pump.once() for pump in pumps))
    arrived = [r.headers["webhook-id"] for r in receiver.requests]
    alerts = first.catalogue.alerts(limit=0)
    numbers = [len(entry.attempts) for record in alerts for entry in record.deliveries]
    first.close()
    second.close()
    assert len(arrived) == len(set(arrived)) == 40
    assert set(numbers) == {1}
    figure(f"two pumps on one database ({engine}): 40 messages, {len(arrived) - len(set(arrived))} sent twice")


class Slow(BaseHTTPRequestHandler):
    """Takes a third of a second for each message."""

    came: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).came.append(self.headers["webhook-id"])
        time.sleep(0.3)
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.mark.slow
def test_a_daemon_told_to_stop_under_load_stops_soon_and_leaves_nothing_in_doubt(tmp_path, figure):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"sqlite:///{tmp_path / 'm.db'}"
    store = open_store(url, upgrade=True)
    commit_only(store, 150, ("hook",))
    hook = {
        "channel": "webhook", "url": f"http://127.0.0.1:{server.server_address[1]}/", "allow_http": True,
        "secret": "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtaGVyZSE=",
    }  # fmt: skip
    sources = [{"id": "en", "url": "http://127.0.0.1:9/feed", "enabled": False}]
    content = {
        "store": "sqlite:///m.db", "alerts": {"allow_networks": ["127.0.0.0/8"]}, "receivers": {"hook": hook},
        "outlets": [{"id": "tigris", "name": "Tigris", "sources": sources}], "log": {"format": "json"},
        "rules": [{"use": "builtin/security-cooperation"}],
    }  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content))
    (tmp_path / "config.yaml").chmod(0o600)
    daemon = Daemon(tmp_path)
    try:
        daemon.wait_for("delivery.sent")
        began = time.monotonic()
        assert daemon.end(signal.SIGTERM) == 0
        spent = time.monotonic() - began
    finally:
        if daemon.process.poll() is None:
            daemon.end(signal.SIGKILL)
        server.shutdown()
        server.server_close()
    left = dict(store.catalogue.tally(datetime.now(UTC)).deliveries)
    store.close()
    figure(f"SIGTERM under load: stopped after {spent:.1f} s, in doubt 0, {left}")
    assert spent < 10
    assert left.get("held", 0) + left.get("ready", 0) > 0, "there was load"
    assert left["delivered"] == len(Slow.came) == len(set(Slow.came))
    assert set(left) <= {"delivered", "held", "ready"}


async def test_yesterdays_backup_put_back_repeats_under_the_old_ids(tmp_path, figure):
    url, copy = f"sqlite:///{tmp_path / 'm.db'}", tmp_path / "copy.db"
    store = open_store(url, upgrade=True)
    seen: list[set[str]] = []
    async with Receiver([answer(204)]) as receiver:
        for day in ("before", "after", "again"):
            if day == "again":
                store.close()
                (tmp_path / "m.db").write_bytes(copy.read_bytes())
                (tmp_path / "m.db-wal").unlink(missing_ok=True)
                store = open_store(url)
            receiver.requests.clear()
            commit_only(store, 20 if day == "before" else 40, ("hook",))
            pump = Dispatcher(store.outbox, {"hook": webhook(receiver, name="hook")}, clock=SystemClock(), owner="me")
            await pump.once()
            if day != "before":
                intake = intake_of(store, ("hook",))
                intake.take([corrected(n, datetime.now(UTC)) for n in range(3)], VISIT)
                await pump.once()
            if day == "before":
                store.backup(copy)
            seen.append({r.headers["webhook-id"] for r in receiver.requests})
    store.close()
    before, after, again = seen
    assert (len(before), len(after)) == (20, 23)
    assert again == after, "what is told a second time bears the ids of the first"
    figure(f"yesterday's backup put back: {len(again)} messages sent again, {len(again - after)} under a new id")
