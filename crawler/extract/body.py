"""The text of an unknown page: the block with most running words and fewest links.

noise out -> lines (at blocks and <br>) -> each line votes for the blocks around it -> the best block,
widened while running text is gained -> its lines, without link lists and labels

After the idea of Readability (Arc90). Noise is known by element and by name, but what holds much of the
page's text, or its headline, is never taken for noise: that alone emptied one page in seven.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree

from crawler.extract.elsewhere import leads_elsewhere
from crawler.extract.tree import squeeze, take_out, text_of, words_of

_ALWAYS = frozenset("title script style noscript template svg button iframe select object textarea".split())  # noqa: SIM905
_KEPT = frozenset({"html", "body", "article", "main"})
_MOSTLY = frozenset({"nav", "footer", "aside", "form", "figure", "figcaption", "video", "audio", "dialog"})
_UNLIKELY = re.compile(
    r"[\s_-](?:nav|navbar|menu|footer|sidebar|side-bar|related|recommend\w*|comment\w*|share|sharing|social|"
    r"breadcrumb\w*|newsletter|mc4wp|mailchimp|opt-?in|subscribe|subscription|advert\w*|ads?|banner|promo\w*|popup|modal|cookie\w*|consent|tags?|"
    r"most-?read|trending|latest|more-news|more-on|author-box|author-bio|copyright|widget|toolbar|pagination|caption|gallery|"
    r"readmore|read-more|also-read|ticker|teaser\w*|outbrain|taboola|byline|subscriptions|donat\w+|call-?to-?action|cta|"
    r"read(?:ing)?-time|lightbox|fact-?box|(?:img|image|photo|picture)[\w-]*[_-]description|paywall[_-]+(?:overlay|prompt|message|notice|box|offer)|"
    r"print-only|visually-hidden|sr-only|skip-link|login|signup|sign-up|sign-in|rating|poll)(?:$|[\s_-])"
)
"""Asked of lower case behind a blank: six times as fast as a pattern that begins with a choice and ignores case."""
_STATE = re.compile(r"(?<=[\s_-])(?:no|has|with)[_-]\w+")
"""`has-caption` is no caption."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Between the words of a name like `relatedLinks`."""
_HIDDEN = re.compile(r"\s(?:is-)?(?:hidden|d-none)(?=\s|$)(?!.*[:-](?:block|flex|grid|inline))")
"""On screens of all widths."""
_NO_DISPLAY = re.compile(r"display\s*:\s*none")
_LIKELY = re.compile(
    r"article-?(?:body|content|text|detail)|entry-content|post-(?:content|body)|story-?(?:body|text|content)"
    r"|news-?(?:body|text|content|detail)|articlebody|single-content|content-body|item-text|item-body|body-text|wysiwyg"
    r"|td-post-content|main-content"
)
_LEAD = re.compile(
    r"lead(?!er|ing)|lede|spot(?!light)|summary|intro|standfirst|sapo|sub-?title|sub-?head|chapeau|vorspann|abstract",
    re.IGNORECASE,
)
_BLOCK = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "figure",
        "figcaption",
        "pre",
        "address",
        "center",
        "details",
        "summary",
        "body",
        "html",
        "form",
        "fieldset",
        "nav",
        "aside",
        "footer",
        "hr",
    ]
)
_LEAF = frozenset("p li h1 h2 h3 h4 h5 h6 blockquote pre dt dd td th tr address summary".split())  # noqa: SIM905
_CELL = frozenset({"td", "th"})
_LISTED = frozenset({"li", "tr", "dd"})
_HEADING = frozenset(["h2", "h3", "h4", "h5", "h6"])
_END = re.compile(r"[.!?؟۔:։。！？…»”\"'’)\]]\s*$")

SENTENCE = 25
"""Shorter lines are labels, dates and buttons more often than sentences; they have no vote."""
LABEL = 40
"""Lines up to this length need an end mark to be kept."""
LINKED = 0.5
HOLDS = 0.3
"""What holds more of the page's text than this is no noise, whatever it is called."""
SPARED = 8
"""So many elements within one another; pages have two or three, but for those made to be slow to read."""
FADING = (1.0, 0.6, 0.35, 0.2)
"""A line's vote for the block around it and for those around that."""
TEASER_TITLE, TEASER = 20, 400
LEAST = 150
NEAR = 8
"""Blocks around the best one in which lines like its own are looked for."""
ENOUGH = 600
CAPTIONS = 0.3
"""Confidence in a text that is captions only."""
GAIN = 1.25
"""A wider block must have so many times the running text to be taken instead."""
BEFORE, LONGEST_LEAD = 12, 600
"""Lines before the text among which its lead is looked for."""
_Mark = tuple[str, ...]


@dataclass(slots=True)
class Line:
    """Text between two breaks, with the nearest block around it. `weight` is its length without links."""

    text: str
    linked: int
    block: etree._Element
    link_share: float
    weight: float
    _mark: _Mark | None = None

    @property
    def mark(self) -> _Mark:
        """How it is marked up: tag and first class of its block and of the one around that."""
        if self._mark is None:
            block, parent = self.block, self.block.getparent()
            outer = ("", "") if parent is None else (str(parent.tag), _first_class(parent))
            self._mark = (str(block.tag), _first_class(block), *outer)
        return self._mark


def _line(text: str, linked: int, block: etree._Element) -> Line:
    tag, length = block.tag, len(text)
    linked = min(linked, length)
    share = linked / length
    if length < SENTENCE or tag in _HEADING:
        return Line(text, linked, block, share, 0.0)
    weight = min(length, 600) * (1 - share)
    return Line(text, linked, block, share, weight * 0.4 if tag in _LISTED else weight)


def generic_body(root: etree._Element) -> tuple[list[str], float]:
    """(paragraphs, confidence from 0 to 1). Changes the tree: noise is taken out."""
    captions = [text for caption in root.iter("figcaption") if (text := text_of(caption))]
    _remove_noise(root)
    lines = _without_teasers(_up_to_other_stories(_lines(root)))
    best = _best(lines)
    chosen = _until_next_article(_with_its_like(best, lines)) if best is not None else []
    kept = _kept(chosen)
    if not kept:
        # A gallery tells its story below its pictures.
        return captions, CAPTIONS if captions else 0.0
    lead = [] if _in_english(root) else _lead(lines, chosen)
    kept = [*lead, *kept[kept[:1] == lead :]]
    length = sum(len(text) for text in kept)
    linked = sum(line.linked for line in chosen) / (sum(len(line.text) for line in chosen) or 1)
    return kept, round(min(1.0, length / 1200) * (1 - min(1.0, linked)), 2)


# -- noise ---------------------------------------------------------------------------


def _remove_noise(root: etree._Element) -> None:
    etree.strip_elements(root, *_ALWAYS, with_tail=False)
    take_out(root, [e for e in root.iter() if e.get("hidden") is not None])
    most = HOLDS * _unlinked(root)
    heading = next(root.iter("h1"), None)
    holding = {heading, *(heading.iterancestors() if heading is not None else ())}
    noise: list[etree._Element] = []
    spared = 0
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        tag = element.tag
        if tag not in _KEPT and (tag in _MOSTLY or _is_named_noise(element)) and element not in holding:
            if len(words_of(element)) <= most or (spared < SPARED and _unlinked(element) <= most):
                noise.append(element)
                walk.skip_subtree()
            else:
                spared += 1
    take_out(root, noise)


def _is_named_noise(element: etree._Element) -> bool:
    names, own, style = element.get("class"), element.get("id"), element.get("style")
    if style and _NO_DISPLAY.search(style):
        return True
    return bool(names or own) and _says_noise(names or "", own or "") and not _is_link_in_text(element)


def _is_link_in_text(element: etree._Element) -> bool:
    """Words of a sentence, which are linked to a page about them and often called tags."""
    parent = element.getparent()
    return element.tag == "a" and parent is not None and parent.tag == "p"


@lru_cache(maxsize=8192)
def _says_noise(names: str, own: str) -> bool:
    """Pages give the same few names to thousands of elements."""
    given = f" {names} {own}"
    name = given.lower()
    if name != given:
        name = _HUMP.sub("-", given).lower()
    if _UNLIKELY.search(name) and _UNLIKELY.search(_STATE.sub("", name)):
        return not _LIKELY.search(name)
    return ("hidden" in name or "d-none" in name) and bool(_HIDDEN.search(name)) and not _LIKELY.search(name)


def _unlinked(element: etree._Element) -> int:
    """Characters outside links. Not of paragraphs only: many pages have their text in lines, and comments in those."""
    return len(words_of(element)) - sum(len(words_of(link)) for link in element.iter("a"))


# -- lines ---------------------------------------------------------------------------


def _lines(root: etree._Element) -> list[Line]:
    lines: list[Line] = []
    blocks: list[etree._Element] = [root]
    parts: list[str] = []
    links = linked = 0

    def cut() -> None:
        nonlocal linked
        text = "".join(parts)
        if text and not text.isspace():
            lines.append(_line(squeeze(text), linked, blocks[-1]))
        parts.clear()
        linked = 0

    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag
        cell = tag in _CELL and not any(child.tag in _BLOCK for child in node.iterdescendants())
        block = tag in _BLOCK and not cell
        if event == "start":
            if cell:
                parts.append(" ")
            if block or tag == "br":
                cut()
            if block:
                blocks.append(node)
            if tag == "a":
                links += 1
            text = node.text
        else:
            if block:
                cut()
                blocks.pop()
            if tag == "a":
                links -= 1
            text = node.tail if node is not root else None
        if text:
            parts.append(text)
            if links:
                linked += len(text)
    cut()
    return lines


def _up_to_other_stories(lines: list[Line]) -> list[Line]:
    """Up to the heading that announces other stories; if most of the text stands behind it, it is a box
    within the article, or stands at the page's top, and cuts nothing."""
    for at, line in enumerate(lines):
        if line.block.tag not in _HEADING or not leads_elsewhere(line.text):
            continue
        paragraphs = [other for other in lines[:at] if other.weight > LEAST]
        places = {_place(other) for other in paragraphs}
        goes_on = any(other.weight > LEAST and _place(other) in places for other in lines[at:])
        if paragraphs and not goes_on:
            return lines[:at]
    return lines


def _place(line: Line) -> tuple[etree._Element | None, str, str]:
    """The article around a line, and the line's own dress."""
    around = next(line.block.iterancestors("article"), None)
    return around, str(line.block.tag), _first_class(line.block)


def _without_teasers(lines: list[Line]) -> list[Line]:
    """Without the beginnings of other stories: a short text under a headline that is all link, in a
    block that holds little else."""
    out: list[Line] = []
    most = min(2 * TEASER, HOLDS * sum(line.weight for line in lines))
    for line in lines:
        before = out[-1] if out else None
        if before is not None and before.link_share > 0.9 and len(before.text) > TEASER_TITLE:
            around = _around(before.block, line.block)
            if around is not None and len(line.text) < TEASER and _holds_less(around, most):
                continue
        out.append(line)
    return out


def _holds_less(block: etree._Element, most: float) -> bool:
    """Reads no further than it must: the block may be the whole page."""
    length = 0
    for text in block.itertext():
        length += len(text.strip())
        if length >= most:
            return False
    return True


def _around(one: etree._Element, other: etree._Element) -> etree._Element | None:
    """The block around both, if it is near to both."""
    above = [one, *islice(one.iterancestors(), 3)]
    return next((block for block in [other, *islice(other.iterancestors(), 3)] if block in above), None)


# -- the block -------------------------------------------------------------------------


def _best(lines: Sequence[Line]) -> etree._Element | None:
    scores: dict[etree._Element, float] = defaultdict(float)
    weights: dict[etree._Element, float] = defaultdict(float)
    for line in lines:
        weight = line.weight
        if not weight:
            continue
        at = line.block.getparent() if line.block.tag in _LEAF else line.block
        for share in FADING:
            if at is None:
                break
            scores[at] += weight * share
            at = at.getparent()
        at = line.block
        while at is not None:
            weights[at] += weight
            at = at.getparent()
    for element in scores:
        name = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if _LIKELY.search(name.lower()):
            scores[element] *= 1.6
        if element.tag == "article":
            scores[element] *= 1.2
        if element.tag in ("body", "html"):
            scores[element] *= 0.5
    best = max(scores, key=lambda e: scores[e], default=None)
    return None if best is None else _widened(best, weights, lines)


def _widened(best: etree._Element, weights: dict[etree._Element, float], lines: Sequence[Line]) -> etree._Element:
    """Climb while running text is gained: some pages put every few paragraphs into a block of their own."""
    at = best
    for _ in range(4):
        parent = at.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        if weights[parent] > weights[best] * GAIN and _reads_on(parent, at, lines):
            best = parent
        at = parent
    return best


def _reads_on(parent: etree._Element, child: etree._Element, lines: Sequence[Line]) -> bool:
    """What the parent has more of is sentences, not teasers."""
    own, inner = set(parent.iter()), set(child.iter())
    gained = [line for line in lines if line.block in own and line.block not in inner]
    total = sum(len(line.text) for line in gained) or 1
    running = sum(len(line.text) for line in gained if _is_running(line))
    return running / total > 0.7


def _is_running(line: Line) -> bool:
    return len(line.text) > 60 and line.link_share < 0.3 and bool(_END.search(line.text))


def _with_its_like(best: etree._Element, lines: Sequence[Line]) -> list[Line]:
    """The block's lines, and the running lines near it that are marked up as its own are: some pages
    put advertisements between paragraphs by ending one block and beginning another."""
    inside = set(best.iter())
    marks = {line.mark for line in lines if line.block in inside and line.weight}
    near: set[etree._Element] = set()
    at = best
    for _ in range(NEAR):
        parent = at.getparent()
        if parent is None or parent.tag in ("body", "html") or at.tag == "article":
            break
        at = parent
    near = set(at.iter()) if at is not best else inside
    outer = {mark[2:] for mark in marks}
    return [
        line
        for line in lines
        if line.block in inside
        or (line.block in near and (_heads(line, outer) or (_is_running(line) and line.mark in marks)))
    ]


def _heads(line: Line, outer: set[_Mark]) -> bool:
    """A headline, behind which another article may begin, or a heading that stands where such lines do."""
    return line.block.tag == "h1" or (line.block.tag in _HEADING and line.mark[2:] in outer)


def _first_class(element: etree._Element) -> str:
    return next(iter((element.get("class") or "").split()), "")


def _until_next_article(lines: Sequence[Line]) -> list[Line]:
    """Up to the headline of another article, where pages go on with the next one."""
    length, own = 0, None
    for at, line in enumerate(lines):
        if line.block.tag == "h1":
            article = next(line.block.iterancestors("article"), None)
            if length > ENOUGH or (own is not None and article is not own and length > LEAST):
                return list(lines[:at])
            own = article
        length += len(line.text)
    return list(lines)


def _in_english(root: etree._Element) -> bool:
    """There the line below a headline sums the text up; elsewhere it is its first paragraph."""
    return (root.get("lang") or "").lower().startswith("en")


def _lead(lines: Sequence[Line], chosen: Sequence[Line]) -> list[str]:
    """The sentence between headline and text that is called the lead: many pages keep it in a block of its own."""
    opening = next((line for line in chosen if line.weight and line.block.tag != "h1"), chosen[0])
    first = next((at for at, line in enumerate(lines) if line is opening), 0)
    said = {line.text for line in chosen if line.weight}
    for line in lines[max(0, first - BEFORE) : first]:
        if LABEL < len(line.text) <= LONGEST_LEAD and line.link_share < 0.3 and line.text not in said:
            outer = line.block.getparent()
            if any(_LEAD.search(e.get("class") or "") for e in (line.block, outer) if e is not None):
                return [line.text]
    return []


# -- what is kept of it ------------------------------------------------------------------


def _kept(lines: Sequence[Line]) -> list[str]:
    kept: list[str] = []
    heading = ""
    marks = {line.mark for line in lines if line.weight}
    for line in lines:
        if line.block.tag == "h1" or line.link_share > LINKED:
            continue
        if line.block.tag in _HEADING:
            heading = "" if leads_elsewhere(line.text) else line.text
            continue
        if len(line.text) <= LABEL and not _END.search(line.text) and line.block.tag not in ("li", "blockquote", "tr"):
            # A line of its own in the paragraphs' own dress is a heading as outlets write them.
            if line.block.tag == "p" and line.mark in marks and len(line.text) > 8:
                heading = line.text
            continue
        if heading:
            # A heading is kept with the text that follows it; one at the end announces something else.
            kept.append(heading)
            heading = ""
        kept.append(line.text)
    return kept
