"""An article cut into zones and sentences, folded once, with every hit placed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter

from news.tag import Span
from pipelines.fold import Folded, fold
from pipelines.tagging.hits import Finder, Hit
from pipelines.tagging.home import with_home
from pipelines.tagging.lexicon import Pattern
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
    """A hit with its zone (`title`, `lead`, `body`), its sentence (-1 is the title) and its number among all hits of
    the page. Each is itself alone: evidence is gathered in sets, and comparing words would take most of the time."""

    start: int
    end: int
    word: int
    pattern: Pattern
    field: str
    zone: str
    sentence: int
    number: int


ByList = Mapping[str, Sequence[Placed]]
"""Word list -> its hits, ascending."""


class Page:
    """A title and a text, folded, with hits of the language's patterns."""

    def __init__(self, title: str, text: str, matcher: Finder, language: str = "und") -> None:
        self.original = {"title": title, "text": text}
        self.language = tongue(language, title, text)
        self.folded: dict[str, Folded] = {"title": fold(title), "text": fold(text)}
        body = self.folded["text"]
        self.sentence_ends = [body.index(end) for end in _sentence_ends(text)]
        self.lead_end = body.index(_lead_end(text))
        languages = looked_for(self.language)
        found = {field: matcher.find(folded.text, languages) for field, folded in self.folded.items()}
        standing = {field: self._standing(field, hits) for field, hits in found.items()}
        self.found: Mapping[str, Sequence[Hit]] = with_home(
            _told_apart(standing), self.language, self.sentence_ends[0], self.lead_end
        )
        """What was found in title and text, ascending."""

    def _standing(self, field: str, hits: list[Hit]) -> list[Hit]:
        """Without what is not in capitals though it must be (`US`, not `us`; `ABD'nin`, whatever its ending)."""
        if not any(hit[3].capitals for hit in hits):
            return hits
        return [hit for hit in hits if not hit[3].capitals or self._bare(field, hit).isupper()]

    def _bare(self, field: str, hit: Hit) -> str:
        """A name as written, without what follows its apostrophe."""
        text = self.folded[field].text
        apostrophe = text.find("'", hit[0], hit[1])
        start, end = self.folded[field].original_span(hit[0], hit[1] if apostrophe < 0 else apostrophe)
        return self.original[field][start:end]

    @cached_property
    def by_list(self) -> ByList:
        """The hits by the word list they are of."""
        found: dict[str, list[Placed]] = {}
        number = 0
        for start, end, word, pattern in self.found["title"]:
            placed = Placed(start, end, word, pattern, "title", "title", -1, number)
            found.setdefault(pattern.lexicon, []).append(placed)
            number += 1
        ends, lead_end, sentence = [*self.sentence_ends, sys.maxsize], self.lead_end, 0
        for start, end, word, pattern in self.found["text"]:
            while ends[sentence] <= start:
                sentence += 1
            zone = "lead" if start < lead_end else "body"
            placed = Placed(start, end, word, pattern, "text", zone, sentence, number)
            if pattern.lexicon in found:
                found[pattern.lexicon].append(placed)
            else:
                found[pattern.lexicon] = [placed]
            number += 1
        return found

    def hits(self, lists: Iterable[str]) -> list[Placed]:
        """The hits of some lists, ascending."""
        return merged([self.by_list[name] for name in lists if name in self.by_list])

    def start(self, placed: Placed) -> int:
        """Where the hit begins in the original of its field."""
        return self.folded[placed.field].origin(placed.start)

    def span(self, placed: Placed, slot: str) -> Span:
        """The hit in the original text."""
        start, end = self.folded[placed.field].original_span(placed.start, placed.end)
        pattern = placed.pattern
        return Span(
            field=placed.field,
            start=start,
            end=end,
            surface=self.original[placed.field][start:end],
            slot=slot,
            pattern=pattern.written,
            lexicon=pattern.lexicon,
            id=pattern.id,
        )


def merged(lists: Sequence[Sequence[Placed]]) -> list[Placed]:
    """Hits of several lists, ascending."""
    if len(lists) == 1:
        return list(lists[0])
    return sorted(chain.from_iterable(lists), key=attrgetter("number"))


def _told_apart(found: Mapping[str, Sequence[Hit]]) -> Mapping[str, Sequence[Hit]]:
    """Of names that two states share (عمان: Oman, and Amman without its mark) only that of the state which is
    named in another way too, or else of the one called so itself: the last by code (Oman, not Jordan)."""
    named = [(field, hit) for field, hits in found.items() for hit in hits if hit[3].id]
    places: dict[tuple[str, int, int], list[str]] = {}
    for field, (start, end, _, pattern) in named:
        if pattern.lexicon.startswith("states."):
            places.setdefault((field, start, end), []).append(pattern.id)
    shared = {place: ids for place, ids in places.items() if len(ids) > 1}
    if not shared:
        return found

    def is_doubtful(field: str, hit: Hit) -> bool:
        return (field, *hit[:2]) in shared and hit[3].lexicon.startswith("states.")

    sure = {hit[3].id for field, hit in named if not is_doubtful(field, hit)}
    right = {place: sure.intersection(ids) or {max(ids)} for place, ids in shared.items()}
    return {
        field: [hit for hit in hits if not is_doubtful(field, hit) or hit[3].id in right[field, *hit[:2]]]
        for field, hits in found.items()
    }


def _sentence_ends(text: str) -> Sequence[int]:
    return [match.end() for match in _SENTENCE_END.finditer(text)] or [len(text)]


def _lead_end(text: str) -> int:
    words = _LEAD.match(text, 0, LEAD_CHARACTERS * 2)
    return min(words.end() if words else len(text), LEAD_CHARACTERS, len(text))
