"""An article and a tag -> what an alert shows: the title and the telling sentence, marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from news.article import Article
from news.match import Excerpt
from news.tag import Span, Tag

LONGEST = 320
"""Code points of a sentence in an alert: three lines on a telephone."""

_SENTENCE = re.compile(r"[^.!?؟۔\n]+(?:[.!?؟۔]+(?!\w)|[.](?=\w)[^.!?؟۔\n]*)*[.!?؟۔]*")


def headline(article: Article, tag: Tag) -> Excerpt:
    """The title with every word that earned points."""
    marks = _merged((s.start, s.end) for s in _spans(tag) if s.field == "title")
    return Excerpt(text=article.title, language=article.language, marks=marks)


def sentence(article: Article, tag: Tag) -> Excerpt:
    """The sentence of the text with most different words that earned points; empty without one."""
    spans = [s for s in _spans(tag) if s.field == "text"]
    best: tuple[int, int, int] | None = None
    for match in _SENTENCE.finditer(article.text):
        inside = {(s.start, s.end) for s in spans if match.start() <= s.start and s.end <= match.end()}
        if inside and (best is None or len(inside) > best[0]):
            best = (len(inside), match.start(), match.end())
    if best is None:
        return Excerpt(text="", language=article.language)
    return _cut(article, best[1], best[2], [s for s in spans if best[1] <= s.start and s.end <= best[2]])


def _spans(tag: Tag) -> list[Span]:
    return [span for reason in tag.reasons for span in reason.spans]


def _cut(article: Article, start: int, end: int, spans: Sequence[Span]) -> Excerpt:
    raw = article.text[start:end]
    start += len(raw) - len(raw.lstrip())
    end = start + len(raw.strip())
    if end - start > LONGEST:
        first = min(span.start for span in spans)
        if first - start > LONGEST // 2:
            start = article.text.rfind(" ", start, first - LONGEST // 4) + 1 or start
        limit = start + LONGEST
        if end > limit:
            end = max(article.text.rfind(" ", start, limit), start + LONGEST // 2)
    text = article.text[start:end]
    marks = _merged((s.start - start, s.end - start) for s in spans if start <= s.start and s.end <= end)
    return Excerpt(text=text, language=article.language, marks=marks)


def _merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(set(ranges)):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)
