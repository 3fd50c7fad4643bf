"""Sitemaps, news sitemaps and sitemap indexes -> entries. https://www.sitemaps.org"""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from crawler.extract.dates import parse_date
from crawler.feeds.entry import Entry, Feed
from crawler.feeds.syndication import plain
from crawler.feeds.xml import child, local, parse_xml, parts_of, text
from news.errors import ParseError
from news.url import absolute


def parse_sitemap(raw: bytes, *, url: str, charset: str = "", encoding: str = "", zone: str = "UTC") -> Feed:
    """Newest first where dates are given. Raises ParseError (see `parse_xml`)."""
    root = parse_xml(raw, url, charset, encoding)
    now = datetime.now(UTC)
    kind = {"urlset": "sitemap", "sitemapindex": "index"}.get(local(root))
    if kind is None:
        hint = "Set kind: feed" if local(root) in ("rss", "feed", "rdf") else ""
        raise ParseError(f"{url}: this is XML, but no sitemap (<{local(root)}>)", reason="not_a_feed", hint=hint)
    entries = [e for item in root if (e := _entry(item, url, zone, now))]
    oldest = datetime(1970, 1, 1, tzinfo=UTC)
    entries.sort(key=lambda e: e.published_at or oldest, reverse=True)
    return Feed(entries=tuple(entries), kind=kind)


def _entry(element: etree._Element, url: str, zone: str, now: datetime) -> Entry | None:
    parts = parts_of(element)
    location = text(parts, "loc")
    link = absolute(url, location) if location else ""
    if not link:
        return None
    found = child(parts, "news")
    news = parts_of(found) if found is not None else ()
    modified = text(parts, "lastmod")
    published = text(news, "publication_date")
    return Entry(
        link=link,
        title=plain(text(news, "title")),
        published_at=parse_date(published or modified, zone, now),
        updated_at=parse_date(modified, zone, now),
        stated=modified,
    )
