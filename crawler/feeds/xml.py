"""Hostile XML -> an lxml tree: no document types, no entities of its own, no network, no bombs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml import etree

from crawler.extract.encoding import decode
from news.errors import ParseError

_MARKUP = re.compile(r"<(?:(?P<doctype>!(?:DOCTYPE|ENTITY))|(?P<skipped>\?|!--)|(?P<root>[^\W\d]\w*))", re.IGNORECASE)
_ENDS = {"?": "?>", "!--": "-->"}
_PLAIN_DOCTYPE = re.compile(r"<!DOCTYPE[^\[<>]*>", re.IGNORECASE)
"""RSS 0.91 names a document type of Netscape's; naming it is harmless, nothing of it is fetched."""
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAMED = {
    "&nbsp;": "\u00a0",
    "&laquo;": "«",
    "&raquo;": "»",
    "&ndash;": "–",
    "&mdash;": "—",
    "&hellip;": "…",
}


def parse_xml(raw: bytes, url: str, charset: str, encoding: str = "") -> etree._Element:
    """The root element; `encoding` is assumed where none is declared.

    Raises ParseError: empty_body, not_a_feed, xml_entities, broken_xml."""
    text, _ = decode(raw, declared=charset, fallback=encoding)
    text = _CONTROLS.sub("", text).strip()
    if not text:
        raise ParseError(f"{url}: the answer is empty", reason="empty_body")
    text = _plain(text, url)
    for name, char in _NAMED.items():
        text = text.replace(name, char)
    body = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, huge_tree=False,
        load_dtd=False, remove_comments=True, strip_cdata=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{url}: the XML is broken beyond reading: {error.msg}", reason="broken_xml") from error
    if root is None:
        raise ParseError(f"{url}: the XML is broken beyond reading", reason="broken_xml")
    return root


def _plain(text: str, url: str) -> str:
    """The document without its document type. Looked at is what stands before the root element: behind it
    nothing can declare anything, and articles quote whole pages. Raises ParseError: not_a_feed, xml_entities."""
    at, named = 0, False
    while found := _MARKUP.search(text, at):
        if root := found["root"]:
            if root.lower() == "html":
                raise _web_page(url)
            return text
        if kind := found["skipped"]:
            at = text.find(_ENDS[kind], found.end())
            if at < 0:
                break
            continue
        if text[found.end() : found.end() + 20].lstrip()[:4].lower() == "html":
            raise _web_page(url)
        declared = _PLAIN_DOCTYPE.match(text, found.start())
        if declared is None or named:
            raise ParseError(
                f"{url}: the feed declares entities or a document type of its own; refused as dangerous",
                reason="xml_entities",
            )
        at, named = declared.start(), True
        text = text[:at] + text[declared.end() :]
    raise ParseError(f"{url}: this is not a feed", reason="not_a_feed")


def _web_page(url: str) -> ParseError:
    return ParseError(
        f"{url}: this is a web page, not a feed",
        reason="not_a_feed",
        hint="Look on the page for the feed's address, or set kind: listing",
    )


Parts = Sequence[tuple[str, etree._Element]]
"""The children of an element, each behind its local name: asked for many names, they are walked once."""


def local(element: etree._Element) -> str:
    """The tag without its namespace, lower case; '' for what is no element."""
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def parts_of(element: etree._Element) -> Parts:
    """Every child, in order."""
    return [(local(item), item) for item in element]


def child(parts: Parts, *names: str) -> etree._Element | None:
    """The first child called one of `names`, in their order."""
    return next((item for name in names for own, item in parts if own == name), None)


def text(parts: Parts, *names: str) -> str:
    """All text of the first such child, or ''."""
    found = child(parts, *names)
    return "".join(map(str, found.itertext())).strip() if found is not None else ""
