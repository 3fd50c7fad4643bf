"""Outlets on loopback for the crawl bench: each on an address of its own, feeds and pages made up front.

Run as a program (`python -m bench.newsroom OUTLETS ARTICLES PORT`), it prints `ready` and serves until its
standard input closes. Texts are invented words in random order: nothing in them matches a rule, each is a story of its own.
"""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate

from bench.wording import Wording, words

PARAGRAPHS, WORDS = 12, 55
SECTIONS = 25
TAG = re.compile(rb"(?i)if-none-match: (\S+)")
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
BEGUN = 1_780_000_000


def address(outlet: int) -> str:
    """The loopback address of an outlet."""
    return f"127.20.{1 + outlet // 250}.{1 + outlet % 250}"


def documents(outlet: int, articles: int, port: int, wording: Wording) -> dict[str, tuple[str, bytes]]:
    """Path -> (content type, body) of everything an outlet serves."""
    chance = random.Random(outlet)

    def text(count: int) -> str:
        return " ".join(wording.say(count, chance)).capitalize()

    sections = words(SECTIONS, chance)
    base = f"http://{address(outlet)}:{port}"
    out = {"/robots.txt": ("text/plain", b"User-agent: *\nAllow: /\n")}
    items = []
    for number in range(articles):
        title = text(8)
        at = BEGUN + number * 600
        paragraphs = "".join(f"<p>{text(WORDS)}.</p>" for _ in range(PARAGRAPHS))
        links = "".join(f'<li><a href="/{word}">{word}</a></li>' for word in sections)
        page = (
            f'<!doctype html><html lang="en"><head><title>{title}</title>'
            f'<meta property="article:published_time" content="{_iso(at)}">'
            f'<link rel="canonical" href="{base}/news/{number}"></head><body><nav><ul>{links}</ul></nav>'
            f'<article><h1>{title}</h1>{paragraphs}</article><footer><a href="/">Home</a></footer></body></html>'
        )
        out[f"/news/{number}"] = ("text/html; charset=utf-8", page.encode())
        items.append(
            f"<item><title>{title}</title><link>{base}/news/{number}</link>"
            f"<pubDate>{formatdate(at, usegmt=True)}</pubDate></item>"
        )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{outlet}</title>{"".join(items)}</channel></rss>'
    out["/feed"] = ("application/rss+xml", feed.encode())
    return out


def _iso(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Peer(asyncio.Protocol):
    """HTTP/1.1 for GET with keep-alive and ETags, and nothing else."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            path, _, _ = head.split(b" ", 2)[1].decode().partition("?")
            answer = self._answers.get(path, MISSING)
            tag = TAG.search(head)
            known = tag is not None and tag[1] in answer[:300]
            self._transport.write(UNCHANGED if known else answer)


def _answer(kind: str, body: bytes) -> bytes:
    tag = f'"{hash(body) & 0xFFFFFFFF:x}"'
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nETag: {tag}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


@contextmanager
def serving(outlets: int, articles: int, port: int) -> Iterator[None]:
    """All of it in a process of its own, ready to answer."""
    command = [sys.executable, "-m", "bench.newsroom", str(outlets), str(articles), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as newsroom:
        assert newsroom.stdout is not None
        assert newsroom.stdin is not None
        assert newsroom.stdout.readline() == "ready\n"
        yield
        newsroom.stdin.close()


async def serve(outlets: int, articles: int, port: int) -> None:
    """Serve until standard input closes."""
    loop = asyncio.get_running_loop()
    wording = Wording()
    for outlet in range(outlets):
        answers = {path: _answer(*found) for path, found in documents(outlet, articles, port, wording).items()}
        await loop.create_server(lambda a=answers: Peer(a), address(outlet), port)  # type: ignore[misc]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(*(int(word) for word in sys.argv[1:4])))
