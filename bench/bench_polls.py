"""What a poll of an unchanged feed (304) costs, all told, and what 10,000 of them leave behind in memory.

`python bench/bench_polls.py [SOURCES] [POLLS]`: the daemon's own path (take a host, visit, commit, release) in one
process against loopback outlets in another. CPU is this process's, over all its threads.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.bench_crawl import PORT, configuration, quiet
from bench.newsroom import address, serving
from marsad import loop
from marsad.heap import settle

SOURCES, POLLS = 100, 10_000


def resident() -> float:
    """MiB in memory now (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


async def poll(folder: Path, sources: int, polls: int) -> None:
    from dataclasses import replace

    from marsad.config import load
    from marsad.visits import LEASE
    from marsad.wiring import Application
    from storage import open_store

    config = load(configuration(folder, sources))
    store = open_store(config.store, upgrade=True)
    app = Application(config, store)
    listed = {s.id: replace(s, interval=timedelta(milliseconds=1)) for s in config.sources}
    store.dispatch.enlist(list(listed.values()), app.clock.now())
    await app.crawl.start()

    async def rounds(count: int) -> int:
        done = 0
        while done < count:
            taken = await asyncio.to_thread(
                store.dispatch.take, owner=app.owner, now=app.clock.now(), lease=LEASE, limit=64
            )
            visited = await asyncio.gather(*(app.visits.host(lease, listed) for lease in taken))
            done += sum(len(each) for each in visited)
        return done

    await rounds(sources * 10)
    settle()
    lags: list[float] = []
    watch = asyncio.create_task(lag(lags))
    before, cpu, begun = resident(), time.process_time(), time.perf_counter()
    done = await rounds(polls)
    spent, wall, grown = time.process_time() - cpu, time.perf_counter() - begun, resident() - before
    watch.cancel()
    lags.sort()
    engine = await _downloads(sources, polls // 10)
    outcomes = {run.outcome.value for run in store.run_log.runs(limit=sources)}
    await app.stop()
    store.close()
    print(
        f"polls: {done} answered 304 ({', '.join(sorted(outcomes))}): {spent / done * 1000:.2f} ms CPU each, "
        f"{spent / done / engine:.1f} times what Scrapy's engine takes for the request alone; {done / wall:.0f} polls/s, memory {grown:+.1f} MiB, loop lag p99 {lags[int(len(lags) * 0.99)] * 1000:.0f} ms"
    )


async def _downloads(sources: int, count: int) -> float:
    """CPU seconds of one bare request to a living engine, in the same run."""
    from scrapy import Request

    from crawler.engine import Engine
    from crawler.settings import CrawlSettings

    engine = Engine(CrawlSettings(user_agent="bench/1", allow_networks=("127.0.0.0/8",)))
    await engine.start()
    urls = [f"http://{address(n)}:{PORT}/feed" for n in range(sources)]
    first = await engine.download(Request(urls[0]))
    tag = first.headers["ETag"]
    cpu, done = time.process_time(), 0
    while done < count:
        asked = [Request(url, headers={"If-None-Match": tag}, dont_filter=True) for url in urls]
        await asyncio.gather(*map(engine.download, asked))
        done += len(asked)
    spent = time.process_time() - cpu
    await engine.stop()
    return spent / done


async def lag(lags: list[float]) -> None:
    """How late the loop wakes a task that wants to wake every 10 ms, in seconds."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.01)
        lags.append(time.perf_counter() - begun - 0.01)


def main() -> None:
    sources, polls = (*(int(word) for word in sys.argv[1:3]), *(SOURCES, POLLS)[len(sys.argv) - 1 :])
    quiet()
    with tempfile.TemporaryDirectory() as folder, serving(sources, 1, PORT):
        loop.run(poll(Path(folder), sources, polls))


if __name__ == "__main__":
    main()
