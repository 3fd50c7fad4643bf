"""The headline, the element that shows it, and what stands around that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice

from lxml import etree

from crawler.extract.tree import squeeze, text_of

Near = Callable[[], Sequence[etree._Element]]
"""The elements around the headline, nearest first; looked for when they are asked for."""
WORDS = 4
"""Of a heading that is no section's and no outlet's name."""
HEADINGS = 60
"""Of a page, that are asked whether they are the headline."""
PIECES = 6
"""At most, in which a page's title is cut."""

CARD, CARD_TEXT = 3, 400
"""Blocks around an element that may be the card of a story, and the most text in such a one."""

_HOME = re.compile(r"(?:https?:)?//[^/?#]*/?|/")
_SEPARATORS = (" | ", " - ", " – ", " — ", " :: ")
_PIECES = re.compile(r"\s+(?:[-|–—•·]+|:{1,2}|\|\|)\s+|:\s+")
_PLAIN = ("b", "div", "font", "p", "span", "strong", "td")
_WHOLE = frozenset({"body", "html"})
_OTHERS = frozenset({"aside", "figure", "form", "nav", "script", "style"})
_OTHER_NAMES = re.compile(
    r"comment|related|teaser|sidebar|recommend|repl(?:y|ies)\b|popular|trending|weather|prayer|ticker", re.IGNORECASE
)
_EDGE = re.compile(
    r"\b(?:site|page|main|top|td)[_-]?(?:header|footer|bar|menu)(?!__)|masthead|^(?:header|footer|top)$", re.IGNORECASE
)
_NOT_LETTERS = re.compile(r"[\W_]+")
_LONG_WORD = re.compile(r"[^\W_]{4,}")


def letters(text: str) -> str:
    """To compare by: only letters and digits, lower case."""
    return _NOT_LETTERS.sub("", text).casefold()


def is_akin(headline: str, shown: str) -> bool:
    """Whether a headline may be that of a page which shows these words: one is in common, however it is put for search
    engines, or there are none to compare by."""
    words = set(_LONG_WORD.findall(shown.casefold()))
    return not words or not words.isdisjoint(_LONG_WORD.findall(headline.casefold()))


def title_of(root: etree._Element, linked: str, meta: Mapping[str, str], document: str) -> str:
    """The heading that the page's own title bears, else one that stands in the article; what data say comes
    after (`linked`: in JSON-LD), then the page's title, without the outlet's name where the page shows it so."""
    graph = squeeze(meta.get("og:title", ""))
    site = letters(meta.get("og:site_name", ""))
    headings = [(text, h) for h in islice(root.iter("h1"), 3) if (text := text_of(h)) and not _is_brand(h, text, site)]
    for text, _ in headings:
        if text in document or text in graph or linked.startswith(text[:40]):
            return text
    for text, heading in headings:
        if len(text.split()) >= WORDS and next(heading.iterancestors("article", "main"), None) is not None:
            return text
    if linked or graph:
        return linked or _shorn(graph)
    return _shown(root, document) or next((text for text, _ in headings), "") or _shorn(document)


def around_headline(root: etree._Element, title: str) -> Iterator[etree._Element]:
    """Elements of the smallest block around the headline, then of the next, without what belongs to other
    stories; the whole page is no block."""
    heading = _heading(root, title)
    if heading is None:
        return
    others = _OTHERS | {"article"} if next(heading.iterancestors("article"), None) is not None else _OTHERS
    inner = heading
    for block in heading.iterancestors():
        if block.tag in _WHOLE:
            return
        for child in block:
            if child is not inner:
                yield from own_elements(child, others)
        inner = block


def _heading(root: etree._Element, title: str) -> etree._Element | None:
    """The element that says the title, or most of it, or a kicker before it; else the first heading."""
    wanted = letters(title)
    for heading in islice(chain(root.iter("h1"), root.iter("h2", "h3")), HEADINGS):
        text = letters(text_of(heading))
        if len(text) * 2 > len(wanted) and (text in wanted or wanted in text):
            return heading
    said = _saying(root, title)
    return said if said is not None else next(root.iter("h1"), None)


def own_elements(block: etree._Element, others: frozenset[str] = _OTHERS) -> Iterator[etree._Element]:
    """Elements of the block and of what it holds that is no part of another story."""
    walk = etree.iterwalk(block, events=("start",))
    for _, element in walk:
        if element.tag in others or _are_others(element.get("class")):
            walk.skip_subtree()
        else:
            yield element


@lru_cache(maxsize=8192)
def _are_others(names: str | None) -> bool:
    """Pages give the same few names to thousands of elements."""
    return bool(names and _OTHER_NAMES.search(names))


def is_of_others(element: etree._Element, title: str) -> bool:
    """Whether it stands in the page's head or foot, or in the card of another story: a short block with a link that
    is a headline."""
    for around in (element, *islice(element.iterancestors(), CARD)):
        text = text_of(around)
        if len(text) > CARD_TEXT or next(around.iter("h1"), None) is not None:
            break
        if any(len(said.split()) > WORDS and said != title for said in map(text_of, around.iter("a"))):
            return True
    above = [element, *element.iterancestors()]
    if any(around.tag in _OTHERS or _are_others(around.get("class")) for around in above):
        return True
    # An article has a head and a foot of its own.
    return all(around.tag != "article" for around in above) and any(map(_is_edge, above))


def _is_edge(block: etree._Element) -> bool:
    """Whether it is the head or the foot of a page; the head of an article has the headline in it."""
    named = block.tag in ("header", "footer") or _EDGE.search(block.get("class") or "") is not None
    return named and next(block.iter("h1"), None) is None


def _is_brand(heading: etree._Element, text: str, site: str) -> bool:
    """The outlet's name, which many pages set as their first heading: with a link home."""
    if letters(text) == site:
        return True
    links = list(heading.iter("a")) or list(heading.iterancestors("a"))
    return len(links) == 1 and _HOME.fullmatch(links[0].get("href") or "") is not None


def _shown(root: etree._Element, document: str) -> str:
    """The longest piece of the page's title that an element of the page says, no more and no less."""
    said = [text for h in islice(root.iter("h1", "h2", "h3"), HEADINGS) if (text := text_of(h)) in document]
    pieces = sorted({document, *_PIECES.split(document, PIECES), *said}, key=len, reverse=True)
    long = [piece for piece in pieces if len(piece.split()) >= WORDS]
    return next((piece for piece in long if piece in said or _saying(root, piece) is not None), "")


def _saying(root: etree._Element, title: str) -> etree._Element | None:
    """The first element whose own text is the title, in pages without headings."""
    return next(
        (e for e in root.iter("div", "td", "span", "p", "b", "font", "strong") if squeeze(e.text or "") == title), None
    )


def _shorn(title: str) -> str:
    """Without the site's name at the end."""
    for separator in _SEPARATORS:
        head, found, tail = title.rpartition(separator)
        if found and len(head) >= 15 and len(tail) < 40:
            return head.strip()
    return title
