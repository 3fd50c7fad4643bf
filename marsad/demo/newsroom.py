"""Five invented outlets on loopback: feeds, pages, robots.txt, ETags, and a few bad days."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from marsad.demo import articles, pages
from marsad.demo.articles import Piece


@dataclass(slots=True)
class Station:
    """One outlet: what it publishes, how, and who asked."""

    id: str
    name: str
    language: str
    zone: str
    country: str
    kind: str
    style: str
    pieces: tuple[Piece, ...]
    start: datetime
    base: str = ""
    corrected: bool = False
    requests: Counter[str] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)

    def items(self) -> list[tuple[Piece, str, datetime]]:
        """(piece, title now, published), newest first."""
        rows = [(p, self.title(p), at) for p, at in zip(self.pieces, pages.times(self.pieces, self.start), strict=True)]
        return sorted(rows, key=lambda row: row[2], reverse=True)

    def title(self, piece: Piece) -> str:
        return piece.corrected_title if self.corrected and piece.corrected_title else piece.title

    def answer(self, path: str) -> tuple[int, str, str]:
        """(status, content type, body) of a path."""
        if path == "/robots.txt":
            return 200, "text/plain", "User-agent: *\nDisallow: /private\n"
        if path == "/feed":
            return self._feed()
        for piece, title, at in self.items():
            if path == f"/{piece.slug}":
                if piece.special == "503 once" and piece.slug not in self.failed:
                    self.failed.add(piece.slug)
                    return 503, "text/plain", "busy"
                return 200, "text/html; charset=utf-8", pages.page(piece, title, at, self.language, self.style)
        return 404, "text/plain", "not here"

    def _feed(self) -> tuple[int, str, str]:
        if self.kind == "atom":
            return 200, "application/atom+xml", pages.atom(self.name, self.base, self.items())
        if self.kind == "listing":
            return 200, "text/html; charset=utf-8", pages.listing(self.name, self.items())
        return 200, "application/rss+xml", pages.rss(self.name, self.base, self.items())


def _stations(start: datetime) -> list[Station]:
    def station(
        id: str, name: str, language: str, zone: str, country: str, kind: str, style: str, pieces: tuple[Piece, ...]
    ) -> Station:
        return Station(id, name, language, zone, country, kind, style, pieces, start)

    return [
        station("tigris", "Tigris Wire", "en", "Asia/Baghdad", "IQ", "rss", "json-ld", articles.ENGLISH),
        station("rafidain", "شفق الرافدين", "ar", "Asia/Baghdad", "IQ", "rss", "shafaq", articles.ARABIC),
        station("zagros", "زاگرۆس پرێس", "ckb", "Asia/Baghdad", "IQ", "atom", "plain", articles.SORANI),
        station("botan", "Botan Rojname", "kmr", "Europe/Istanbul", "TR", "rss", "json-ld", articles.KURMANJI),
        station("levant", "Levant Observer", "en", "Asia/Beirut", "LB", "listing", "plain", articles.OBSERVER),
    ]


class Newsroom:
    """Serves the stations, each on a loopback address of its own, until closed."""

    def __init__(self) -> None:
        self.stations = _stations(datetime.now(UTC))
        self._servers = [self._serve(station, 11 + i) for i, station in enumerate(self.stations)]

    def _serve(self, station: Station, number: int) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"station": station})
        try:
            server = ThreadingHTTPServer((f"127.0.0.{number}", 0), handler)
        except OSError:
            # Not every system has more than one loopback address.
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        station.base = f"http://{server.server_address[0]!s}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def correct(self) -> None:
        """The next round: one headline is corrected, nothing else is new."""
        for station in self.stations:
            station.corrected = True

    def outlets(self) -> list[dict[str, Any]]:
        """The stations as `outlets` of a configuration."""
        return [
            {
                "id": s.id,
                "name": s.name,
                "country": s.country,
                "zone": s.zone,
                "delay": "0s",
                "profile": "shafaq" if s.style == "shafaq" else "",
                "sources": [
                    {
                        "id": s.language,
                        "url": f"{s.base}/feed",
                        "kind": "listing" if s.kind == "listing" else "feed",
                        "languages": [s.language],
                        "interval": "1s",
                        "backfill": True,
                        **({"links": "ul.news a"} if s.kind == "listing" else {}),
                    }
                ],
            }
            for s in self.stations
        ]

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    station: Station
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(self.path)
        status, kind, text = self.station.answer(path)
        body = text.encode("utf-8")
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.station.requests[f"{status} {path}"] += 1
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", format_datetime(self.station.start, usegmt=True))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the demo prints what matters."""
