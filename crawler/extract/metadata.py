"""Title, times, authors of a page: structured data, then meta elements, then the page itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from lxml import etree

from crawler.extract.bylines import authors_of
from crawler.extract.dates import parse_date, parse_hijri
from crawler.extract.linked_data import article_data, text_in
from crawler.extract.tree import squeeze, text_of

_CANONICAL = etree.XPath("string(descendant::link[@rel='canonical']/@href)", smart_strings=False)
_DOCUMENT_TITLE = etree.XPath("string(descendant::title)", smart_strings=False)
_TITLE_SEPARATORS = (" | ", " - ", " – ", " — ", " :: ")
HEADLINE = 4
"""Words of a heading that is no section's and no outlet's name."""


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


def metadata_of(root: etree._Element, url: str, zone: str, now: datetime) -> Metadata:
    """Everything found. JSON-LD is believed before meta elements, those before visible text."""
    document = squeeze(str(_DOCUMENT_TITLE(root)))
    data = article_data(root, document)
    meta = _meta(root)
    title = _title(root, data, meta, document)
    modified = (text_in(data.get("dateModified")), meta.get("article:modified_time", ""))
    published = _first(parse_date, _published(root, data, meta), zone, now)
    return Metadata(
        title=title,
        published_at=published,
        hijri_at=None if published else _first(parse_hijri, _published(root, data, meta), zone, now),
        modified_at=_first(parse_date, modified, zone, now),
        authors=authors_of(root, data, meta, title, url),
        language=str(root.get("lang") or "").split("-")[0].lower(),
        canonical=str(_CANONICAL(root)).strip(),
    )


def _published(root: etree._Element, data: dict[str, Any], meta: dict[str, str]) -> Iterator[str]:
    """Where a time of publication may stand, best first; what is seen is looked for only if nothing better is there."""
    yield text_in(data.get("datePublished"))
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
    for element in islice(filter(_is_called_so, root.iter("*")), 6):
        text = text_of(element)
        if 6 <= len(text) <= 80:
            yield text


def _is_called_so(element: etree._Element) -> bool:
    names = element.get("class")
    return names is not None and ("date" in names or "time" in names or "publish" in names) and element.tag != "script"


def _title(root: etree._Element, data: dict[str, Any], meta: dict[str, str], document: str) -> str:
    """The heading that the page's own title bears, else one that stands in the article; what data say comes after."""
    headings = [(text, heading) for heading in islice(root.iter("h1"), 3) if (text := text_of(heading))]
    graph = squeeze(meta.get("og:title", ""))
    linked = text_in(data.get("headline"))
    for text, _ in headings:
        if text in document or text in graph or linked.startswith(text[:40]):
            return text
    for text, heading in headings:
        if len(text.split()) >= HEADLINE and next(heading.iterancestors("article", "main"), None) is not None:
            return text
    return linked or _shorn(graph) or next((text for text, _ in headings), "") or _shorn(document)


def _shorn(title: str) -> str:
    """Without the site's name at the end."""
    for separator in _TITLE_SEPARATORS:
        head, found, tail = title.rpartition(separator)
        if found and len(head) >= 15 and len(tail) < 40:
            return head.strip()
    return title
