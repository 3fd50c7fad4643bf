"""A loopback outlet that serves what a test tells it, and a crawler to visit it."""

from __future__ import annotations

import asyncio
import gzip
import struct
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crawler.run import ScrapyCrawl
from crawler.settings import CrawlSettings
from news.article import Article, Rejection
from news.clock import Clock, SystemClock
from news.outlet import Outlet, Source, SourceState
from news.visit import VisitEnd

BODY = (
    "<p>"
    + "</p><p>".join(f"Sentence number {i} of an ordinary article about rivers and roads." for i in range(8))
    + "</p>"
)


def page(title: str = "Rain lifts the river by forty centimetres", body: str = BODY) -> str:
    return f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


def rss(*items: tuple[str, str], extra: str = "") -> str:
    rows = "".join(f"<item><title>{t}</title><link>{link}</link>{extra}</item>" for link, t in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'


@dataclass
class Answer:
    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0

    @property
    def raw(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


class LoopbackOutlet:
    """`answers[path]` is an Answer or a function of the request's headers; `seen` lists requests."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answer | Callable[[Mapping[str, str]], Answer]] = {}
        self.seen: list[tuple[str, Mapping[str, str]]] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        outlet = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outlet._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.seen.append((handler.path, {k.lower(): v for k, v in handler.headers.items()}))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            found = self.answers.get(handler.path, Answer(status=404))
            answer = found(self.seen[-1][1]) if callable(found) else found
            time.sleep(answer.hang)
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer.raw)))
            handler.end_headers()
            handler.wfile.write(answer.raw)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
        finally:
            with self._lock:
                self.at_once -= 1

    def paths(self) -> list[str]:
        return [path for path, _ in self.seen if path != "/robots.txt"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def outlet() -> Iterator[LoopbackOutlet]:
    made = LoopbackOutlet()
    yield made
    made.close()


@dataclass
class Seen:
    """What a visit gave."""

    articles: list[Article]
    rejections: list[Rejection]
    end: VisitEnd
    notes: list[tuple[str, str]]


class Visitor:
    """A started crawler with a memory of entry hashes, as the archive would have it."""

    def __init__(self, crawl: ScrapyCrawl) -> None:
        self.crawl = crawl
        self.hashes: dict[str, str] = {}
        self.state = SourceState()

    async def visit(self, source: Source, state: SourceState | None = None, limit: int = 0) -> Seen:
        notes: list[tuple[str, str]] = []

        async def known(urls: Sequence[str]) -> Mapping[str, str]:
            return {url: self.hashes[url] for url in urls if url in self.hashes}

        def note(level: str, event: str, **_facts: object) -> None:
            notes.append((level, event))

        articles: list[Article] = []
        rejections: list[Rejection] = []
        async for find in self.crawl.visit(source, state or self.state, known=known, note=note, limit=limit):
            if isinstance(find, VisitEnd):
                self.state = SourceState(cursor=find.cursor, first_visit=False, pending=find.pending, moved=find.moved)
                return Seen(articles, rejections, find, notes)
            self.hashes[find.url] = getattr(find, "entry_hash", "")
            (articles if isinstance(find, Article) else rejections).append(find)  # type: ignore[arg-type]
        raise AssertionError("no VisitEnd")


@asynccontextmanager
async def visitor(clock: Clock | None = None, **changes: Any) -> AsyncIterator[Visitor]:
    facts = {"user_agent": "Marsad/0.1", "contact": "test@example.org", "allow_networks": ("127.0.0.1/32",)}
    crawl = ScrapyCrawl(CrawlSettings(**{**facts, "timeout": timedelta(seconds=3), **changes}), clock or SystemClock())
    await crawl.start()
    try:
        yield Visitor(crawl)
    finally:
        await crawl.stop()


def feed(outlet: LoopbackOutlet, path: str = "/feed", **changes: Any) -> Source:
    facts = {"id": "demo/en", "outlet": Outlet(id="demo", name="Demo"), "url": outlet.base + path}
    return Source(**{**facts, "languages": ("en",), "delay": timedelta(), **changes})


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def bomb(megabytes: int) -> bytes:
    """Gzip of so many megabytes of blanks. One is packed and repeated: packing 200 took every process of a run a second."""
    blanks = b" " * 1024**2
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(blanks, checksum)
    head = gzip.compress(b"")[:10]
    return head + block * megabytes + packer.flush() + struct.pack("<II", checksum, megabytes * len(blanks))


def serve(outlet: LoopbackOutlet, *slugs: str) -> None:
    """A feed that lists these pages, and the pages."""
    items = [(f"{outlet.base}/{slug}", f"Headline of {slug} in the feed") for slug in slugs]
    outlet.answers["/feed"] = Answer(rss(*items))
    for slug in slugs:
        outlet.answers[f"/{slug}"] = Answer(page(f"Headline of {slug} on its page"))
