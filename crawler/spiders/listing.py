"""Listing pages: the links on one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawler.feeds import Feed, parse_listing
from crawler.fetch import Fetched
from news.outlet import Source


async def read(answer: Fetched, source: Source, _get: Callable[[str], Awaitable[Fetched]]) -> Feed:
    """Raises ParseError."""
    return parse_listing(answer.body, url=answer.url, links=source.links, charset=answer.charset)
