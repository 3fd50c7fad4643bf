"""One address -> one answer: guarded, robots obeyed, in turn, redirects followed hop by hop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from crawler.engine import Engine
from crawler.guard import Guarded
from crawler.politeness import SLOWEST, Held, Politeness
from crawler.robots import Robots
from crawler.settings import REDIRECTS, CrawlSettings
from news.clock import Clock
from news.errors import FetchError
from news.url import absolute, host_of

REDIRECTED = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
SLOW_DOWN = (429, 503)
LONGEST_HOLD = timedelta(hours=24)
_GZIP = b"\x1f\x8b\x08"
_ADDRESS = "".join(map(chr, range(0x21, 0x7F)))
"""What may stand in an address as it is."""

Before = Callable[[str], Awaitable[None]]
"""Waited for before each address is asked. Raises FetchError if it is not to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer with a status. `url` is where it came from in the end; header names are lower case.
    `moved_to` is where permanent redirects alone led from the address asked for, or empty."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str = ""

    @property
    def charset(self) -> str:
        """Of the Content-Type, or ''."""
        _, found, rest = self.headers.get("content-type", "").lower().partition("charset=")
        return rest.split(";")[0].strip(" \"'") if found else ""

    def hold_until(self, now: datetime) -> datetime | None:
        """Retry-After (seconds or a date; RFC 9110, 10.2.3), at most a day away."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            wait = timedelta(seconds=min(int(value[:9]), LONGEST_HOLD.total_seconds()))
            return now + wait
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(at, now + LONGEST_HOLD) if at > now else None


class Fetcher:
    """Fetches through the engine. Counts what it did."""

    def __init__(self, engine: Engine, settings: CrawlSettings, clock: Clock, before: Before | None = None) -> None:
        self._engine, self._settings, self._before = engine, settings, before
        self._clock = clock
        self._politeness = Politeness(clock)
        self._robots = Robots(settings.user_agent, self._robots_txt, self._politeness, clock)

    def use(self, engine: Engine) -> None:
        """Go on with a renewed engine; pace and robots rules are kept."""
        self._engine = engine
        self._politeness.forget_idle()

    async def get(
        self, url: str, *, delay: timedelta = timedelta(), headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """The answer, whatever its status. Raises FetchError: robots, robots_unread, guarded, dns, refused,
        timeout, tls, too_large, broken, redirect_loop, held (Retry-After)."""
        seen: set[str] = set()
        moved_to, permanent = "", True
        for _ in range(REDIRECTS + 1):
            if self._settings.obey_robots:
                refusal = await self._robots.refusal(url)
                if refusal is not None:
                    raise FetchError(f"{url}: not fetched: {refusal.words}", reason=refusal.reason, hint=refusal.hint)
            fetched = await self._once(url, delay.total_seconds(), headers or {})
            location = fetched.headers.get("location", "")
            if fetched.status not in REDIRECTED or not location:
                return replace(fetched, moved_to=moved_to)
            seen.add(url)
            url = _redirected(url, location)
            permanent = permanent and fetched.status in PERMANENT
            moved_to = url if permanent else moved_to
            if url in seen:
                break
        raise FetchError(f"{url}: the redirects do not end ({len(seen)} followed)", reason="redirect_loop")

    async def _robots_txt(self, url: str) -> tuple[int, bytes]:
        for _ in range(REDIRECTS + 1):
            fetched = await self._once(url, 0.0, {})
            location = fetched.headers.get("location", "")
            if fetched.status not in REDIRECTED or not location:
                return fetched.status, fetched.body
            url = _redirected(url, location)
        return 404, b""

    async def _once(self, url: str, delay: float, headers: Mapping[str, str]) -> Fetched:
        host = _host(url)
        if self._before is not None:
            await self._before(url)
        try:
            async with self._politeness.turn(host, delay):
                response = await self._download(url, headers)
        except Held as held:
            raise FetchError(
                f"{url}: not asked: {host} wants no request before {held.until:%H:%M:%S} UTC",
                reason="held",
                hint=f"Its robots.txt asks for {pause:g} s between requests"
                if (pause := self.crawl_delay(url))
                else "",
            ) from None
        self._politeness.answered(host, response.status)
        fetched = _fetched(url, response)
        if fetched.body.startswith(_GZIP):
            fetched = replace(fetched, body=_unpacked(url, fetched.body, self._settings.max_bytes))
        until = fetched.hold_until(self._clock.now()) if response.status in SLOW_DOWN else None
        if until is not None:
            self._politeness.hold(host, until)
        return fetched

    async def _download(self, url: str, headers: Mapping[str, str]) -> Response:
        seconds = self._settings.timeout.total_seconds()
        own = {"Accept": "*/*", "User-Agent": self._settings.full_user_agent}
        request = Request(url, headers={**own, **headers}, dont_filter=True, meta={"download_timeout": seconds})
        try:
            async with asyncio.timeout(seconds + 1):
                return await self._engine.download(request)
        except Exception as error:
            raise _failure(url, error, self._settings) from error

    def is_slow(self, url: str) -> bool:
        """True if robots.txt of its host wants so long a pause that a visit is one request."""
        return self.crawl_delay(url) > SLOWEST

    def crawl_delay(self, url: str) -> float:
        """Seconds between two requests that robots.txt asks for."""
        return self._politeness.asked_for(_host(url))

    def rest_until(self, url: str) -> datetime | None:
        """See `Politeness.rest_until`, of the host of an address."""
        return self._politeness.rest_until(_host(url))

    def held_until(self, url: str) -> datetime | None:
        """Until when the host of an address is not to be asked, or None."""
        return self._politeness.held_until(_host(url))


def _host(url: str) -> str:
    try:
        return host_of(url)
    except ValueError as error:
        raise FetchError(f"{url[:200]!r} is no web address", reason="bad_url") from error


def _redirected(url: str, location: str) -> str:
    if target := absolute(url, location):
        return target
    raise FetchError(f"{url}: a redirect to no web address ({location[:200]!r})", reason="guarded")


def _fetched(url: str, response: Response) -> Fetched:
    headers = {key.decode("latin-1").lower(): _told(key, values) for key, values in response.headers.items() if values}
    return Fetched(url=url, status=response.status, headers=headers, body=response.body)


def _unpacked(url: str, packed: bytes, limit: int) -> bytes:
    """A file that is gzip itself, not only sent so: `sitemap.xml.gz`. One cut off is read as far as it goes."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = unpacking.decompress(packed, limit)
    except zlib.error as error:
        raise FetchError(f"{url}: the gzip file is broken ({error})", reason="broken") from error
    if unpacking.unconsumed_tail:
        raise _too_large(url, limit)
    return body


def _too_large(url: str, limit: int) -> FetchError:
    return FetchError(f"{url}: the answer is larger than {limit // 1024**2} MiB; not read", reason="too_large")


def _told(name: bytes, values: list[bytes]) -> str:
    """The last of a header's values; all of them where they form a list. Letters that stand in an address as
    they are become what a browser asks for, whatever their encoding."""
    if name.lower() == b"location":
        return quote(values[-1], safe=_ADDRESS)
    return (b", ".join(values) if name.lower() == b"link" else values[-1]).decode("latin-1")


def _failure(url: str, error: Exception, settings: CrawlSettings) -> FetchError:
    """The error in a duty officer's words, with its reason."""
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and len(chain) < 8:
        chain.append(step)
        step = step.__cause__ or step.__context__
    guarded = next((e for e in chain if isinstance(e, Guarded)), None)
    if guarded is not None:
        return FetchError(f"{url}: not fetched: {guarded}", reason="guarded")
    if isinstance(error, (TimeoutError, DownloadTimeoutError)):
        seconds = settings.timeout.total_seconds()
        return FetchError(f"{url}: no whole answer within {seconds:g} s", reason="timeout")
    if isinstance(error, CannotResolveHostError) or any(isinstance(e, socket.gaierror) for e in chain):
        hint = "Check the spelling of the host name, and that this machine can resolve others"
        return FetchError(f"{url}: the host name cannot be resolved", reason="dns", hint=hint)
    if any(isinstance(e, (ssl.SSLError, aiohttp.ClientSSLError)) for e in chain):
        hint = "Open it in a browser to see what is wrong with the certificate: the outlet must mend it"
        return FetchError(f"{url}: the TLS certificate or connection is not valid", reason="tls", hint=hint)
    if isinstance(error, DownloadConnectionRefusedError):
        hint = "Check scheme and port of the address, or try again later"
        return FetchError(f"{url}: the outlet does not take connections", reason="refused", hint=hint)
    if isinstance(error, (DownloadCancelledError, IgnoreRequest)):
        return _too_large(url, settings.max_bytes)
    if garbled := [e for e in chain if isinstance(e, HttpProcessingError)]:
        return FetchError(f"{url}: {_garbled(garbled[-1])}", reason="broken")
    name = "" if isinstance(error, (DownloadFailedError, ResponseDataLossError)) else f" ({type(error).__name__})"
    return FetchError(f"{url}: the connection broke before the answer was whole{name}", reason="broken")


def _garbled(error: HttpProcessingError) -> str:
    """What the reader of HTTP met first."""
    if isinstance(error, LineTooLong) or "Too many headers" in error.message:
        return "the answer's headers are longer than any we read"
    return f"the answer is not HTTP as it should be ({type(error).__name__})"
