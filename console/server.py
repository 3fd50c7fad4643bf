"""The HTTP server in the daemon's loop: bounded in size, time and number, closed by default.

Every connection ends after LIFETIME whatever it does: a client that drips its header or its body
holds nothing for longer. Behind a reverse proxy that adds TLS, see docs/operate.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from console import pages
from console.pace import Pace

log = structlog.get_logger("marsad.console")

MOST_BODY = 64 * 1024
LIFETIME = timedelta(seconds=30)
HANDLING = timedelta(seconds=10)
MOST_CONNECTIONS = 200

HEADERS = {
    "Content-Security-Policy": pages.POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "Marsad",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answered = Callable[[str, int], None]
"""Told of every answer: the route's pattern (never the address, which may hold a token), status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some pages. `public` ones are also answered under the public name, at most `per_minute` times
    a minute for each client."""

    routes: Sequence[web.RouteDef]
    public: bool = False
    per_minute: int = 60


class Server:
    """Serves the parts on one address from `start` to `stop`."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        host: str,
        port: int,
        public_url: str = "",
        answered: Answered = lambda _page, _status: None,
        lifetime: timedelta = LIFETIME,
    ) -> None:
        self._host, self._wanted_port = host, port
        self._public_host = urlsplit(public_url).hostname or ""
        self._answered, self._lifetime = answered, lifetime.total_seconds()
        self._paces: dict[str, Pace] = {}
        self._public: set[str] = set()
        app = web.Application(middlewares=[self._outermost, self._doorkeeper], client_max_size=MOST_BODY)
        for part in parts:
            app.router.add_routes(part.routes)
            pace = Pace(per_minute=part.per_minute)
            for route in part.routes:
                if part.public:
                    self._public.add(route.path)
                    self._paces[route.path] = pace
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
        self._server: asyncio.Server | None = None
        self._open = 0

    @property
    def port(self) -> int:
        """The port in use: the configured one, or what the system chose for 0."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self._wanted_port

    async def start(self) -> None:
        """Listen. Raises OSError if the address cannot be had."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self._host, self._wanted_port, reuse_address=True)
        log.info("console.listening", host=self._host, port=self.port)

    async def stop(self) -> None:
        """Take no more connections, let running answers end for two seconds, close the rest."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._runner.cleanup()

    def _connection(self) -> asyncio.Protocol:
        assert self._runner.server is not None
        handler = self._runner.server()
        loop = asyncio.get_running_loop()
        if len(self._runner.server.connections) >= MOST_CONNECTIONS:
            loop.call_soon(handler.force_close)
        else:
            loop.call_later(self._lifetime, handler.force_close)
        return handler

    @web.middleware
    async def _outermost(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every answer bears the headers and is counted; no fault of ours is shown."""
        try:
            async with asyncio.timeout(HANDLING.total_seconds()):
                response = await handler(request)
        except web.HTTPException as refusal:
            response = _plain_words(refusal)
        except TimeoutError:
            response = words(503, "Too slow", "That took too long. Please try again.")
        except Exception as error:
            log.error("console.failed", page=_pattern(request), error=f"{type(error).__name__}: {error}")
            response = words(500, "Something failed", "This is a fault of ours; the log has the details.")
        response.headers.update(HEADERS)
        self._answered(_pattern(request), response.status)
        return response

    @web.middleware
    async def _doorkeeper(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        pattern = _pattern(request)
        if self._public_host and _hostname(request) == self._public_host and pattern not in self._public:
            raise web.HTTPNotFound
        pace = self._paces.get(pattern)
        if pace is not None and not pace.allows(client(request)):
            return words(429, "Too many requests", "Please wait a minute and try again.", {"Retry-After": "60"})
        return await handler(request)


def words(status: int, title: str, text: str, headers: dict[str, str] | None = None) -> web.Response:
    """A page of a title and a sentence."""
    return html(pages.page(title, pages.paragraph(text)), status, headers)


def html(document: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A page."""
    return web.Response(text=document, status=status, content_type="text/html", charset="utf-8", headers=headers)


def client(request: web.Request) -> str:
    """Who asks: the peer, or what a proxy on this machine says of its own peer."""
    peer = request.remote or ""
    if peer in ("127.0.0.1", "::1"):
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()[:64] or peer
    return peer


def _hostname(request: web.Request) -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _pattern(request: web.Request) -> str:
    resource: Any = request.match_info.route.resource
    return str(resource.canonical) if resource is not None else "other"


_WORDS = {
    404: ("Nothing here", "There is no such page."),
    405: ("Not this way", "This page cannot be used like that."),
    413: ("Too large", "That was more than we take."),
}


def _plain_words(refusal: web.HTTPException) -> web.Response:
    title, text = _WORDS.get(refusal.status, ("Not possible", "The request could not be answered."))
    kept = {name: value for name, value in refusal.headers.items() if name in ("Allow", "Location")}
    return words(refusal.status, title, text, kept)
