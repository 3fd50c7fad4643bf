"""The daemon's turns of hosts, from outside: what is begun is ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

from marsad.config import load
from marsad.daemon import Daemon
from news.outlet import Cursor
from news.run import RunOutcome
from news.visit import Find, VisitEnd
from storage import open_store


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


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


def test_a_turn_whose_host_was_leased_anew_is_broken_off_at_the_end_as_well(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        """
store: sqlite:///m.db
outlets: [{id: demo, name: Demo, sources: [{id: en, url: "https://demo.example/feed", languages: [en]}]}]
rules: [{use: builtin/security-cooperation}]
"""
    )
    config = load(tmp_path / "c.yaml", {})
    store = open_store(config.store, upgrade=True)
    crawl = Hanging()

    async def go() -> int:
        daemon = Daemon(config, store)
        app = daemon.app
        app.visits.take_over(crawl, app.intake, app.readers, timedelta(minutes=9))  # type: ignore[arg-type]
        running = asyncio.create_task(daemon.run())
        await until(lambda: crawl.begun == 1)
        store.dispatch.free_all()  # its lease is over, the machine slept, say; the source is due still
        await until(lambda: crawl.begun == 2)
        daemon.stop()
        await running
        return crawl.ended

    assert asyncio.run(go()) == 2
    store.close()
