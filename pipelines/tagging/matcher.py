"""All patterns of all rules in one overlapping Aho-Corasick pass, then word and affix checks.

Overlapping on purpose: leftmost-longest in the automaton with the boundary check afterwards
misses 0.4-0.6 % of the hits, since a long match that fails has swallowed the good short one.
Of a phrase the longest word is looked for; around it every word may take its own affixes.

No key holds a space, so the checks of a word need only what stands between two spaces: they are made once and
remembered. Phrases are tried where their words stand.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

from pipelines.memo import Memo
from pipelines.tagging.affixes import prefix_goes, suffix_goes
from pipelines.tagging.forms import Form, forms_of, phrase_at
from pipelines.tagging.hits import Hit, longest
from pipelines.tagging.lexicon import Pattern

MOST = 20_000
"""Pieces remembered for a choice of languages, some 300 bytes each: 6 MB. Only those in which a key stands are."""
DENSE = 0.5
"""Keys for each piece from which on most pieces hold one."""
_LETTER = r"[^\W\u3000-\U0010ffff]"
_WORD = re.compile(f"{_LETTER}+(?:'{_LETTER}+)*")
"""An apostrophe between letters belongs to its word; what is beyond our scripts is no letter of a word."""
_APOSTROPHE = ord("'")
_IS_WORD = np.array([chr(code).isalnum() or chr(code) == "_" for code in range(0x3000)] + [False], dtype=bool)
"""The same by code point."""

_Place = tuple[int, int, int]
"""Where a form's key stands, its end first: hits are found in this order, and the first of like ones counts."""


class _Piece(NamedTuple):
    """What a piece of a text holds, counted from its start: the hits that need no more than itself, and of those the
    longest; forms to be tried in the text, by the place of their key, if their other word
    is within reach."""

    hits: tuple[Hit, ...]
    within: tuple[tuple[_Place, Hit], ...]
    tried: tuple[tuple[_Place, str, int, Form], ...]


_NOTHING = _Piece((), (), ())


class Matcher:
    """Finds patterns in folded text."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._vocabularies: dict[Collection[str], _Vocabulary] = {}

    def find(self, text: str, languages: Collection[str] = ()) -> list[Hit]:
        """Every hit on whole words (with allowed affixes), ascending; of one topic only the longest
        of those that overlap. Of patterns of the languages only, unless none is given; but words of a
        query are looked for anywhere: who asks for one need not know what a text is declared to be."""
        if not text:
            return []
        if languages not in self._vocabularies:
            wanted = [
                p for p in self._patterns if not languages or p.language in languages or p.lexicon.startswith("query ")
            ]
            self._vocabularies[languages] = _Vocabulary(wanted)
        return self._vocabularies[languages].find(text)


class _Vocabulary:
    """The patterns of one choice of languages: a fifth of all hits are of another one's words."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        forms = forms_of(patterns)
        self._forms = list(forms.values())
        self._automaton = AhoCorasick(list(forms), matchkind=MatchKind.Standard)
        self._known = Memo(self._read, MOST)

    def find(self, text: str) -> list[Hit]:
        page = _Text(text)
        hits: list[Hit] = []
        tried: list[tuple[_Place, Form]] = []
        starts: Sequence[int] = ()
        known = self._known
        for at, piece in self._telling(text):
            found, _, forms = known[piece]
            if found:
                starts = starts or page.bounds[0]
                number = bisect_left(starts, at)
                for start, end, word, pattern in found:
                    hits.append((at + start, at + end, number + word, pattern))
            for (end, start, rank), other, reach, form in forms:
                near = at + start - reach
                if other in text[near if near > 0 else 0 : at + end + reach]:
                    tried.append(((at + end, at + start, rank), form))
        return self._with_longer(page, hits, tried) if tried else hits

    def _telling(self, text: str) -> Iterator[tuple[int, str]]:
        """The pieces in which a key stands with where they begin; or all, where looking for their bounds would cost
        more than looking at them."""
        met = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if len(met) > DENSE * text.count(" "):
            at = 0
            for piece in text.split(" "):
                yield at, piece
                at += len(piece) + 1
            return
        over = -1
        for _, start, _ in met:
            if start >= over:
                at, over = text.rfind(" ", 0, start) + 1, text.find(" ", start)
                if over < 0:
                    over = len(text)
                yield at, text[at:over]

    def _read(self, piece: str) -> _Piece:
        """What a piece holds. A space is put behind it: a word may be written with one at its end (`anti-*`)."""
        bounds = [word.span() for word in _WORD.finditer(piece)]
        starts, ends = [start for start, _ in bounds], [end for _, end in bounds]
        last = ends[-1] if ends else 0
        within: list[tuple[_Place, Hit]] = []
        tried: list[tuple[_Place, str, int, Form]] = []
        for number, start, end in self._automaton.find_matches_as_indexes(f"{piece} ", overlapping=True):
            first = bisect_right(starts, start) - 1
            for rank, form in enumerate(self._forms[number]):
                place = (end, start, rank)
                if form.phrase or end > last:
                    tried.append((place, form.other, form.reach, form))
                elif first >= 0 and (hit := _word(piece, start, end, starts, ends, first, form.pattern)):
                    within.append((place, hit))
        if not within and not tried:
            return _NOTHING
        hits = [hit for _, hit in within]
        return _Piece(tuple(longest(hits) if len(hits) > 1 else hits), tuple(within), tuple(tried))

    def _with_longer(self, text: _Text, hits: list[Hit], tried: Sequence[tuple[_Place, Form]]) -> list[Hit]:
        """The hits with those of forms that reach beyond their piece."""
        longer = [(place, hit) for place, form in tried if (hit := text.tried(place, form))]
        if not longer:
            return hits
        for begin, end, found in _stretches(text.text, longer):
            mixed = sorted([*self._within(text, begin, end), *found], key=itemgetter(0))
            first, last = (bisect_left(hits, index, key=itemgetter(0)) for index in (begin, end))
            hits[first:last] = longest(hit for _, hit in mixed)
        return hits

    def _within(self, text: _Text, at: int, end: int) -> Iterator[tuple[_Place, Hit]]:
        """The hits of single pieces in a stretch of the text, whether or not they are the longest."""
        for piece in text.text[at:end].split(" "):
            number = bisect_left(text.bounds[0], at)
            for (key_end, key_start, rank), (first, last, word, pattern) in self._known[piece].within:
                yield (at + key_end, at + key_start, rank), (at + first, at + last, number + word, pattern)
            at += len(piece) + 1


class _Text:
    """A text with the bounds of its words, for what is tried in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def bounds(self) -> tuple[list[int], list[int]]:
        """Where the words start and end, ascending: as `_WORD` finds them, in a tenth of the time."""
        text = f" {self.text} "
        if text.isascii():
            codes = np.frombuffer(text.encode("ascii"), np.uint8)
            letters = _IS_WORD.take(codes)
        else:
            codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
            letters = _IS_WORD.take(codes, mode="clip")
        if "'" in self.text:
            marks = np.flatnonzero(codes == _APOSTROPHE)
            letters[marks[letters[marks - 1] & letters[marks + 1]]] = True
        steps = np.flatnonzero(letters[1:] != letters[:-1]).tolist()
        return steps[::2], steps[1::2]

    def tried(self, place: _Place, form: Form) -> Hit | None:
        """The hit of a form whose key stands there, if it is one."""
        end, start, _ = place
        starts, ends = self.bounds
        first = bisect_right(starts, start) - 1
        if first < 0 or end > len(self.text):
            return None
        if not form.phrase:
            return _word(self.text, start, end, starts, ends, first, form.pattern)
        found = phrase_at(self.text, start, starts, first, form)
        return (*found, form.pattern) if found else None


def _stretches(text: str, longer: Iterable[tuple[_Place, Hit]]) -> Iterator[tuple[int, int, list[tuple[_Place, Hit]]]]:
    """Longer hits by the whole pieces of the text that they stand in, those that share a piece together."""
    begin = end = -1
    found: list[tuple[_Place, Hit]] = []
    for place, hit in sorted(longer, key=lambda pair: pair[1][:2]):
        if hit[0] >= end:
            if found:
                yield begin, end, found
            begin, found = text.rfind(" ", 0, hit[0]) + 1, []
        found.append((place, hit))
        after = text.find(" ", max(hit[1], end))
        end = len(text) if after < 0 else after
    if found:
        yield begin, end, found


def _word(
    text: str, start: int, end: int, starts: Sequence[int], ends: Sequence[int], first: int, item: Pattern
) -> Hit | None:
    """The match widened to whole words, or None if what is around it is no affix."""
    begin, last, number = starts[first], ends[first], first
    if start >= last:
        return None
    while last < end and number + 1 < len(ends):  # a hyphenated word
        number += 1
        last = ends[number]
    if begin < start and (item.exact or not prefix_goes(text[begin:start], item.language)):
        return None
    if end < last and not item.open_end:
        after = text[end:last]
        if not (after.startswith("'") if item.exact else suffix_goes(after, item.language)):
            return None
    return begin, max(last, end), first, item


__all__ = ["Matcher"]
