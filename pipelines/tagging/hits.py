"""Patterns found in a folded text, and which of those that overlap count."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Protocol

from pipelines.tagging.lexicon import Pattern

Hit = tuple[int, int, int, Pattern]
"""[start, end) in the folded text, affixes included; the word counted from 0; what was found. A plain tuple:
hundreds are made for an article, and an object costs three times as much."""


class Finder(Protocol):
    """What finds hits in a folded text, ascending."""

    def find(self, text: str, languages: Collection[str] = ()) -> list[Hit]: ...


_HIDDEN_BY = {
    "unlike.security": ("security", "act", "offices"),
    "unlike.states": ("states",),
    "unlike.places": ("security",),
    "unlike.accusing": ("security",),
    "unlike.words": ("act",),
    "unlike.struggle": ("context",),
    "unlike.stemming": ("rupture",),
    "unlike.schools": ("context",),
}
"""Lists of phrases that are something else than their words (`Security Council`, `Washington Post`), with
the topics that find nothing inside one."""


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Drop a hit that lies within a longer one of the same topic (`Sudan` in `South Sudan`), or within
    a phrase that is something else than its words. Of one place and list the first counts."""
    once: dict[tuple[int, int, str], Hit] = {}
    for hit in hits:
        once.setdefault((hit[0], hit[1], hit[3].lexicon), hit)
    kept: list[Hit] = []
    reach: dict[str, tuple[int, int]] = {}  # topic -> (end, start) of the kept hit that ends last
    hidden: dict[str, int] = {}  # topic -> where the last phrase that hides its words ends
    for hit in sorted(once.values(), key=_order):
        start, end, _, pattern = hit
        topic = _topic(pattern.lexicon)
        last, first = reach.get(topic, (-1, -1))
        if last > end or (last == end and first < start) or (hidden and hidden.get(topic, -1) >= end):
            continue
        if end > last:
            reach[topic] = (end, start)
        for other in _HIDDEN_BY.get(pattern.lexicon, ()):
            hidden[other] = max(end, hidden.get(other, -1))
        kept.append(hit)
    return kept


def _order(hit: Hit) -> tuple[int, int, bool]:
    return hit[0], -hit[1], hit[3].lexicon not in _HIDDEN_BY


@cache
def _topic(lexicon: str) -> str:
    return lexicon.partition(".")[0]
