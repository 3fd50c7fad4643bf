"""Claims over a table of a million deliveries, and deliveries a second with every commit on the disk.

A claim is measured with 10,000 deliveries waiting; the sustained rate with the real dispatcher, a
channel that answers at once, and SQLite with synchronous=FULL.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from alerts.dispatcher import Dispatcher
from marsad import log, loop
from news.briefing import Briefing, Claim, Parcel
from news.clock import SystemClock
from news.delivery import Delivery, Receipt, SendResult
from news.notice import Notice
from storage import Store, open_store
from tests.samples import chunk, filing

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
WAITING = 10_000
CLAIMS = 200
SENT = 3_000


class Instant:
    """A channel that costs nothing: what is measured is the outbox."""

    def __init__(self, count: int) -> None:
        self._count = count

    def endpoints(self) -> Sequence[str]:
        return [f"hook/{n}" for n in range(self._count)]

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        return Parcel(body=delivery.id.encode() * 100, media_type="application/json", subject=briefing.story.title)

    async def send(self, claim: Claim) -> Receipt:
        return Receipt(result=SendResult.ACCEPTED, status="204")

    async def arrived(self, claim: Claim) -> Receipt | None:
        return None

    def preview(self, claim: Claim) -> str:
        return claim.delivery.id

    async def notify(self, endpoint: str, notice: Notice) -> Receipt:
        return Receipt(result=SendResult.ACCEPTED)

    async def close(self) -> None:
        pass


def filled(path: Path, rows: int, waiting: int, endpoints: int) -> Store:
    """A store with so many deliveries, a story to every endpoint; the last `waiting` of them are due."""
    store = open_store(f"sqlite:///{path}", upgrade=True)
    store.archive.commit(chunk(filing("seed")))
    with sqlite3.connect(path) as raw:
        names = [row[1] for row in raw.execute("PRAGMA table_info(deliveries)")]
        pattern = dict(zip(names, raw.execute("SELECT * FROM deliveries LIMIT 1").fetchone(), strict=True))
        raw.execute("DELETE FROM deliveries")
        first = (rows - waiting) // endpoints
        doc = raw.execute("SELECT doc, last_seen_at FROM stories").fetchone()
        raw.executemany("INSERT OR IGNORE INTO stories (story_id, doc, last_seen_at) VALUES (?, ?, ?)",
                        ((f"s{n}", doc[0], doc[1]) for n in range(first, rows // endpoints + 1)))  # fmt: skip
        now = time.time_ns() // 1000

        def row(n: int) -> tuple[object, ...]:
            due = n >= rows - waiting
            at = now - (rows - n) * 1000 - 60_000_000
            more = {"id": f"msg_{n:09d}", "story_id": f"s{n // endpoints}", "endpoint": f"hook/{n % endpoints}",
                    "state": "ready" if due else "delivered", "ready_at": at, "created_at": at,
                    "expires_at": now + 10**12, "attempt_count": 0 if due else 1}  # fmt: skip
            return tuple({**pattern, **more}[name] for name in names)

        places = ",".join("?" * len(names))
        raw.executemany(f"INSERT INTO deliveries VALUES ({places})", (row(n) for n in range(rows)))
    raw.close()
    return store


def claims(store: Store) -> tuple[list[float], list[float]]:
    """Milliseconds per claim of one delivery: by the clock, and of the processor's. The rest is waiting
    for the disk, and for others who use the machine."""
    channel, clock, spent, worked = Instant(100), SystemClock(), [], []
    for _ in range(CLAIMS):
        begun, busy = time.perf_counter(), time.process_time()
        found = store.outbox.claim(
            owner="bench", now=clock.now(), lease=timedelta(seconds=60), limit=1, per_endpoint=4, render=channel.render
        )
        spent.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        assert len(found) == 1
    return sorted(spent), sorted(worked)


async def sustained(store: Store, count: int) -> float:
    """Deliveries a second, through the dispatcher, until nothing is due."""
    pump = Dispatcher(store.outbox, {"hook": Instant(20)}, clock=SystemClock(), owner="bench")
    begun = time.perf_counter()
    sent = await pump.once()
    assert sent == count, (sent, count)
    return count / (time.perf_counter() - begun)


def main() -> None:
    log.configure("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        store = filled(Path(folder) / "a.db", ROWS, WAITING, 100)
        spent, worked = claims(store)
        store.close()
        print(
            f"claim with {ROWS} deliveries, {WAITING} waiting: median {statistics.median(spent):.1f} ms, "
            f"p99 {spent[int(len(spent) * 0.99) - 1]:.1f} ms; of the processor {statistics.median(worked):.1f} ms"
        )
        store = filled(Path(folder) / "b.db", SENT, SENT, 20)
        rate = loop.run(sustained(store, SENT))
        store.close()
        print(f"sustained with synchronous=FULL: {rate:.0f} deliveries/s")


if __name__ == "__main__":
    main()
