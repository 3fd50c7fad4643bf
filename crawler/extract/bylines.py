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

from crawler.extract.headline import Near, letters
from crawler.extract.linked_data import text_in
from crawler.extract.tree import squeeze, text_of

MOST = 8
LONGEST, LONGEST_LINE = 60, 150
_META = (
    "author", "article:author", "og:article:author", "article:author_name", "articleauthor", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "citation_author", "byl",
)  # fmt: skip
_MARKS = ("uthor", "yline", "riter", "yazar", "username")
_PAGE_OF_ONE = re.compile(r"/(?:authors?|autor(?:e[ns])?|auteurs?|writers?|yazar(?:lar)?)/[^/]")
"""The address that a name leads to, in pages that mark it in no other way."""
_SAID = re.compile(
    r"(?:By|BY|by)\s+(?:[A-Z][\w.'’-]+\s+){1,3}[A-Z][\w.'’-]+(?:\s+and(?:\s+[A-Z][\w.'’-]+){2,4})?"
    r"|(?:بقلم|إعداد|اعداد|به قلم|نویسنده|نووسینی|ئامادەکردنی|[Nn]ivîskar|[Yy]azan)\s*:.{2,50}"
)
"""A line that is a byline whatever it is called. Where letters have no capitals, a colon must stand behind the word."""
_FIRST = frozenset("Bbباإنئ" + "NnYy")
"""Letters that such a line begins with: most lines need not be read."""
_NO_BYLINE = re.compile(r"quote|image|img|photo|credit|avatar|bio", re.IGNORECASE)
"""Photographers and those who are quoted are called authors as well."""
_NO_NAME = re.compile(r"^(?:#|$|javascript:|mailto:)|//(?:\w+\.)?(?:twitter|x|facebook|instagram|linkedin|t)\.")
_LEAD = re.compile(
    r"^(?:by|von|por|par|przez|autor(?:a|in)?|authors?|(?:written|posted|reported) by|eingestellt von|reporter"
    r"|yazan|yazar|haber|muhabir|gönderen|نوشته شده توسط|توسط"
    r"|بقلم(?: الكاتب)?|كتبت?|إعداد|اعداد|تحرير|تقرير|الكاتب|المحرر|نویسند(?:ه|گان)|خبرنگار|به قلم|نووسەر"
    r"|نووسینی|ئامادەکردنی|nivîskar|автор|հեղինակ|מאת)(?:\s*:\s*|\s+[-–]\s+|\s+|$)",
    re.IGNORECASE,
)
_REST = re.compile(r"\s*(?:[|•·@(\[<]|\s[-–—]\s|\b\w*\d|\bpubl\w+|\bupdated\b|\son\s|\s\w+:).*$", re.IGNORECASE)
"""Day, address or office, which stand behind the name."""
_BETWEEN = re.compile(r"\s*[,;،؛|]\s*|\s+(?:and|und|et|y|ve|û|و|&)\s+")
_DASH = re.compile(r"\s+[-–—]\s+")
_ROLE = re.compile(
    r"(?:[\w'’&-]+\s+){0,3}(?:editor|correspondent|reporter|writer|columnist|journalist|muhabiri|editörü)"
    r"|(?:مراسل|محرر|صحفي|صحافي|كاتب|خبرنگار)(?:ة|ه)?(?:\s+\w+){0,3}",
    re.IGNORECASE,
)
"""Stands behind a name."""
_NOBODY = re.compile(
    r"(?:admin\w*|webmaster|super ?user|root|editor|publisher|author|guest|unknown|null|none|المدير|ادمین"
    r"|مدير(?: الموقع)?|مدیر|yönetici)\s*\d*|(?:developed|designed|powered) by.*",
    re.IGNORECASE,
)


def authors_of(data: Mapping[str, Any], meta: Mapping[str, str], url: str, near: Near) -> tuple[str, ...]:
    """Names as the page gives them; the outlet's own only where it names nobody else."""
    own = _own_names(data, meta, url)
    given = list(_given(data.get("author")))
    for names in (
        (name for name, is_person in given if is_person),
        (meta.get(key, "") for key in _META),
        _beside(near),
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
    return frozenset(letters(name) for name in (*names, max(host.split("."), key=len))) - {""}


def _names(texts: Iterable[str], own: frozenset[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in filter(None, texts):
        for piece in _BETWEEN.split(_LEAD.sub("", squeeze(text))) if "://" not in text else ():
            name = " - ".join(part for part in _DASH.split(piece) if letters(part) not in own)
            if 2 <= len(name) <= LONGEST and _is_somebody(name) and not (found and _ROLE.fullmatch(name)):
                found[name] = None
    return tuple(islice(found, MOST))


def _is_somebody(name: str) -> bool:
    return name[0] != "@" and any(map(str.isalpha, name)) and not _NOBODY.fullmatch(name)


def _beside(near: Near) -> Iterator[str]:
    """The element marked as an author that is nearest to the headline, else a line there that reads as a byline."""
    byline = next(filter(_may_be_byline, near()), None)
    if byline is None:
        texts = [next(filter(None, map(_said_byline, near())), "")]
    else:
        texts = [text_of(a) for a in byline.iter("a") if not _NO_NAME.search(a.get("href") or "")]
        texts = list(filter(None, texts)) or [text_of(byline)]
    for text in texts:
        yield _REST.sub("", _LEAD.sub("", text.rstrip(" :")))


def _may_be_byline(element: etree._Element) -> bool:
    names = element.get("class") or ""
    marked = (
        any(word in names for word in _MARKS)
        or "author" in (element.get("rel"), element.get("itemprop"))
        or (element.tag == "a" and _PAGE_OF_ONE.search(element.get("href") or "") is not None)
    )
    return marked and not _NO_BYLINE.search(names) and 2 <= len(text_of(element)) <= LONGEST_LINE


def _said_byline(element: etree._Element) -> str:
    """The element's text, or its first line, if that reads as a byline."""
    first = squeeze(element.text or "")
    if first[:1] not in _FIRST:
        return ""
    return next((text for text in (first, text_of(element)) if len(text) <= LONGEST and _SAID.fullmatch(text)), "")
