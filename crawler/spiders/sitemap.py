"""Sitemaps: of an index, the newest few sitemaps are read too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawler.feeds import Entry, Feed, parse_sitemap
from crawler.fetch import Fetched
from news.outlet import Source

CHILDREN = 2
"""Newest sitemaps read of an index: news is in the last ones."""


async def read(answer: Fetched, source: Source, get: Callable[[str], Awaitable[Fetched]]) -> Feed:
    """Raises ParseError and FetchError."""
    zone = source.outlet.zone
    found = parse_sitemap(answer.body, url=answer.url, charset=answer.charset, zone=zone)
    if found.kind != "index":
        return found
    entries: list[Entry] = []
    for child in found.entries[:CHILDREN]:
        page = await get(child.link)
        if page.status < 300:
            entries += parse_sitemap(page.body, url=page.url, charset=page.charset, zone=zone).entries
    return Feed(entries=tuple(entries), kind="sitemap")
