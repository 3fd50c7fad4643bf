"""Title, times, authors of a page: structured data, then meta elements, then the page itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from lxml import etree

from crawler.extract.dates import parse_date, parse_hijri
from crawler.extract.tree import chooser, squeeze, text_of

_ARTICLE_TYPES = frozenset(
    {"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting", "WebPage", "AnalysisNewsArticle"}
)
_LINKED_DATA = chooser("descendant::script[@type='application/ld+json']")
_DATED = chooser(
    "descendant::*[@class[contains(., 'date') or contains(., 'time') or contains(., 'publish')]][not(self::script)]"
)
_CANONICAL = etree.XPath("string(descendant::link[@rel='canonical']/@href)", smart_strings=False)
_DOCUMENT_TITLE = etree.XPath("string(descendant::title)", smart_strings=False)
_TITLE_SEPARATORS = (" | ", " - ", " – ", " — ", " :: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about itself; empty or None where it does not. `hijri_at`: where it says its
    time in the Hijri calendar only, right to one day."""

    title: str = ""
    published_at: datetime | None = None
    hijri_at: datetime | None = None
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()
    language: str = ""
    canonical: str = ""


def metadata_of(root: etree._Element, zone: str, now: datetime) -> Metadata:
    """Everything found. JSON-LD is believed before meta elements, those before visible text."""
    data = next(_linked_data(root), {})
    meta = _meta(root)
    modified = (str(data.get("dateModified") or ""), meta.get("article:modified_time", ""))
    published = _first(parse_date, _published(root, data, meta), zone, now)
    return Metadata(
        title=_title(root, data, meta),
        published_at=published,
        hijri_at=None if published else _first(parse_hijri, _published(root, data, meta), zone, now),
        modified_at=_first(parse_date, modified, zone, now),
        authors=_authors(data, meta),
        language=str(root.get("lang") or "").split("-")[0].lower(),
        canonical=str(_CANONICAL(root)).strip(),
    )


def _published(root: etree._Element, data: dict[str, Any], meta: dict[str, str]) -> Iterator[str]:
    """Where a time of publication may stand, best first; what is seen is looked for only if nothing better is there."""
    yield str(data.get("datePublished") or "")
    for name in ("article:published_time", "datepublished", "date", "dc.date.issued", "pubdate"):
        yield meta.get(name, "")
    yield from _times(root)


def _first(
    parse: Callable[[str, str, datetime], datetime | None], texts: Iterable[str], zone: str, now: datetime
) -> datetime | None:
    for text in texts:
        found = parse(text, zone, now) if text else None
        if found is not None:
            return found
    return None


def _linked_data(root: etree._Element) -> Iterator[dict[str, Any]]:
    for script in _LINKED_DATA(root):
        try:
            # Outlets leave raw line breaks and control characters in strings.
            value = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _articles(value, 0)


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value:
            yield from _articles(item, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if _ARTICLE_TYPES & {str(kind) for kind in kinds} and value.get("headline"):
            yield value
        yield from _articles(value.get("@graph"), depth + 1)


def _meta(root: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = element.get("content")
        if name and content is not None:
            found.setdefault(name.lower(), content.strip())
    return found


def _times(root: etree._Element) -> Iterator[str]:
    """Of `<time>` elements, then of elements that are called so, the first six."""
    for element in islice(root.iter("time"), 6):
        yield str(element.get("datetime") or "")
        yield text_of(element)
    for element in _DATED(root)[:6]:
        text = text_of(element)
        if 6 <= len(text) <= 80:
            yield text


def _title(root: etree._Element, data: dict[str, Any], meta: dict[str, str]) -> str:
    headings = [text for text in map(text_of, root.iter("h1")) if text]
    document = squeeze(str(_DOCUMENT_TITLE(root)))
    graph = squeeze(meta.get("og:title", ""))
    linked = squeeze(str(data.get("headline") or ""))
    for title in headings[:3]:
        if title in document or title in graph or linked.startswith(title[:40]):
            return title
    return linked or _shorn(graph) or (headings[0] if headings else "") or _shorn(document)


def _shorn(title: str) -> str:
    """Without the site's name at the end."""
    for separator in _TITLE_SEPARATORS:
        head, found, tail = title.rpartition(separator)
        if found and len(head) >= 15 and len(tail) < 40:
            return head.strip()
    return title


def _authors(data: dict[str, Any], meta: dict[str, str]) -> tuple[str, ...]:
    given = data.get("author")
    given = given if isinstance(given, list) else [given]
    names = [squeeze(str(a.get("name") or "")) if isinstance(a, dict) else squeeze(str(a or "")) for a in given]
    names = [name for name in names if name and not name.startswith("http")]
    if not names and meta.get("author"):
        names = [squeeze(meta["author"])]
    return tuple(dict.fromkeys(name[:100] for name in names if len(name) <= 100))
