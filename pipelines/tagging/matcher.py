"""All patterns of all rules in one overlapping Aho-Corasick pass, then word and affix checks.

Overlapping on purpose: leftmost-longest in the automaton with the boundary check afterwards
misses 0.4-0.6 % of the hits, since a long match that fails has swallowed the good short one.
Of a phrase the longest word is looked for; around it every word may take its own affixes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

from pipelines.tagging.affixes import prefix_goes, suffix_goes
from pipelines.tagging.forms import forms_of, phrase_at
from pipelines.tagging.hits import Hit, longest
from pipelines.tagging.lexicon import Pattern

_APOSTROPHE = ord("'")
_IS_WORD = np.array([chr(code).isalnum() or chr(code) == "_" for code in range(0x3000)] + [False], dtype=bool)
"""By code point; what is beyond our scripts is no letter of a word."""


class Matcher:
    """Finds patterns in folded text."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._automata: dict[Collection[str], _Automaton] = {}

    def find(self, text: str, languages: Collection[str] = ()) -> list[Hit]:
        """Every hit on whole words (with allowed affixes), ascending; of one topic only the longest
        of those that overlap. Of patterns of the languages only, unless none is given; but words of a
        query are looked for anywhere: who asks for one need not know what a text is declared to be."""
        if not text:
            return []
        if languages not in self._automata:
            wanted = [
                p for p in self._patterns if not languages or p.language in languages or p.lexicon.startswith("query ")
            ]
            self._automata[languages] = _Automaton(wanted)
        return longest(self._automata[languages].find(text))


class _Automaton:
    """The pass over a text for one choice of languages: a fifth of all hits are of another one's words."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        forms = forms_of(patterns)
        self._forms = list(forms.values())
        self._automaton = AhoCorasick(list(forms), matchkind=MatchKind.Standard)

    def find(self, text: str) -> Iterator[Hit]:
        """Hits by where their keys end, those that lie within others among them."""
        starts, ends = _words(text)
        forms = self._forms
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            first = -1
            for form in forms[number]:
                if form.phrase:
                    near = start - form.reach
                    if form.other not in text[near if near > 0 else 0 : end + form.reach]:
                        continue
                if first < 0:
                    first = bisect_right(starts, start) - 1
                    if first < 0:
                        break
                if not form.phrase:
                    hit = _word(text, start, end, starts, ends, first, form.pattern)
                    if hit is not None:
                        yield hit
                elif found := phrase_at(text, start, starts, first, form):
                    yield *found, form.pattern


def _words(text: str) -> tuple[list[int], list[int]]:
    """Where the words of a text start and end, ascending; an apostrophe between letters belongs to its word."""
    padded = f" {text} "
    if padded.isascii():
        codes = np.frombuffer(padded.encode("ascii"), np.uint8)
        letters = _IS_WORD.take(codes)
    else:
        codes = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), np.uint32)
        letters = _IS_WORD.take(codes, mode="clip")
    if "'" in text:
        marks = (codes == _APOSTROPHE).nonzero()[0]
        letters[marks[letters[marks - 1] & letters[marks + 1]]] = True
    steps = (letters[1:] != letters[:-1]).nonzero()[0].tolist()
    return steps[::2], steps[1::2]


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
