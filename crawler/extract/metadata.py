"""Title, times, authors of a page: structured data, then meta elements, then the page itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from crawler.extract.dates import parse_date
from crawler.extract.tree import chosen, squeeze, text_of

_ARTICLE_TYPES = frozenset(
    {"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting", "WebPage", "AnalysisNewsArticle"}
)
_TITLE_SEPARATORS = (" | ", " - ", " – ", " — ", " :: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about itself; empty or None where it does not."""

    title: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()
    language: str = ""
    canonical: str = ""


def metadata_of(root: etree._Element, zone: str, now: datetime) -> Metadata:
    """Everything found. JSON-LD is believed before meta elements, those before visible text."""
    data = next(_linked_data(root), {})
    meta = _meta(root)
    published = (
        str(data.get("datePublished") or ""),
        meta.get("article:published_time", ""),
        meta.get("datepublished", ""),
        meta.get("date", ""),
        meta.get("dc.date.issued", ""),
        meta.get("pubdate", ""),
        *_times(root),
    )
    modified = (str(data.get("dateModified") or ""), meta.get("article:modified_time", ""))
    canonical = root.xpath("string(//link[@rel='canonical']/@href)")
    return Metadata(
        title=_title(root, data, meta),
        published_at=_first(published, zone, now),
        modified_at=_first(modified, zone, now),
        authors=_authors(data, meta),
        language=str(root.get("lang") or "").split("-")[0].lower(),
        canonical=str(canonical).strip(),
    )


def _first(texts: tuple[str, ...], zone: str, now: datetime) -> datetime | None:
    for text in texts:
        found = parse_date(text, zone, now) if text else None
        if found is not None:
            return found
    return None


def _linked_data(root: etree._Element) -> Iterator[dict[str, Any]]:
    for script in chosen(root, "//script[@type='application/ld+json']"):
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
    for element in chosen(root, "//meta[@content]"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if name:
            found.setdefault(name.lower(), str(element.get("content")).strip())
    return found


def _times(root: etree._Element) -> list[str]:
    """`<time>` elements outside of lists of other articles, first in the article."""
    out = []
    for element in chosen(root, "//article//time | //main//time | //time")[:6]:
        out += [str(element.get("datetime") or ""), text_of(element)]
    classes = chosen(
        root, "//*[contains(@class,'date') or contains(@class,'time') or contains(@class,'publish')][not(self::script)]"
    )
    for element in classes[:6]:
        text = text_of(element)
        if 6 <= len(text) <= 80:
            out.append(text)
    return out


def _title(root: etree._Element, data: dict[str, Any], meta: dict[str, str]) -> str:
    heading = [text_of(h) for h in chosen(root, "//article//h1 | //main//h1 | //h1") if text_of(h)]
    document = squeeze(str(root.xpath("string(//title)")))
    graph = squeeze(meta.get("og:title", ""))
    linked = squeeze(str(data.get("headline") or ""))
    for title in heading[:3]:
        if title and (title in document or title in graph or linked.startswith(title[:40])):
            return title
    return linked or _shorn(graph) or (heading[0] if heading else "") or _shorn(document)


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
