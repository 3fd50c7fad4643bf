"""OPML 2.0 (http://opml.org/spec2.opml): lists of feeds in and out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from crawler.feeds.xml import local, parse_xml
from news.errors import ParseError
from news.url import canonical_url

MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One outline with an address; `folder` is the nearest outline around it that has none."""

    url: str
    title: str = ""
    homepage: str = ""
    folder: str = ""
    language: str = ""


def read(raw: bytes, name: str) -> tuple[list[Feed], list[str]]:
    """The feeds of a file in order, each address once, and a sentence for each outline that cannot be
    used. Raises ParseError if it is no OPML at all."""
    root = parse_xml(raw, name, "")
    if local(root) != "opml":
        raise ParseError(f"{name}: this is XML, but no OPML (<{local(root)}>)", reason="not_opml")
    feeds: dict[str, Feed] = {}
    faults: list[str] = []
    for outline in root.iter():
        if local(outline) != "outline":
            continue
        given = {str(key).lower(): str(value).strip() for key, value in outline.attrib.items()}
        url = _web_address(given.get("xmlurl", ""))
        if not url:
            continue
        title = given.get("title") or given.get("text", "")
        try:
            canonical_url(url)
        except ValueError:
            faults.append(f"{title or 'an outline'}: {url[:200]!r} is no web address")
            continue
        if len(feeds) >= MOST:
            faults.append(f"more than {MOST} feeds: the rest is left out")
            break
        homepage = given.get("htmlurl", "")
        feeds.setdefault(
            url,
            Feed(
                url=url,
                title=title,
                homepage=homepage if homepage.startswith(("http://", "https://")) else "",
                folder=_folder(outline),
                language=given.get("language", ""),
            ),
        )
    return list(feeds.values()), faults


def _web_address(url: str) -> str:
    """`feed://host/x` and `feed:https://host/x`, as some readers write them, name the same by http or https."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() != "feed":
        return url
    return f"http:{rest}" if rest.startswith("//") else rest


def _folder(outline: etree._Element) -> str:
    parent = outline.getparent()
    while parent is not None and local(parent) == "outline":
        given = {str(key).lower(): str(value) for key, value in parent.attrib.items()}
        if not given.get("xmlurl"):
            return (given.get("title") or given.get("text", "")).strip()
        parent = parent.getparent()
    return ""


def written(feeds: Iterable[Feed], *, title: str) -> bytes:
    """UTF-8 XML, a folder per `folder`."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {}
    for feed in feeds:
        if feed.folder not in folders:
            folders[feed.folder] = etree.SubElement(body, "outline", text=feed.folder, title=feed.folder)
        facts = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url}
        facts |= {"htmlUrl": feed.homepage} if feed.homepage else {}
        facts |= {"language": feed.language} if feed.language else {}
        etree.SubElement(folders[feed.folder], "outline", facts)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
