"""The text of an unknown page: the block with most running words and fewest links.

After the idea of Readability (Arc90): paragraphs vote for their parents, links count against;
what looks like navigation, comments or other stories is taken out beforehand.
"""

from __future__ import annotations

import re
from collections import defaultdict

from lxml import html

from crawler.extract.tree import lines_of, squeeze, text_of

_NOISE = (
    "//script|//style|//noscript|//template|//svg|//form|//button|//iframe|//nav|//footer|//aside|//select"
    "|//figure|//figcaption|//video|//audio|//object|//*[@hidden]|//*[@aria-hidden='true' and not(self::i)]"
)
_UNLIKELY = re.compile(
    r"(?:^|[\s_-])(?:nav|menu|footer|sidebar|side-bar|related|recommend\w*|comment\w*|share|social|breadcrumb\w*|"
    r"newsletter|subscribe|advert\w*|ads?|banner|promo|popup|cookie\w*|tags?|most-?read|trending|latest|more-news|"
    r"author-box|copyright|widget|toolbar|pagination|caption|gallery|readmore|read-more|also-read|ticker)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"article-?(?:body|content|text|detail)|entry-content|post-(?:content|body)|story-?(?:body|text)|news-?(?:body|text|content)"
    r"|articlebody|single-content|content-body|item-text|item-body|body-text|wysiwyg|td-post-content|main-content",
    re.IGNORECASE,
)
PARAGRAPH = 25
"""Shorter pieces are labels, dates and buttons more often than sentences."""
LINKED = 0.5


def generic_body(root: html.HtmlElement) -> tuple[list[str], float]:
    """(paragraphs, confidence from 0 to 1). Changes the tree: noise is taken out."""
    _remove_noise(root)
    best = _best(root)
    if best is None:
        return [], 0.0
    paragraphs = [line for line in _paragraphs(best) if line]
    words = sum(len(p) for p in paragraphs)
    density = _link_density(best)
    return paragraphs, round(min(1.0, words / 1200) * (1 - density), 2)


def _remove_noise(root: html.HtmlElement) -> None:
    for element in root.xpath(_NOISE):
        _drop(element)
    for element in root.xpath("//*[@class or @id]"):
        if element.tag in ("body", "html", "article", "main"):
            continue
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if _UNLIKELY.search(name) and not _LIKELY.search(name):
            text = text_of(element)
            if len(text) < 1500 or _link_density(element) > 0.3:
                _drop(element)


def _drop(element: html.HtmlElement) -> None:
    parent = element.getparent()
    if parent is None:
        return
    # The tail belongs to the parent's text, not to the element.
    element.drop_tree()


def _best(root: html.HtmlElement) -> html.HtmlElement | None:
    scores: dict[html.HtmlElement, float] = defaultdict(float)
    for element in root.iter("p", "div", "td", "span", "section", "blockquote", "li"):
        own = _own_text(element)
        if len(own) < PARAGRAPH:
            continue
        weight = min(len(own), 600) * (1 - _link_density(element))
        if element.tag == "li":
            weight *= 0.4
        if element.tag == "p" or element.tag == "blockquote" or element.tag == "span":
            parent = element.getparent()
            if parent is not None:
                scores[parent] += weight
                grand = parent.getparent()
                if grand is not None:
                    scores[grand] += weight * 0.5
        else:
            scores[element] += weight
            parent = element.getparent()
            if parent is not None:
                scores[parent] += weight * 0.6
    for element in scores:
        name = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if _LIKELY.search(name):
            scores[element] *= 1.6
        if element.tag in ("article",):
            scores[element] *= 1.2
        if element.tag in ("body", "html"):
            scores[element] *= 0.5
    return max(scores, key=lambda e: scores[e], default=None)


def _own_text(element: html.HtmlElement) -> str:
    """Text directly in the element and its inline children."""
    parts = [element.text or ""]
    for child in element:
        if child.tag in (
            "a",
            "b",
            "strong",
            "i",
            "em",
            "span",
            "br",
            "u",
            "font",
            "sup",
            "sub",
            "bdi",
            "mark",
        ):
            parts.append("".join(child.itertext()))
        parts.append(child.tail or "")
    return squeeze(" ".join(parts))


def _link_density(element: html.HtmlElement) -> float:
    total = len(text_of(element)) or 1
    linked = sum(len(text_of(a)) for a in element.iter("a"))
    return min(1.0, linked / total)


def _paragraphs(best: html.HtmlElement) -> list[str]:
    for block in list(best.iter("ul", "ol", "div", "section", "table", "p")):
        if block is best or block.getparent() is None:
            continue
        text = text_of(block)
        if text and _link_density(block) > LINKED and (block.tag != "p" or len(text) < 140):
            _drop(block)
    for heading in list(best.iter("h1")):
        _drop(heading)
    return lines_of(best)
