"""The dial-time guard: every answer of a name is checked, and the checked address is dialled.

Scrapy follows wherever a page points, also into private networks. Here every connection of the
engine (feeds, pages, robots, redirect targets) passes one check, after the name is resolved.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any, ClassVar

import aiohttp
from aiohttp.abc import ResolveResult
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers

from news.network import forbidden

PORTS = (80, 443, 8080, 8443)


class Guarded(Exception):
    """The guard refused to dial; `str()` says why."""


class GuardedConnector(aiohttp.TCPConnector):
    """A connector that resolves for itself; IP addresses in URLs are checked alike."""

    def __init__(self, allow: list[str], **options: Any) -> None:
        super().__init__(**options)
        self._allow = tuple(allow)

    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> list[ResolveResult]:
        try:
            ipaddress.ip_address(host)
            addresses = [host]
        except ValueError:
            loop = asyncio.get_running_loop()
            try:
                answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except UnicodeError as error:
                raise OSError(f"{host!r} is no name") from error
            addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        for address in addresses:
            why = forbidden(address, self._allow)
            if why:
                raise Guarded(f"{host} leads to a {why} address ({address}), where outlets are not")
            if port not in PORTS and not forbidden(address):
                raise Guarded(f"{host}: port {port} is not one where outlets publish")
        return [_result(host, address, port) for address in addresses]


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": flags}


class GuardedDownloadHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler with our connector."""

    # Its warning is about the handler's interface; ours pins the Scrapy version it was built on.
    experimental: ClassVar[bool] = False
    # One of http and one of https, each with a TLS context: made when first asked for, most crawls need one.
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        unguarded = self._session
        connector = GuardedConnector(
            crawler.settings.getlist("MARSAD_ALLOW_NETWORKS"),
            limit=self._pool_size_total,
            limit_per_host=self._pool_size_per_host,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=16384,
            max_field_size=16384,
            response_class=unguarded._response_class,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        # Made by the base class and never used: nothing is open in it yet.
        self._unguarded = unguarded

    @staticmethod
    def _extract_headers(response: aiohttp.ClientResponse) -> Headers:
        """As they came: one that is no UTF-8 is no reason to refuse the answer."""
        return Headers(list(response.raw_headers))

    async def close(self) -> None:
        await self._unguarded.close()
        await super().close()
