"""Who wrote it: structured data, then meta elements, then the byline beside the headline.

People go before organisations, and those before the outlet's own name, wherever they are named: many
systems write the outlet itself where the author is due, and the author into the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.linked_data import text_in
from crawler.extract.tree import squeeze, text_of

MOST = 8
NEAR = 600
"""Elements around the headline in which a byline is looked for."""
LONGEST, LONGEST_LINE = 60, 150
_META = (
    "author", "article:author", "og:article:author", "article:author_name", "articleauthor", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "citation_author", "byl",
)  # fmt: skip
_BYLINES = ("a", "address", "div", "h3", "h4", "p", "section", "span", "ul")
_NO_BYLINE = re.compile(r"comment|related|teaser|quote|image|img|photo|credit|avatar|bio", re.IGNORECASE)
_OTHERS = re.compile(r"comment|related|teaser|sidebar|widget", re.IGNORECASE)
"""Photographers and readers are called authors as well, and those of other stories."""
_ELSEWHERE = frozenset({"aside", "nav", "figure", "form"})
_WHOLE = frozenset({"body", "html"})
_NO_NAME = re.compile(r"^(?:#|$|javascript:|mailto:)|//(?:\w+\.)?(?:twitter|x|facebook|instagram|linkedin|t)\.")
_LEAD = re.compile(
    r"^(?:by|von|por|par|przez|autor(?:a|in)?|authors?|(?:written|posted|reported) by|reporter|yazan|yazar|haber"
    r"|muhabir|بقلم(?: الكاتب)?|كتبت?|إعداد|اعداد|تحرير|تقرير|الكاتب|المحرر|نویسند(?:ه|گان)|خبرنگار|به قلم|نووسەر"
    r"|نووسینی|ئامادەکردنی|nivîskar|автор|հեղինակ|מאת)(?:\s*:\s*|\s+|$)",
    re.IGNORECASE,
)
_REST = re.compile(r"\s*(?:[|•·@(\[<]|\s[-–—]\s|\b\w*\d|\bpubl\w+|\bupdated\b|\son\s|\s\w+:).*$", re.IGNORECASE)
"""Day, address or office, which stand behind the name."""
_BETWEEN = re.compile(r"\s*[,;،؛|]\s*|\s+(?:and|und|et|y|ve|û|و|&)\s+")
_DASH = re.compile(r"\s+[-–—]\s+")
_NOBODY = re.compile(
    r"(?:admin\w*|webmaster|super ?user|root|editor|publisher|author|guest|unknown|null|none|المدير|ادمین"
    r"|مدير(?: الموقع)?|مدیر|yönetici)\s*\d*|(?:developed|designed|powered) by.*",
    re.IGNORECASE,
)
_NOT_LETTERS = re.compile(r"[\W_]+")


def authors_of(
    root: etree._Element, data: Mapping[str, Any], meta: Mapping[str, str], title: str, url: str
) -> tuple[str, ...]:
    """Names as the page gives them; the outlet's own only where it names nobody else."""
    own = _own_names(data, meta, url)
    given = list(_given(data.get("author")))
    for names in (
        (name for name, is_person in given if is_person),
        (meta.get(key, "") for key in _META),
        _beside_headline(root, title),
        (name for name, _ in given),
    ):
        found = _names(names, own)
        if found:
            return found
    return _names((*(name for name, _ in given), meta.get("author", "")), frozenset())


def _given(authors: Any, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """Name and whether it is a person's, of what may be a text, an object, or a list of them at any depth."""
    if isinstance(authors, list) and depth < 4:
        for author in authors:
            yield from _given(author, depth + 1)
    elif isinstance(authors, dict):
        name = authors.get("name")
        if isinstance(name, list):
            yield from _given(name, depth + 1)
        else:
            yield text_in(name), "Organization" not in str(authors.get("@type"))
    elif isinstance(authors, str):
        yield text_in(authors), True


def _own_names(data: Mapping[str, Any], meta: Mapping[str, str], url: str) -> frozenset[str]:
    host = urlsplit(url).hostname or ""
    names = (meta.get("og:site_name", ""), text_in(data.get("publisher")), host.removeprefix("www."))
    return frozenset(_letters(name) for name in (*names, max(host.split("."), key=len))) - {""}


def _letters(name: str) -> str:
    return _NOT_LETTERS.sub("", name).casefold()


def _names(texts: Iterable[str], own: frozenset[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in texts:
        for piece in _BETWEEN.split(_LEAD.sub("", squeeze(text))) if "://" not in text else ():
            name = " - ".join(part for part in _DASH.split(piece) if _letters(part) not in own)
            if 2 <= len(name) <= LONGEST and _is_somebody(name):
                found[name] = None
    return tuple(islice(found, MOST))


def _is_somebody(name: str) -> bool:
    return name[0] != "@" and any(map(str.isalpha, name)) and not _NOBODY.fullmatch(name)


def _beside_headline(root: etree._Element, title: str) -> Iterator[str]:
    """The element marked as an author that is nearest to the headline."""
    heading = _heading(root, _letters(title))
    near = islice(_around(heading), NEAR) if heading is not None else ()
    byline = next(filter(_may_be_byline, near), None)
    if byline is None:
        return
    links = [text_of(a) for a in byline.iter("a") if not _NO_NAME.search(a.get("href") or "")]
    for text in filter(None, links or [text_of(byline)]):
        yield _REST.sub("", _LEAD.sub("", text))


def _around(heading: etree._Element) -> Iterator[etree._Element]:
    """Elements of the smallest block around it, then of the next; the whole page is no block."""
    inner = heading
    for block in heading.iterancestors():
        if block.tag in _WHOLE:
            return
        for child in block:
            if child is not inner:
                yield from child.iter(_BYLINES)
        inner = block


def _heading(root: etree._Element, title: str) -> etree._Element | None:
    """The heading that says the title, or most of it, or a kicker before it."""
    for heading in islice(root.iter("h1", "h2", "h3"), 60):
        text = _letters(text_of(heading))
        if len(text) * 2 > len(title) and (text in title or title in text):
            return heading
    return next(root.iter("h1"), None)


def _may_be_byline(element: etree._Element) -> bool:
    names = element.get("class") or ""
    marked = "uthor" in names or "yline" in names or "author" in (element.get("rel"), element.get("itemprop"))
    if not marked or _NO_BYLINE.search(names):
        return False
    around = islice(element.iterancestors(), 6)
    if any(e.tag in _ELSEWHERE or _OTHERS.search(e.get("class") or "") for e in around):
        return False
    return 2 <= len(text_of(element)) <= LONGEST_LINE
