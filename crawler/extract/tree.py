"""HTML text -> one lxml tree, bounded in depth; and text out of elements."""

from __future__ import annotations

import re

from lxml import etree

from news.errors import ParseError

DEEPEST = 250
"""Libraries recurse; pages people read stay under 60."""

_BLOCK = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "blockquote",
        "table",
        "tr",
        "td",
        "br",
        "figure",
        "figcaption",
        "pre",
    ]
)
_SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")


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
    _refuse_deep(root, url)
    return root


def _refuse_deep(root: etree._Element, url: str) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise ParseError(f"{url}: the page is nested more than {DEEPEST} deep; not read", reason="too_deep")


def squeeze(text: str) -> str:
    """Runs of blanks as one; joiners kept."""
    return _SPACES.sub(" ", text).strip()


def text_of(element: etree._Element) -> str:
    """All text of an element on one line."""
    return squeeze(words_of(element))


def words_of(element: etree._Element) -> str:
    """All text of an element as it stands."""
    return "".join(map(str, element.itertext()))


def chosen(root: etree._Element, path: str) -> list[etree._Element]:
    """The elements at an XPath."""
    found = root.xpath(path)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def lines_of(element: etree._Element) -> list[str]:
    """Text of an element, a line for each block."""
    parts: list[str] = []
    _collect(element, parts)
    lines = (squeeze(line) for line in "".join(parts).split("\n"))
    return [line for line in lines if line]


def _collect(element: etree._Element, parts: list[str]) -> None:
    for event, node in etree.iterwalk(element, events=("start", "end")):
        block = isinstance(node.tag, str) and node.tag in _BLOCK
        if event == "start":
            if block:
                parts.append("\n")
            if isinstance(node.tag, str) and node.text:
                parts.append(node.text)
        else:
            if block:
                parts.append("\n")
            if node is not element and node.tail:
                parts.append(node.tail)
