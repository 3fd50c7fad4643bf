"""A daemon with ten thousand sources at a ten-minute interval: processor time, how late the loop wakes, memory.

`python -m bench.bench_many [SOURCES] [SECONDS] [--new]`: 20 sources on each outlet's one address. Each was read before
and falls due once in ten minutes, evenly spread; with `--new` none was, and as many are read as one processor can.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from bench.bench_crawl import PORT, quiet
from bench.bench_polls import lag, resident
from bench.newsroom import address, serving
from marsad import loop

if TYPE_CHECKING:
    from news.outlet import Source
    from storage import Store

EACH = 20
INTERVAL = timedelta(minutes=10)
WARM = 40.0
"""Seconds until every outlet's robots.txt was read."""


def configuration(folder: Path, sources: int) -> Path:
    """Ten-minute sources, twenty to an outlet."""
    lines = [
        f"store: sqlite:///{folder}/m.db",
        "crawl: {allow_networks: [127.0.0.0/8], delay: 0s, hosts: 64, interval: 10m}",
        "rules: [{use: builtin/security-cooperation}]",
        "receivers: {}",
        "routes: []",
        "log: {level: error}",
        "outlets:",
    ]
    for outlet in range(sources // EACH):
        feed = f"http://{address(outlet)}:{PORT}/feed"
        listed = ", ".join(f"{{id: s{n}, url: '{feed}?s={n}', languages: [en]}}" for n in range(EACH))
        lines.append(f"  - {{id: o{outlet}, name: O{outlet}, zone: UTC, sources: [{listed}]}}")
    path = folder / "c.yaml"
    path.write_text("\n".join(lines))
    return path


def known_already(store: Store, sources: Sequence[Source]) -> None:
    """As if each had been read already; an outlet's sources fall due as far apart as they can."""
    from news.filing import Chunk
    from news.outlet import Cursor, SourceState
    from news.url import host_of

    now = datetime.now(UTC)
    store.dispatch.enlist(sources, now)
    tags = []
    for outlet in range(len(sources) // EACH):
        with urlopen(f"http://{address(outlet)}:{PORT}/feed") as answer:
            tags.append(answer.headers["ETag"])
    gap = INTERVAL / len(sources)
    chunks = []
    for place, source in enumerate(sources):
        outlet, nth = divmod(place, EACH)
        due = now + gap * (nth * len(tags) + outlet)
        cursor = Cursor(etag=tags[outlet], polled_at=now, unconditional_at=now)
        state = SourceState(cursor=cursor, first_visit=False, due_at=due)
        chunks.append(Chunk(run_id="", source_id=source.id, host=host_of(source.url), fence=0, state=state))
    store.archive.commit(*chunks)


async def watch(folder: Path, sources: int, seconds: float, *, new: bool) -> None:
    from marsad.config import load
    from marsad.daemon import Daemon
    from storage import open_store

    begun = time.perf_counter()
    config = load(configuration(folder, sources))
    store = open_store(config.store, upgrade=True)
    daemon = Daemon(config, store)
    loaded = time.perf_counter() - begun
    if not new:
        known_already(store, config.sources)
    task = asyncio.create_task(daemon.run())
    await asyncio.sleep(WARM)
    lags: list[float] = []
    watcher = asyncio.create_task(lag(lags))
    done, cpu, wall, before = len(store.run_log.runs(limit=10**6)), time.process_time(), time.perf_counter(), resident()
    await asyncio.sleep(seconds)
    watcher.cancel()
    spent, wall, after = time.process_time() - cpu, time.perf_counter() - wall, resident()
    runs = store.run_log.runs(limit=10**6)
    done, outcomes = len(runs) - done, {run.outcome.value for run in runs[: len(runs) - done]}
    daemon.stop()
    await task
    store.close()
    lags.sort()
    print(
        f"many: {len(config.sources)} sources, read and ready to run in {loaded:.1f} s; {done / wall:.1f} polls/s "
        f"({', '.join(sorted(outcomes))}; a round in ten minutes is {sources / 600:.1f}/s), {100 * spent / wall:.0f} % of "
        f"one processor, loop lag p50 {1000 * lags[len(lags) // 2]:.1f} ms, p99 {1000 * lags[int(len(lags) * 0.99)]:.0f} ms, "
        f"most {1000 * lags[-1]:.0f} ms; {after:.0f} MiB resident ({after - before:+.1f})"
    )


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--new"]
    sources, seconds = (*(int(word) for word in words), *(10_000, 60)[len(words) :])
    quiet()
    with tempfile.TemporaryDirectory() as folder, serving(sources // EACH, 1, PORT):
        loop.run(watch(Path(folder), sources, seconds, new="--new" in sys.argv))


if __name__ == "__main__":
    main()
