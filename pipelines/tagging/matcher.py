"""All patterns of all rules in one overlapping Aho-Corasick pass, then word and affix checks.

Overlapping on purpose: leftmost-longest in the automaton with the boundary check afterwards
misses 0.4-0.6 % of the hits, since a long match that fails has swallowed the good short one.
Of a phrase the longest word is looked for; around it every word may take its own affixes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from pipelines.tagging.affixes import PREFIX, SUFFIX, prefix_goes, suffix_goes
from pipelines.tagging.lexicon import Pattern

_WORD = re.compile(r"\w+(?:'\w+)?")
_HIDDEN_BY = {
    "unlike.security": ("security", "act", "offices"),
    "unlike.states": ("states",),
}
"""Lists of phrases that are something else than their words (`Security Council`, `Washington Post`), with
the topics that find nothing inside one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern found: [start, end) in the folded text, affixes included; word counted from 0."""

    start: int
    end: int
    word: int
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class _Form:
    """One way a pattern may be written: its key word, and for a phrase the whole with affixes and
    how many words stand before the key. Words of a query are looked for `anywhere`: who asks for one
    need not know what language a text is declared to be in."""

    pattern: Pattern
    phrase: str = ""
    ahead: int = 0
    anywhere: bool = False


class Matcher:
    """Finds patterns in folded text."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        forms: dict[str, list[_Form]] = {}
        for item in patterns:
            for key, form in _forms(item):
                forms.setdefault(key, []).append(form)
        self._forms = list(forms.values())
        self._automaton = AhoCorasick(list(forms), matchkind=MatchKind.Standard)

    def find(self, text: str, languages: Collection[str] = ()) -> list[Hit]:
        """Every hit on whole words (with allowed affixes), ascending; of one topic only the longest
        of those that overlap. Of patterns of the languages only, unless none is given."""
        words = [match.span() for match in _WORD.finditer(text)]
        starts = [start for start, _ in words]
        hits: dict[tuple[int, int, str], Hit] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            first = bisect_right(starts, start) - 1
            if first < 0:
                continue
            for form in self._forms[number]:
                item = form.pattern
                if languages and item.language not in languages and not form.anywhere:
                    continue
                if not form.phrase:
                    hit = _word(text, start, end, words, first, item)
                else:
                    hit = _phrase(text, start, starts, first, form)
                if hit is not None:
                    hits.setdefault((hit.start, hit.end, item.lexicon), hit)
        return _longest(hits.values())


def _spellings(text: str) -> Collection[str]:
    """A hyphen within a word stands for itself, a space or nothing."""
    if "-" not in text:
        return (text,)
    return dict.fromkeys((text, text.replace("-", " "), text.replace("-", "")))


@lru_cache(maxsize=1 << 15)
def _forms(item: Pattern) -> Sequence[tuple[str, _Form]]:
    """Key words with forms; remembered, since every tagger has the shipped lists."""
    return [_form(text, item) for text in _spellings(item.text)]


def _form(text: str, item: Pattern) -> tuple[str, _Form]:
    words = text.split()
    if len(words) == 1:
        return text, _Form(item, anywhere=item.lexicon.startswith("query "))
    key = max(range(len(words)), key=lambda i: len(words[i].removesuffix("*")))
    ahead = sum(len(_WORD.findall(word)) for word in words[:key])
    parts = [_inflected(word, item) for word in words]
    if item.open_end:
        parts[-1] = f"{_before(item)}{re.escape(words[-1])}\\w*(?:'\\w+)?"
    whole = " [\"'(]?".join(parts) + r"(?!\w)"
    return words[key].removesuffix("*"), _Form(item, whole, ahead)


def _before(item: Pattern) -> str:
    return "" if item.exact else PREFIX.get(item.language, "")


def _inflected(word: str, item: Pattern) -> str:
    if word.endswith("*"):
        return f"{_before(item)}{re.escape(word[:-1])}\\w*"
    after = "" if item.exact else SUFFIX[item.language]
    return f"{_before(item)}{re.escape(word)}{after}"


def _word(text: str, start: int, end: int, words: Sequence[tuple[int, int]], first: int, item: Pattern) -> Hit | None:
    """The match widened to whole words, or None if what is around it is no affix."""
    begin, last = words[first]
    if start >= last:
        return None
    if last < end:  # a hyphenated word
        following = first + 1
        while following < len(words) and words[following][0] < end:
            last = words[following][1]
            following += 1
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
    for hit in sorted(hits, key=lambda h: (h.start, -h.end, h.pattern.lexicon not in _HIDDEN_BY)):
        lexicon = hit.pattern.lexicon
        topic = lexicon.partition(".")[0]
        end, start = reach.get(topic, (-1, -1))
        if end > hit.end or (end == hit.end and start < hit.start) or hidden.get(topic, -1) >= hit.end:
            continue
        if hit.end > end:
            reach[topic] = (hit.end, hit.start)
        for other in _HIDDEN_BY.get(lexicon, ()):
            hidden[other] = max(hit.end, hidden.get(other, -1))
        kept.append(hit)
    return kept
