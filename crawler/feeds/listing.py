"""Listing pages -> entries: links chosen by a CSS selector, or those that look like articles."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from lxml import etree

from crawler.extract.encoding import decode
from crawler.extract.tree import parse
from crawler.feeds.entry import Entry, Feed
from news.errors import ParseError
from news.url import absolute, canonical_url, host_of

LEAST_TITLE = 18
"""Links with less text are sections and buttons."""
_SLUG = re.compile(r"\d{4,}|[^/]+-[^/]+-[^/]+|%[0-9A-F]{2}.*%[0-9A-F]{2}", re.IGNORECASE)


def parse_listing(raw: bytes, *, url: str, links: str = "", charset: str = "", encoding: str = "") -> Feed:
    """Links of the page's own host, in order, each once. Raises ParseError: empty_body, no_links,
    not_html, too_deep."""
    text, _ = decode(raw, declared=charset, fallback=encoding)
    if not text.strip():
        raise ParseError(f"{url}: the answer is empty", reason="empty_body")
    # Beautiful Soup takes time by the square of what is nested, and warns of XML on standard error: it is
    # given the page as lxml's bounded tree has it, without comments and declarations.
    soup = BeautifulSoup(etree.tostring(parse(text, url), encoding="unicode", method="html"), "lxml")
    found: dict[str, Entry] = {}
    anchors = soup.select(links) if links else soup.find_all("a", href=True)
    for anchor in anchors:
        entry = _entry(anchor, url, chosen=bool(links))
        if entry is not None:
            found.setdefault(canonical_url(entry.link), entry)
    if not found:
        raise ParseError(
            f"{url}: no article links on the listing page (0 of {len(anchors)} links fitted)",
            reason="no_links",
            hint="Check the source's `links` selector",
        )
    return Feed(entries=tuple(found.values()), kind="listing")


def _entry(anchor: Tag, url: str, *, chosen: bool) -> Entry | None:
    if anchor.name != "a":
        inner = anchor.find("a", href=True)
        if not isinstance(inner, Tag):
            return None
        anchor = inner
    link = absolute(url, str(anchor.get("href") or "")).partition("#")[0]
    if not link or host_of(link) != host_of(url):
        return None
    title = " ".join(anchor.get_text(" ").split())
    if not chosen and (len(title) < LEAST_TITLE or not _SLUG.search(urlsplit(link).path)):
        return None
    return Entry(link=link, title=title)
