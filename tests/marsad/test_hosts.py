"""The daemon's turns of hosts, from outside: what is begun is ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from marsad.config import load
from marsad.daemon import Daemon
from marsad.readers import Readers
from marsad.visits import CHUNK
from news.outlet import Cursor
from news.run import RunOutcome
from news.visit import Find, VisitEnd
from pipelines.reading import Reading
from storage import open_store
from tests.samples import article


class Hanging:
    """A crawl whose outlet never answers."""

    def __init__(self) -> None:
        self.begun = self.ended = 0

    async def visit(self, *_: object, **__: object) -> AsyncIterator[Find | VisitEnd]:
        self.begun += 1
        try:
            await asyncio.sleep(600)
            yield VisitEnd(outcome=RunOutcome.OK, cursor=Cursor())
        finally:
            self.ended += 1

    def rest_until(self, _url: str) -> datetime | None:
        return None


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


CONFIGURATION = """
store: sqlite:///m.db
outlets: [{id: demo, name: Demo, sources: [{id: en, url: "https://demo.example/feed", languages: [en]}]}]
rules: [{use: builtin/security-cooperation}]
"""


class Listing:
    """A crawl whose outlet lists as much as a chunk holds."""

    rest_until = Hanging.rest_until

    async def visit(self, *_: object, **__: object) -> AsyncIterator[Find | VisitEnd]:
        for number in range(CHUNK):
            yield article(f"{number}")
        yield VisitEnd(outcome=RunOutcome.OK, cursor=Cursor())


class Stuck(Readers):
    """A reading process that gives no answer."""

    begun = False

    async def read(self, finds: Sequence[Find]) -> list[Reading | None]:
        self.begun = True
        await asyncio.sleep(600)
        return [None for _ in finds]


def test_a_reading_that_hangs_does_not_keep_the_daemon_from_its_end(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONFIGURATION)
    config = load(tmp_path / "c.yaml", {})
    store = open_store(config.store, upgrade=True)
    readers = Stuck(0, (), {})

    async def go() -> float:
        daemon = Daemon(config, store)
        app = daemon.app
        app.visits.take_over(Listing(), app.intake, readers, timedelta(minutes=9))  # type: ignore[arg-type]
        running = asyncio.create_task(daemon.run())
        await until(lambda: readers.begun)
        daemon.stop()
        begun = time.monotonic()
        await asyncio.wait({running}, timeout=20)
        return time.monotonic() - begun

    assert asyncio.run(go()) < 10
    store.close()


def test_a_turn_whose_host_was_leased_anew_is_broken_off_at_the_end_as_well(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONFIGURATION)
    config = load(tmp_path / "c.yaml", {})
    store = open_store(config.store, upgrade=True)
    crawl = Hanging()

    async def go() -> int:
        daemon = Daemon(config, store)
        app = daemon.app
        app.visits.take_over(crawl, app.intake, app.readers, timedelta(minutes=9))  # type: ignore[arg-type]
        running = asyncio.create_task(daemon.run())
        await until(lambda: crawl.begun == 1)
        store.dispatch.free_all(
            app.clock.now(), timedelta()
        )  # its lease is over, the machine slept, say; the source is due still
        await until(lambda: crawl.begun == 2)
        daemon.stop()
        await running
        return crawl.ended

    assert asyncio.run(go()) == 2
    store.close()


def test_the_engine_is_renewed_after_a_reload_as_well_and_as_often_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(CONFIGURATION.replace("id: en,", "id: en, enabled: false,"))
    config = load(file, {})
    store = open_store(config.store, upgrade=True)

    async def go() -> None:
        daemon = Daemon(config, store)
        ready = asyncio.Event()
        running = asyncio.create_task(daemon.run(ready.set))
        await ready.wait()
        file.write_text(file.read_text() + "crawl: {engine_life: 1s}\n")
        await daemon.reload(file)
        crawl, engine = daemon.app.crawl, daemon.app.crawl._engine
        await until(lambda: daemon.app.crawl._engine is not engine)
        assert daemon.app.crawl is crawl
        daemon.stop()
        await running

    asyncio.run(go())
    store.close()


def test_a_second_hangup_during_a_reload_is_not_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(CONFIGURATION.replace("id: en,", "id: en, enabled: false,"))
    config = load(file, {})
    store = open_store(config.store, upgrade=True)
    first, second = (f"{file.read_text()}crawl: {{engine_life: {hours}h}}\n" for hours in (2, 3))

    async def go() -> None:
        daemon = Daemon(config, store)
        ready = asyncio.Event()
        running = asyncio.create_task(daemon.run(ready.set))
        await ready.wait()
        with closing(sqlite3.connect(tmp_path / "m.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # keeps the first reload waiting, the file read
            file.write_text(first)
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(1)
            file.write_text(second)
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0.1)
            other.execute("ROLLBACK")
        await until(lambda: daemon.app.config.settings.crawl.engine_life == timedelta(hours=3))
        await until(lambda: not daemon.app._retiring)  # the engines of before
        daemon.stop()
        await running

    asyncio.run(go())
    store.close()
