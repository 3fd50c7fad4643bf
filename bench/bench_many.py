"""A daemon with ten thousand sources at a ten-minute interval: processor time, how late the loop wakes, memory.

`python -m bench.bench_many [SOURCES] [SECONDS]`: 20 sources on each outlet's one address, feeds of one article. A new
daemon spreads its first polls over a few minutes, so more is polled while it is measured than later on.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench.bench_crawl import PORT, quiet
from bench.bench_polls import lag, resident
from bench.newsroom import address, serving

EACH = 20
WARM = 20.0


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


async def watch(folder: Path, sources: int, seconds: float) -> None:
    from marsad.config import load
    from marsad.daemon import Daemon
    from storage import open_store

    begun = time.perf_counter()
    config = load(configuration(folder, sources))
    store = open_store(config.store, upgrade=True)
    daemon = Daemon(config, store)
    task = asyncio.create_task(daemon.run())
    loaded = time.perf_counter() - begun
    await asyncio.sleep(WARM)
    lags: list[float] = []
    watcher = asyncio.create_task(lag(lags))
    done, cpu, wall, before = len(store.run_log.runs(limit=10**6)), time.process_time(), time.perf_counter(), resident()
    await asyncio.sleep(seconds)
    watcher.cancel()
    spent, wall, after = time.process_time() - cpu, time.perf_counter() - wall, resident()
    done = len(store.run_log.runs(limit=10**6)) - done
    daemon.stop()
    await task
    store.close()
    lags.sort()
    print(
        f"many: {len(config.sources)} sources, read and ready to run in {loaded:.1f} s; {done / wall:.0f} polls/s "
        f"(a round in ten minutes is {sources / 600:.0f}/s), {100 * spent / wall:.0f} % of one processor, loop lag p50 "
        f"{1000 * lags[len(lags) // 2]:.1f} ms, p99 {1000 * lags[int(len(lags) * 0.99)]:.0f} ms; {after:.0f} MiB resident ({after - before:+.1f})"
    )


def main() -> None:
    sources, seconds = (*(int(word) for word in sys.argv[1:3]), *(10_000, 60)[len(sys.argv) - 1 :])
    quiet()
    with tempfile.TemporaryDirectory() as folder, serving(sources // EACH, 1, PORT):
        asyncio.run(watch(Path(folder), sources, seconds))


if __name__ == "__main__":
    main()
