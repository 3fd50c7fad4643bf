"""What finds words in a folded text: all lexicons in one pass, the words of rules' own in another.

The lexicons are always all looked for, whichever rules there are: of one topic the longest hit counts,
so a rule's finding must not depend on which lists other rules use. Words of a rule's own always count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipelines.tagging.expressions import Expression, Expressions
from pipelines.tagging.hits import Finder, Hit
from pipelines.tagging.lexicon import Entry, Pattern
from pipelines.tagging.matcher import Matcher


class _Several:
    """Several finders as one."""

    def __init__(self, finders: Iterable[Finder]) -> None:
        self._finders = tuple(finders)

    def find(self, text: str, languages: Collection[str] = ()) -> list[Hit]:
        hits = [hit for finder in self._finders for hit in finder.find(text, languages)]
        return sorted(hits, key=lambda hit: (hit[0], -hit[1]))


_REMEMBERED = 4
_shared: list[tuple[Mapping[str, Entry], Matcher]] = []
"""The last lexicons with their matcher: making one takes longer than loading a rule."""


def lexicon_finder(lexicons: Mapping[str, Entry]) -> Finder:
    """The finder of all lists; the same for the same mapping."""
    for known, matcher in _shared:
        if known is lexicons:
            return matcher
    matcher = Matcher(dict.fromkeys(p for entry in lexicons.values() for p in entry.patterns))
    _shared.append((lexicons, matcher))
    del _shared[:-_REMEMBERED]
    return matcher


def finder_of(lexicons: Mapping[str, Entry], own: Iterable[Pattern], expressions: Mapping[str, Expression]) -> Finder:
    """A finder of the lexicons, a rule's own words and expressions."""
    finders: list[Finder] = [lexicon_finder(lexicons)]
    words = tuple(own)
    if words:
        finders.append(Matcher(words))
    if expressions:
        finders.append(Expressions(expressions))
    return _Several(finders) if len(finders) > 1 else finders[0]
