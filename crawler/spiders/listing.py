"""Listing pages: the links on one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from crawler.feeds import Feed, parse_listing
from crawler.fetch import Fetched
from crawler.spiders.parsing import parsed
from news.outlet import Source


async def read(answer: Fetched, source: Source, _get: Callable[[str], Awaitable[Fetched]]) -> Feed:
    """Raises ParseError."""
    encoding = source.outlet.encoding
    parse = partial(parse_listing, url=answer.url, links=source.links, charset=answer.charset, encoding=encoding)
    return await parsed(answer.body, parse)
