"""Feeds: everything is in the one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from crawler.feeds import Feed, parse_feed
from crawler.fetch import Fetched
from crawler.spiders.parsing import parsed
from news.outlet import Source


async def read(answer: Fetched, source: Source, _get: Callable[[str], Awaitable[Fetched]]) -> Feed:
    """Raises ParseError."""
    outlet = source.outlet
    parse = partial(parse_feed, url=source.url, charset=answer.charset, encoding=outlet.encoding, zone=outlet.zone)
    return await parsed(answer.body, parse)
