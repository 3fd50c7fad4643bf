"""JSON-LD of a page: the object that describes its article, as outlets write it, not as they should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Any

from lxml import etree

from crawler.extract.headline import is_akin, letters
from crawler.extract.tree import chooser, squeeze, text_of
from news.url import canonical_url

_SCRIPTS = chooser("descendant::script[starts-with(@type, 'application/ld+json')]")
_ARTICLES = re.compile(
    r"(?:.*/)?(?:\w*NewsArticle|Article|Report|(?:Tech|Advertiser)\w*Article|(?:LiveBlog|Blog|SocialMedia)Posting)"
)
_PAGES = re.compile(r"(?:.*/)?(?:WebPage|VideoObject)")
"""What may stand in for an article where a page names none."""
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
_DEEPEST = 4
HEADINGS = 3
_OPENING = re.compile(r"(?:// ?)?(?:<!--|<!\[CDATA\[)")
_TAG = re.compile(r"</?(?:p|br|div|h\d|li|ul|ol)\b[^<>]*>|<[^<>]*>")
_SPARE_COMMA = re.compile(r",(?=\s*[}\]])")
_DECODER = json.JSONDecoder(strict=False)
"""Outlets leave raw line breaks and control characters in strings."""


def article_data(root: etree._Element, titles: str, url: str) -> dict[str, Any]:
    """The page's article: the one whose headline is in the page's own titles or its first headings, else the only
    one, if it bears the page's address or is akin to those. Empty if there is none, or several others: pages describe
    what they recommend as well. An author named elsewhere in the data is put in its place."""
    nodes = [node for script in _SCRIPTS(root) for node in _nodes(_loaded(script.text or ""), 0)]
    articles = [node for node in nodes if _is_a(node, _ARTICLES)]
    found = articles or [node for node in nodes if _is_a(node, _PAGES)]
    if not found:
        return {}
    shown = " ".join((titles, *map(text_of, islice(root.iter("h1"), HEADINGS))))
    own = (node for node in found if letters(_headline(node)) in letters(shown))
    only = articles[0] if len(set(map(_headline, articles))) == 1 else {}
    data = next(own, only if only and (is_akin(_headline(only), shown) or _is_at(only, url)) else {})
    return {**data, "headline": _headline(data), "author": _resolved(data.get("author"), nodes)} if data else {}


def text_in(value: Any) -> str:
    """A value's text: outlets give a list, or an object with a value, where a text is due."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = next(iter(value), "")
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name")
    return squeeze(_whole(unescape(value))) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """Without halves of characters, which JSON can say and nothing can store."""
    return text.encode("utf-8", "replace").decode()


def paragraphs_of(data: Mapping[str, Any]) -> list[str]:
    """The article's text as the data give it: worse than the page's, but all there is in a page that its
    script fills."""
    body = data.get("articleBody")
    text = _TAG.sub("\n", _whole(unescape(body))) if isinstance(body, str) else ""
    return [line for line in map(squeeze, text.splitlines()) if line]


def _loaded(text: str) -> Any:
    for mend in (str, _mended):
        try:
            # What stands behind the value (a semicolon, one bracket more) is left unread.
            return _DECODER.raw_decode(mend(text).lstrip())[0]
        except (ValueError, RecursionError):
            continue
    return None


def _mended(text: str) -> str:
    text = _OPENING.sub("", text.lstrip(), count=1)
    return _SPARE_COMMA.sub("", text if '"' in text else unescape(text))


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in _WITHIN:
            yield from _nodes(value.get(name), depth + 1)


def _is_a(node: dict[str, Any], kind: re.Pattern[str]) -> bool:
    given = node.get("@type")
    kinds = given if isinstance(given, list) else [given]
    return any(kind.fullmatch(str(name)) for name in kinds) and bool(_headline(node))


def _is_at(node: dict[str, Any], url: str) -> bool:
    """Whether the address of the page is said to be its own."""
    page = node.get("mainEntityOfPage")
    given = (node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page)
    return any(_canonical(address) == _canonical(url) for address in given if isinstance(address, str))


def _canonical(address: str) -> str:
    try:
        return canonical_url(address).partition("://")[2]
    except ValueError:
        return address


def _headline(node: dict[str, Any]) -> str:
    """Videos have a name instead; that of a page is the outlet's as often."""
    return text_in(node.get("headline") or ("uploadDate" in node and node.get("name")))


def _resolved(authors: Any, nodes: list[dict[str, Any]]) -> list[Any]:
    """Authors that are but references (`{"@id": ...}`) as the nodes they refer to, if the page has them."""
    given = authors if isinstance(authors, list) else [authors]
    wanted = {str(a.get("@id")) for a in given if isinstance(a, dict) and not a.get("name")}
    if not wanted:
        return given
    known = {str(node.get("@id")): node for node in nodes if node.get("name") and str(node.get("@id")) in wanted}
    return [known.get(str(a.get("@id")), a) if isinstance(a, dict) and not a.get("name") else a for a in given]
