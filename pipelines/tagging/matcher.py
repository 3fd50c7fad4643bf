"""All patterns of all rules in one overlapping Aho-Corasick pass, then word and affix checks.

Overlapping on purpose: leftmost-longest in the automaton with the boundary check afterwards
misses 0.4-0.6 % of the hits, since a long match that fails has swallowed the good short one.
Of a phrase the longest word is looked for; around it every word may take its own affixes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

from pipelines.tagging.affixes import PREFIX, SUFFIX, prefix_goes, suffix_goes
from pipelines.tagging.lexicon import Pattern

_WORD = re.compile(r"\w+(?:'\w+)?")
KEY_LENGTH = 4
"""Letters of a word that is worth looking for: shorter ones stand within too many others."""
SLACK = 12
"""Letters that the affixes of a word may take, at most."""
_APOSTROPHE = ord("'")
_IS_WORD = np.array([chr(code).isalnum() or chr(code) == "_" for code in range(0x3000)] + [False], dtype=bool)
"""By code point; what is beyond our scripts is no letter of a word."""
_HIDDEN_BY = {
    "unlike.security": ("security", "act", "offices"),
    "unlike.states": ("states",),
}
"""Lists of phrases that are something else than their words (`Security Council`, `Washington Post`), with
the topics that find nothing inside one."""


@dataclass(slots=True, eq=False)
class Hit:
    """A pattern found: [start, end) in the folded text, affixes included; word counted from 0.

    Not frozen, as other values are: thousands are made for every article, and freezing doubles the cost.
    """

    start: int
    end: int
    word: int
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class _Form:
    """One way a pattern may be written: its key word; for a phrase the whole with affixes, how many
    words stand before the key, another of its words, and how far off that may be."""

    pattern: Pattern
    phrase: str = ""
    ahead: int = 0
    other: str = ""
    reach: int = 0


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
        return _longest(self._automata[languages].find(text))


class _Automaton:
    """The pass over a text for one choice of languages: a fifth of all hits are of another one's words."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        spellings = [(text, item) for item in patterns for text in _spellings(item.text)]
        often = Counter(word for text, _ in spellings if " " in text for word in text.split())
        forms: dict[str, list[_Form]] = {}
        for text, item in spellings:
            key, form = _form(text, item, _key(text, often))
            forms.setdefault(key, []).append(form)
        self._forms = list(forms.values())
        self._automaton = AhoCorasick(list(forms), matchkind=MatchKind.Standard)

    def find(self, text: str) -> Iterable[Hit]:
        starts, ends = _words(text)
        hits: dict[tuple[int, int, str], Hit] = {}
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
                if form.phrase:
                    hit = _phrase(text, start, starts, first, form)
                else:
                    hit = _word(text, start, end, starts, ends, first, form.pattern)
                if hit is not None:
                    hits.setdefault((hit.start, hit.end, form.pattern.lexicon), hit)
        return hits.values()


def _spellings(text: str) -> Collection[str]:
    """A hyphen within a word stands for itself, a space or nothing."""
    if "-" not in text:
        return (text,)
    return dict.fromkeys((text, text.replace("-", " "), text.replace("-", "")))


def _key(text: str, often: Mapping[str, int]) -> int:
    """Which word of a phrase is looked for: of those long enough the one that fewest phrases have."""
    words = [word.removesuffix("*") for word in text.split()]
    return min(range(len(words)), key=lambda i: (len(words[i]) < KEY_LENGTH, often[text.split()[i]], -len(words[i])))


@lru_cache(maxsize=1 << 15)
def _form(text: str, item: Pattern, key: int) -> tuple[str, _Form]:
    """The key word with the form; remembered, since every tagger has the shipped lists."""
    words = text.split()
    if len(words) == 1:
        return text, _Form(item)
    bare = [word.removesuffix("*") for word in words]
    other = max((word for i, word in enumerate(bare) if i != key), key=len)
    ahead = sum(len(_WORD.findall(word)) for word in words[:key])
    parts = [_inflected(word, item) for word in words]
    if item.open_end:
        parts[-1] = f"{_before(item)}{re.escape(words[-1])}\\w*(?:'\\w+)?"
    whole = " [\"'(]?".join(parts) + r"(?!\w)"
    return bare[key], _Form(item, whole, ahead, other, len(text) + SLACK * len(words))


def _before(item: Pattern) -> str:
    return "" if item.exact else PREFIX.get(item.language, "")


def _inflected(word: str, item: Pattern) -> str:
    if word.endswith("*"):
        return f"{_before(item)}{re.escape(word[:-1])}\\w*"
    after = "" if item.exact else SUFFIX[item.language]
    return f"{_before(item)}{re.escape(word)}{after}"


def _words(text: str) -> tuple[list[int], list[int]]:
    """Where the words of a text start and end, ascending; an apostrophe between letters belongs to its word."""
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    letters = _IS_WORD.take(codes, mode="clip")
    if "'" in text:
        marks = np.flatnonzero(codes == _APOSTROPHE)
        letters[marks[letters[marks - 1] & letters[marks + 1]]] = True
    steps = np.flatnonzero(letters[1:] != letters[:-1]).tolist()
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
    return Hit(begin, max(last, end), first, item)


@cache
def _compiled(phrase: str) -> re.Pattern[str]:
    """Compiled when first met: most phrases of most languages never are."""
    return re.compile(phrase)


def _phrase(text: str, start: int, starts: Sequence[int], first: int, form: _Form) -> Hit | None:
    opening = first - form.ahead
    if opening < 0:
        return None
    match = _compiled(form.phrase).match(text, starts[opening])
    if match is None or match.end() <= start:
        return None
    return Hit(match.start(), match.end(), opening, form.pattern)


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """Drop a hit that lies within a longer one of the same topic (`Sudan` in `South Sudan`), or within
    a phrase that is something else than its words."""
    kept: list[Hit] = []
    reach: dict[str, tuple[int, int]] = {}  # topic -> (end, start) of the kept hit that ends last
    hidden: dict[str, int] = {}  # topic -> where the last phrase that hides its words ends
    for hit in sorted(hits, key=_order):
        lexicon = hit.pattern.lexicon
        topic = _topic(lexicon)
        end, start = reach.get(topic, (-1, -1))
        if end > hit.end or (end == hit.end and start < hit.start) or (hidden and hidden.get(topic, -1) >= hit.end):
            continue
        if hit.end > end:
            reach[topic] = (hit.end, hit.start)
        if lexicon in _HIDDEN_BY:
            for other in _HIDDEN_BY[lexicon]:
                hidden[other] = max(hit.end, hidden.get(other, -1))
        kept.append(hit)
    return kept


def _order(hit: Hit) -> tuple[int, int, bool]:
    return hit.start, -hit.end, hit.pattern.lexicon not in _HIDDEN_BY


@cache
def _topic(lexicon: str) -> str:
    return lexicon.partition(".")[0]
