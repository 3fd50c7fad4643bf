"""Feeds: everything is in the one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawler.feeds import Feed, parse_feed
from crawler.fetch import Fetched
from news.outlet import Source


async def read(answer: Fetched, source: Source, _get: Callable[[str], Awaitable[Fetched]]) -> Feed:
    """Raises ParseError."""
    return parse_feed(answer.body, url=source.url, charset=answer.charset, zone=source.outlet.zone)
