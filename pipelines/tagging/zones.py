"""An article cut into zones and sentences, folded once, with every hit placed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from news.tag import Span
from pipelines.fold import Folded, fold
from pipelines.tagging.expressions import Finder
from pipelines.tagging.matcher import Hit

LEAD_WORDS = 60
LEAD_CHARACTERS = 420
"""The lead: first 60 words or 420 characters, whichever ends first (design, tagging)."""

_SENTENCE_END = re.compile(r"(?<=[.!?؟۔])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Placed:
    """A hit with its zone (`title`, `lead`, `body`) and its sentence (-1 is the title)."""

    hit: Hit
    field: str
    zone: str
    sentence: int
    slot: str = ""


class Page:
    """A title and a text, folded, with hits."""

    def __init__(self, title: str, text: str, matcher: Finder) -> None:
        self.original = {"title": title, "text": text}
        self._folded: dict[str, Folded] = {"title": fold(title), "text": fold(text)}
        self._ends = _sentence_ends(text)
        self._lead_end = _lead_end(text)
        self.hits: list[Placed] = [
            *(Placed(hit, "title", "title", -1) for hit in matcher.find(self._folded["title"].text)),
            *(self._place(hit) for hit in matcher.find(self._folded["text"].text)),
        ]

    def _place(self, hit: Hit) -> Placed:
        start = self._folded["text"].origin(hit.start)
        zone = "lead" if start < self._lead_end else "body"
        return Placed(hit, "text", zone, bisect_right(self._ends, start))

    def start(self, placed: Placed) -> int:
        """Where the hit begins in the original of its field."""
        return self._folded[placed.field].origin(placed.hit.start)

    def span(self, placed: Placed, slot: str) -> Span:
        """The hit in the original text."""
        hit = placed.hit
        start, end = self._folded[placed.field].original_span(hit.start, hit.end)
        return Span(
            field=placed.field,
            start=start,
            end=end,
            surface=self.original[placed.field][start:end],
            slot=slot,
            pattern=hit.pattern.written,
            lexicon=hit.pattern.lexicon,
            id=hit.pattern.id,
        )


def _sentence_ends(text: str) -> Sequence[int]:
    return [match.end() for match in _SENTENCE_END.finditer(text)] or [len(text)]


def _lead_end(text: str) -> int:
    words = list(re.finditer(r"\S+", text[: LEAD_CHARACTERS * 2]))
    by_words = words[LEAD_WORDS - 1].end() if len(words) >= LEAD_WORDS else len(text)
    return min(by_words, LEAD_CHARACTERS, len(text)) if text else 0
