"""HTML text -> one lxml tree, bounded in depth; and text out of elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import cast

from lxml import etree

from news.errors import ParseError

DEEPEST = 250
"""Libraries recurse; pages people read stay under 60."""

_TOO_DEEP = etree.XPath("/*" * (DEEPEST + 1))
_OUT = "marsad-out"
_SPACES = re.compile(r"[\t\r\n\f\u00a0][ \t\r\n\f\u00a0]*| [ \t\r\n\f\u00a0]+")
"""What is not one blank already: most are, and each that is found is a piece of text more."""
_UNEVEN = ("\n", "  ", "\u00a0", "\t", "\r", "\f")
"""Most texts have none of them, which is known many times sooner than by the pattern."""


def parse(text: str, url: str) -> etree._Element:
    """The tree of a page. Raises ParseError: not a page, or nested absurdly."""
    if not text.strip():
        raise ParseError(f"{url}: the page is empty", reason="empty_page")
    # Not lxml.html: its classes are looked up in Python for every element that is touched.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise ParseError(f"{url}: this is not a page of HTML", reason="not_html") from error
    if root is None:
        raise ParseError(f"{url}: this is not a page of HTML", reason="not_html")
    if _TOO_DEEP(root):
        raise ParseError(f"{url}: the page is nested more than {DEEPEST} deep; not read", reason="too_deep")
    return root


def chooser(path: str) -> Callable[[etree._Element], list[etree._Element]]:
    """An XPath to elements, compiled."""
    return cast("Callable[[etree._Element], list[etree._Element]]", etree.XPath(path))


def squeeze(text: str) -> str:
    """Runs of blanks as one; joiners kept."""
    if not any(map(text.__contains__, _UNEVEN)):
        return text.strip()
    return _SPACES.sub(" ", text).strip()


def text_of(element: etree._Element) -> str:
    """All text of an element on one line."""
    return squeeze(words_of(element))


def words_of(element: etree._Element) -> str:
    """All text of an element as it stands. In one call: to join the pieces takes four times as long."""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def take_out(root: etree._Element, elements: Iterable[etree._Element]) -> None:
    """Remove elements below the root; what stands behind them stays. All at once: to move each one's tail
    to what stands before it takes time by the square of a page made for it."""
    for element in elements:
        if element is not root:
            element.tag = _OUT
    etree.strip_elements(root, _OUT, with_tail=False)
