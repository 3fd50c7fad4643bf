"""An article cut into zones and sentences, folded once, with every hit placed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from news.tag import Span
from pipelines.fold import Folded, fold
from pipelines.tagging.finders import Finder
from pipelines.tagging.matcher import Hit
from pipelines.tagging.tongue import looked_for, tongue

LEAD_WORDS = 60
LEAD_CHARACTERS = 420
"""The lead: first 60 words or 420 characters, whichever ends first (design, tagging)."""

_LEAD = re.compile(rf"\s*(?:\S+\s+){{{LEAD_WORDS - 1}}}\S+")
_SENTENCE_END = re.compile(
    r"[.!?؟۔\n](?<![A-Z]\.)(?<!\.[a-z]\.)(?<!\b(?:Mr|Dr|Lt|St|No|Av|vs)\.)(?<!\b(?:Mrs|Gen|Maj|Col|Sgt)\.)"
    r"(?<!\b(?:Brig|Capt)\.)(?:[\"”»')\]]*\s+|(?<=\n))"
)
"""A full stop before white space, but for initials and ranks; or a new line."""


@dataclass(slots=True, eq=False)
class Placed:
    """A hit with its zone (`title`, `lead`, `body`) and its sentence (-1 is the title). Each is itself
    alone: evidence is gathered in sets, and comparing words would take most of the time."""

    hit: Hit
    field: str
    zone: str
    sentence: int
    slot: str = ""


class Page:
    """A title and a text, folded, with hits of the language's patterns."""

    def __init__(self, title: str, text: str, matcher: Finder, language: str = "und") -> None:
        self.original = {"title": title, "text": text}
        self.language = tongue(language, title, text)
        self._folded: dict[str, Folded] = {"title": fold(title), "text": fold(text)}
        body = self._folded["text"]
        self._ends = [body.index(end) for end in _sentence_ends(text)]
        self._lead_end = body.index(_lead_end(text))
        languages = looked_for(self.language)
        self.hits: list[Placed] = [
            *(Placed(hit, "title", "title", -1) for hit in matcher.find(self._folded["title"].text, languages)),
            *(self._place(hit) for hit in matcher.find(body.text, languages)),
        ]
        if any(placed.hit.pattern.capitals for placed in self.hits):
            self.hits = [placed for placed in self.hits if self._stands(placed)]

        self.hits = _told_apart(self.hits)

    def _place(self, hit: Hit) -> Placed:
        zone = "lead" if hit.start < self._lead_end else "body"
        return Placed(hit, "text", zone, bisect_right(self._ends, hit.start))

    def _stands(self, placed: Placed) -> bool:
        """Whether a hit is in capitals if it must be (`US`, not `us`)."""
        if not placed.hit.pattern.capitals:
            return True
        start, end = self._folded[placed.field].original_span(placed.hit.start, placed.hit.end)
        return self.original[placed.field][start:end].rstrip("'’s").isupper()

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


def _told_apart(hits: list[Placed]) -> list[Placed]:
    """Of names that two states share (عمان: Oman, and Amman without its mark) only that of the state which is
    named in another way too, or else of the one called so itself: the last by code (Oman, not Jordan)."""
    places: dict[tuple[str, int, int], list[Placed]] = {}
    for placed in hits:
        if placed.hit.pattern.lexicon.startswith("states."):
            places.setdefault((placed.field, placed.hit.start, placed.hit.end), []).append(placed)
    shared = [found for found in places.values() if len(found) > 1]
    if not shared:
        return hits
    doubtful = {placed for found in shared for placed in found}
    sure = {p.hit.pattern.id for p in hits if p not in doubtful}
    wrong: set[Placed] = set()
    for found in shared:
        ids = {p.hit.pattern.id for p in found}
        right = (ids & sure) or {max(ids)}
        wrong |= {p for p in found if p.hit.pattern.id not in right}
    return [placed for placed in hits if placed not in wrong]


def _sentence_ends(text: str) -> Sequence[int]:
    return [match.end() for match in _SENTENCE_END.finditer(text)] or [len(text)]


def _lead_end(text: str) -> int:
    words = _LEAD.match(text, 0, LEAD_CHARACTERS * 2)
    return min(words.end() if words else len(text), LEAD_CHARACTERS, len(text))
