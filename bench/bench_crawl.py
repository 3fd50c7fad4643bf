"""The whole path (poll, fetch, extract, group, tag, store) for 200 feeds of 20 articles on loopback, beside
Scrapy alone fetching the same in the same run. `python bench/bench_crawl.py [OUTLETS] [ARTICLES] [ROUNDS]`
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.newsroom import address, serving
from marsad import loop

PORT = 8397


def configuration(folder: Path, outlets: int) -> Path:
    """A configuration with every outlet, as fast as politeness of one request at a time allows."""
    lines = [
        f"store: sqlite:///{folder}/m.db",
        "crawl: {allow_networks: [127.0.0.0/8], delay: 0s, hosts: 64, extraction_workers: 1, reading_workers: 1, interval: 1h}",
        "rules: [{use: builtin/security-cooperation}]",
        "receivers: {}",
        "routes: []",
        "log: {level: error}",
        "outlets:",
    ]
    for outlet in range(outlets):
        url = f"http://{address(outlet)}:{PORT}/feed"
        lines.append(
            f"  - {{id: o{outlet}, name: O{outlet}, zone: UTC, sources: [{{id: en, url: '{url}', languages: [en]}}]}}"
        )
    path = folder / "c.yaml"
    path.write_text("\n".join(lines))
    return path


def quiet() -> None:
    """Errors only, as a bench prints one line."""
    from marsad import log

    log.configure("error", "json")


def whole_path(outlets: int, articles: int) -> float:
    """Seconds until every article is stored, from a daemon that is ready."""
    from marsad.config import load
    from marsad.daemon import Daemon
    from storage import open_store

    with tempfile.TemporaryDirectory() as name:
        config = load(configuration(Path(name), outlets))
        store = open_store(config.store, upgrade=True)
        daemon = Daemon(config, store)

        async def run() -> float:
            begun = time.perf_counter()
            task = asyncio.create_task(daemon.run())
            while await asyncio.to_thread(store.history.count) < outlets * articles:
                await asyncio.sleep(0.2)
            taken = time.perf_counter() - begun
            daemon.stop()
            await task
            return taken

        try:
            return loop.run(run())
        finally:
            store.close()


def bare(outlets: int, articles: int) -> float:
    """Seconds of Scrapy alone, without its start."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "bench.bare_scrapy", str(outlets), str(PORT)]
    pages = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    taken = time.perf_counter() - begun
    assert pages == outlets * articles, f"{pages} pages"
    return taken


def main() -> None:
    outlets, articles, rounds = (*(int(word) for word in sys.argv[1:4]), *(200, 20, 3)[len(sys.argv) - 1 :])
    quiet()
    with serving(outlets, articles, PORT):
        pairs = [(whole_path(outlets, articles), bare(outlets, articles)) for _ in range(rounds)]
    total = outlets * articles
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"crawl: {total} articles of {outlets} outlets: whole path {total / ours:.0f} articles/s, "
        f"Scrapy alone {total / theirs:.0f} pages/s; {ratio:.2f} times its wall time"
    )


if __name__ == "__main__":
    main()
