"""From a story's commit to the first byte at its receivers: fifty stories a minute to a hundred endpoints.

Real intake, SQLite with synchronous=FULL, real dispatcher and webhooks; the receiver is in this
process too, so that its work is on our clock.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from alerts.dispatcher import Dispatcher
from marsad import log, loop
from news.clock import SystemClock
from news.ports import Channel
from storage import open_store
from tests.alerts.receiver import Receiver, answer
from tests.alerts.test_dispatcher import webhook
from tests.journeys.kill_nursery import VISIT, article, intake_of

ENDPOINTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
STORIES = 25
A_MINUTE = 50


class Watch(Receiver):
    """When each message came, by story."""

    def __init__(self) -> None:
        super().__init__([answer(204)])
        self.came: list[tuple[str, float]] = []

    def reply(self, request):  # type: ignore[no-untyped-def]
        self.requests.clear()
        found = re.search(rb'"subject":"story/([^"]+)"', request.body)
        assert found is not None
        self.came.append((found[1].decode(), time.perf_counter()))
        return answer(204)


async def measure(folder: Path) -> list[float]:
    """Seconds from commit to arrival, for every message."""
    store = open_store(f"sqlite:///{folder / 'a.db'}", upgrade=True)
    names = [f"hook{n}" for n in range(ENDPOINTS)]
    intake, committed = intake_of(store, names), {}
    async with Watch() as receiver:
        channels: dict[str, Channel] = {name: webhook(receiver, name=name) for name in names}
        pump = Dispatcher(store.outbox, channels, clock=SystemClock(), owner="bench")
        stop = asyncio.Event()
        running = asyncio.create_task(pump.run_until(stop))
        begun = time.perf_counter()
        for number in range(STORIES):
            await asyncio.sleep(max(begun + number * 60 / A_MINUTE - time.perf_counter(), 0))
            taken = await asyncio.to_thread(intake.take, [article(number, datetime.now(UTC))], VISIT)
            committed[taken.rows[0].story_id] = time.perf_counter()
            pump.wake()
        while len(receiver.came) < STORIES * ENDPOINTS:
            await asyncio.sleep(0.05)
        stop.set()
        await running
        await pump.drain(5)
    store.close()
    return sorted(at - committed[story] for story, at in receiver.came)


def main() -> None:
    log.configure("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        spent = loop.run(measure(Path(folder)))
    p99 = spent[int(len(spent) * 0.99) - 1]
    print(
        f"{A_MINUTE} stories a minute to {ENDPOINTS} endpoints each: commit to first byte "
        f"p50 {statistics.median(spent):.2f} s, p99 {p99:.2f} s, {len(spent)} messages"
    )


if __name__ == "__main__":
    main()
