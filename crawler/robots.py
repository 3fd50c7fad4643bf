"""robots.txt (RFC 9309): kept a day, 4xx allows all, 5xx and silence forbid for now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from crawler.politeness import Politeness
from news.clock import Clock
from news.errors import FetchError
from news.url import host_of

LIFE = 24 * 3600.0
RETRY = 300.0
"""An unreadable robots.txt is asked for again after this."""
LARGEST = 500 * 1024
"""RFC 9309, 2.5: at least 500 KiB must be read."""

Get = Callable[[str], Awaitable[tuple[int, bytes]]]
"""Fetches an address: (status, body). Raises FetchError."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a URL may not be fetched. `reason` is `robots`, the outlet's wish, which lasts, or `robots_unread`,
    which passes."""

    reason: str
    words: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class _Rules:
    until: float
    parsed: Protego | None
    unread: Refusal | None = None


class Robots:
    """Answers whether a URL may be fetched. One entry per scheme, host and port."""

    def __init__(self, agent: str, get: Get, politeness: Politeness, clock: Clock) -> None:
        # With its version: groups name the product alone, or what its requests are seen to say.
        self._agent = agent
        self._get, self._politeness, self._clock = get, politeness, clock
        self._rules: dict[str, _Rules] = {}

    async def refusal(self, url: str) -> Refusal | None:
        """Why the URL may not be fetched, or None."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules = self._rules.get(origin)
        if rules is None or rules.until < self._clock.monotonic():
            rules = await self._read(origin)
            self._rules[origin] = rules
        if rules.parsed is None:
            return rules.unread
        if rules.parsed.can_fetch(url, self._agent):
            return None
        return Refusal("robots", "robots.txt of the outlet disallows it")

    async def _read(self, origin: str) -> _Rules:
        now = self._clock.monotonic()
        address = f"{origin}/robots.txt"
        try:
            status, body = await self._get(address)
        except FetchError as error:
            if error.reason in ("guarded", "held"):
                raise
            fault = error.message.removeprefix(f"{address}: ")
            return _unread(now, f"robots.txt could not be read: {fault}; asked again later", error.hint)
        if status >= 500 or status == 429:
            return _unread(now, f"robots.txt answered {status}, which forbids all for now")
        text = body[:LARGEST].decode("utf-8-sig", "replace") if status < 300 else ""
        parsed = Protego.parse(text)
        delay = parsed.crawl_delay(self._agent)
        self._politeness.crawl_delay(host_of(origin), origin, float(delay or 0))
        return _Rules(now + LIFE, parsed)


def _unread(now: float, words: str, hint: str = "") -> _Rules:
    return _Rules(now + RETRY, None, Refusal("robots_unread", words, hint))
