"""How a source is read, by its kind: an answer in, entries out; further addresses where needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawler.feeds import Feed
from crawler.fetch import Fetched
from crawler.spiders import feed, listing, sitemap
from news.outlet import Source, SourceKind

Get = Callable[[str], Awaitable[Fetched]]
Read = Callable[[Fetched, Source, Get], Awaitable[Feed]]

READERS: dict[SourceKind, Read] = {
    SourceKind.FEED: feed.read,
    SourceKind.SITEMAP: sitemap.read,
    SourceKind.LISTING: listing.read,
}

__all__ = ["READERS", "Get", "Read"]
