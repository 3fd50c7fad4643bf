"""Title, times, authors of a page: structured data, then meta elements, then the page itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import islice
from typing import Any

from lxml import etree

from crawler.extract.bylines import authors_of
from crawler.extract.dates import parse_date, parse_hijri
from crawler.extract.headline import Near, around_headline, is_of_others, own_elements, title_of
from crawler.extract.linked_data import article_data, paragraphs_of, text_in
from crawler.extract.microdata import is_in_data_of_others
from crawler.extract.tree import squeeze, text_of

_YEAR = re.compile(r"\d{4}")
_UPDATED = re.compile(
    r"\b(?:last )?(?:updat|modifi|güncelle|aktualis|actuali|mis à jour|обновл|թարմացվ|עודכן|(?:آخر )?تحديث|نوێکر"
    r"|آخرین|ب(?:ه\W?)?روز\W?رسانی)",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"updat|modif")
_PICTURE = re.compile(r"caption|photo|image", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:\S+\s+){5}.*\w{2}[.!?؟۔։।]$")
"""A caption, or a line of the text: days are written without a full stop."""
NEAR = 150
"""Elements around the headline in which time and authors are looked for, where data do not tell."""
DATED_LINE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about itself; empty or None where it does not. `hijri_at`: where it says its
    time in the Hijri calendar only, right to one day. `paragraphs`: the text as data give it."""

    title: str = ""
    published_at: datetime | None = None
    hijri_at: datetime | None = None
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()
    language: str = ""
    canonical: str = ""
    paragraphs: tuple[str, ...] = ()


def metadata_of(root: etree._Element, url: str, zone: str, now: datetime) -> Metadata:
    """Everything found. JSON-LD is believed before meta elements, those before visible text."""
    document = text_of(element) if (element := next(root.iter("title"), None)) is not None else ""
    meta = _meta(root, document)
    data = article_data(root, f"{document} {meta.get('og:title', '')}", url)
    title = title_of(root, text_in(data.get("headline")), meta, document)
    near = cache(lambda: tuple(islice(around_headline(root, title), NEAR)))
    modified = (text_in(data.get("dateModified")), meta.get("article:modified_time", ""))
    written = partial(_published, root, data, meta, near, title)
    published = _first(parse_date, written(), zone, now)
    return Metadata(
        title=title,
        published_at=published,
        hijri_at=None if published else _first(parse_hijri, written(), zone, now),
        modified_at=_first(parse_date, modified, zone, now),
        authors=authors_of(data, meta, url, near),
        language=str(root.get("lang") or "").split("-")[0].lower(),
        paragraphs=tuple(paragraphs_of(data)),
        canonical=next((e.get("href") or "" for e in root.iter("link") if e.get("rel") == "canonical"), "").strip(),
    )


def _published(
    root: etree._Element, data: dict[str, Any], meta: dict[str, str], near: Near, title: str
) -> Iterator[str]:
    """Where a time of publication may stand, best first; what is seen is looked for only if nothing better is there."""
    yield text_in(data.get("datePublished") or data.get("uploadDate"))
    for name in ("article:published_time", "datepublished", "date", "dc.date.issued", "pubdate"):
        yield meta.get(name, "")
    yield from _beside(near(), title)
    yield from _times(root, title)


def _first(
    parse: Callable[[str, str, datetime], datetime | None], texts: Iterable[str], zone: str, now: datetime
) -> datetime | None:
    for text in texts:
        found = parse(text, zone, now) if text else None
        if found is not None:
            return found
    return None


def _meta(root: etree._Element, document: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = element.get("content")
        if name and content is not None and name.lower() not in found:
            if element.get("itemprop") and is_in_data_of_others(element, document):
                continue
            found[name.lower()] = content.strip()
    return found


def _beside(near: Iterable[etree._Element], title: str) -> Iterator[str]:
    """What may be a time near the headline, nearest first: pages show today's date as well, further off."""
    for element in near:
        given = element.get("datetime") or (element.get("itemprop") == "datePublished" and element.get("content"))
        text = given or _before_update(_short_text(element))
        # What holds an element with the time to the minute is passed over for that.
        dated = _YEAR.search(text) and (given or next(element.iterdescendants("time"), None) is None)
        if dated and not _says_else(element, text, title):
            yield text


def _says_else(element: etree._Element, text: str, title: str) -> bool:
    """Whether a time is that of a change, of a picture, of another story, or of what the text tells."""
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
    # Some themes have `entry-date updated` on the only time that they show.
    if _CHANGED.search(names) and "publish" not in names and "entry-date" not in names:
        return True
    if any(_PICTURE.search(around.get("class") or "") for around in (element, *islice(element.iterancestors(), 2))):
        return True
    paragraph = next(element.iterancestors("p"), None)
    line = text if paragraph is None else _short_text(paragraph)
    if not line or _SENTENCE.search(line) or is_of_others(element, title):
        return True
    return is_in_data_of_others(element, title)


def _short_text(element: etree._Element) -> str:
    """Its text if that is no longer than a line with a date is; reads no further."""
    parts: list[str] = []
    length = 0
    for text in element.itertext():
        length += len(text.strip()) + 1
        if length > DATED_LINE:
            return ""
        parts.append(str(text))
    return squeeze(" ".join(parts))


def _before_update(text: str) -> str:
    """Without what is said to be the time of the last change."""
    match = _UPDATED.search(text)
    return text[: match.start()] if match else text


def _times(root: etree._Element, title: str) -> Iterator[str]:
    """Of `<time>` elements, then of elements that are called so, the first six."""
    for element in islice(root.iter("time"), 6):
        text = text_of(element)
        if not _says_else(element, text, title):
            yield str(element.get("datetime") or "")
            yield _before_update(text)
    for element in islice(filter(_is_called_so, own_elements(root)), 6):
        text = _before_update(text_of(element))
        if 6 <= len(text) <= 80 and not _says_else(element, text, title):
            yield text


def _is_called_so(element: etree._Element) -> bool:
    names = element.get("class")
    return names is not None and ("date" in names or "time" in names or "publish" in names) and element.tag != "script"
