"""RSS 0.9x/1.0/2.0, Atom and JSON Feed -> entries; tolerant of what outlets really serve."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

from lxml import etree, html

from crawler.extract.dates import parse_date
from crawler.extract.encoding import decode
from crawler.feeds.entry import Entry, Feed
from crawler.feeds.xml import Parts, child, local, parse_xml, parts_of, text
from news.errors import ParseError
from news.url import absolute

_STRAY = re.compile(r"<\?xml[^>]*\?>")
_KINDS = {"rss": "rss", "feed": "atom", "rdf": "rdf"}


def parse_feed(raw: bytes, *, url: str, charset: str = "", encoding: str = "", zone: str = "UTC") -> Feed:
    """The feed. Raises ParseError (see `parse_xml`); a feed without entries is no error."""
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(raw, url, zone)
    root = parse_xml(raw, url, charset, encoding)
    kind = _KINDS.get(local(root))
    if kind is None:
        found = next((e for e in root.iter() if local(e) in ("channel", "feed")), None)
        if found is None:
            hint = "Set kind: sitemap" if local(root) in ("urlset", "sitemapindex") else ""
            raise ParseError(f"{url}: this is XML, but no feed (<{local(root)}>)", reason="not_a_feed", hint=hint)
        kind = "rss"
    entries = [e for e in root.iter() if local(e) in ("item", "entry")]
    now = datetime.now(UTC)
    read = [_entry(e, url, zone, now) for e in entries]
    channel = child(parts_of(root), "channel")
    owner = parts_of(root if channel is None else channel)
    title = text(owner, "title")
    entries_read = tuple(e for e in read if e is not None)
    return Feed(entries=entries_read, kind=kind, title=plain(title), links=tuple(_own_links(owner)))


def _own_links(owner: Parts) -> Iterator[tuple[str, str]]:
    """The feed's own links of the kinds that matter to a hub, whatever their namespace."""
    for name, item in owner:
        if name == "link" and (href := item.get("href")):
            for rel in (item.get("rel") or "").lower().split():
                if rel in ("hub", "self"):
                    yield rel, href


def _entry(element: etree._Element, url: str, zone: str, now: datetime) -> Entry | None:
    parts = parts_of(element)
    link = _link(parts, element.base or url, url)
    if not link:
        return None
    published = text(parts, "pubdate", "published", "issued", "date", "created")
    updated = text(parts, "updated", "modified")
    content = text(parts, "encoded", "content")
    return Entry(
        link=link,
        title=plain(text(parts, "title")),
        guid=text(parts, "guid", "id"),
        summary=plain(text(parts, "description", "summary") or content),
        content_html=_STRAY.sub("", content),
        published_at=parse_date(published or updated, zone, now),
        updated_at=parse_date(updated, zone, now),
        authors=tuple(_authors(parts)),
        stated=updated,
    )


def _link(parts: Parts, base: str, url: str) -> str:
    """Atom's alternate link, RSS's link, or a guid that is an address; absolute, http(s)."""
    candidates: list[str] = []
    for name, item in parts:
        if name == "link":
            href = item.get("href")
            if href and item.get("rel", "alternate") == "alternate":
                candidates.insert(0, href)
            elif item.text:
                candidates.append(item.text)
    guid = child(parts, "guid", "id")
    if guid is not None and guid.text and guid.get("isPermaLink", "true") != "false":
        candidates.append(guid.text)
    home = absolute(url, base) or url
    for candidate in candidates:
        if link := absolute(home, candidate):
            return link
    return ""


def _authors(parts: Parts) -> Iterator[str]:
    for own, item in parts:
        if own in ("author", "creator"):
            name = text(parts_of(item), "name") or "".join(str(t) for t in item.itertext())
            if name.strip():
                yield plain(name)[:100]


def plain(markup: str) -> str:
    """Text of an HTML fragment (feeds escape it once, twice or not at all)."""
    markup = _STRAY.sub("", markup).strip()
    if "&lt;" in markup or "&amp;" in markup:
        markup = unescape(markup)
    if "<" not in markup:
        return " ".join(unescape(markup).split())
    try:
        return " ".join(" ".join(html.fragment_fromstring(markup, create_parent="div").itertext()).split())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


def _json_feed(raw: bytes, url: str, zone: str) -> Feed:
    """https://www.jsonfeed.org/version/1.1/"""
    try:
        data = json.loads(decode(raw)[0])
        items = data["items"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ParseError(f"{url}: this is JSON, but no JSON Feed", reason="not_a_feed") from error
    now = datetime.now(UTC)
    entries = [e for item in items if isinstance(item, dict) if (e := _json_entry(item, url, zone, now))]
    hubs = data.get("hubs") if isinstance(data.get("hubs"), list) else []
    links = [("hub", _said(hub["url"])) for hub in hubs if isinstance(hub, dict) and hub.get("url")]
    links += [("self", _said(data["feed_url"]))] if data.get("feed_url") else []
    title = _said(data.get("title"))
    return Feed(entries=tuple(entries), kind="json", title=title, links=tuple(links))


def _json_entry(item: dict[str, Any], url: str, zone: str, now: datetime) -> Entry | None:
    link = absolute(url, _said(item.get("url") or item.get("external_url")))
    if not link or link == url:
        return None
    authors = item.get("authors") or [item.get("author") or {}]
    modified = _said(item.get("date_modified"))
    return Entry(
        link=link,
        title=plain(_said(item.get("title"))),
        guid=_said(item.get("id")),
        summary=plain(_said(item.get("summary") or item.get("content_text"))),
        content_html=_said(item.get("content_html")),
        published_at=parse_date(_said(item.get("date_published") or modified), zone, now),
        updated_at=parse_date(modified, zone, now),
        authors=tuple(_said(a.get("name")) for a in authors if isinstance(a, dict) and a.get("name")),
        stated=modified,
    )


def _said(value: object) -> str:
    """As text. JSON can spell half a character (`\\ud83d`, from a title cut off in its emoji), which nothing stores."""
    return str(value or "").encode("utf-8", "replace").decode()
