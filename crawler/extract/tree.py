"""HTML text -> one lxml tree, bounded in depth; and text out of elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from lxml import etree

from news.errors import ParseError

DEEPEST = 250
"""Libraries recurse; pages people read stay under 60."""

_TOO_DEEP = etree.XPath("/*" * (DEEPEST + 1))
_SPACES = re.compile(r"[\t\r\n\f\u00a0][ \t\r\n\f\u00a0]*| [ \t\r\n\f\u00a0]+")
"""What is not one blank already: most are, and each that is found is a piece of text more."""


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
    return _SPACES.sub(" ", text).strip()


def text_of(element: etree._Element) -> str:
    """All text of an element on one line."""
    return squeeze(words_of(element))


def words_of(element: etree._Element) -> str:
    """All text of an element as it stands."""
    return "".join(map(str, element.itertext()))


def drop(element: etree._Element) -> None:
    """Take an element out of its tree; what stands behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        # The tail belongs to the parent's text, not to the element.
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
