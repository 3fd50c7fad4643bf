"""Key facts of a story, numbers, places and actors: what an edit exchanged, what a report adds. Pure."""

from __future__ import annotations

import re

from news.article import Article
from news.filing import Fingerprint
from pipelines.fold import fold_text
from pipelines.grouping import Said
from pipelines.pieces import numbers_in

LEAD_WORDS = 60
"""The beginning of a text that states the event; numbers further down are background, or the time of the last edit."""
_YEAR = re.compile(r"(19|20)\d\d")


def exchanged(before: Article, known: Fingerprint, after: Article, fresh: Fingerprint) -> str:
    """What an edit put in place of what, in words (`number 3 -> 5`); empty if nothing. Adding to a
    text is no correction: something that was said must be gone."""
    pairs = [
        ("number", _numbers(_lead(before)), _numbers(_lead(after))),
        ("place", set(known.places), set(fresh.places)),
        ("actor", set(known.actors), set(fresh.actors)),
    ]
    words = []
    for name, old, new in pairs:
        gone, come = sorted(old - new), sorted(new - old)
        if gone and come:
            words.append(f"{name} {', '.join(gone)} \u2192 {', '.join(come)}")
    return "; ".join(words)


def added(title: str, fresh: Fingerprint, said: Said) -> str:
    """What a report's headline says that no report of its story said before, in words; empty if nothing."""
    # A place or an actor is new only beside known ones: the first to name any adds precision, no news.
    found = {
        "number": _numbers(title) - said.numbers.keys(),
        "place": set(fresh.places) - said.places.keys() if said.places else set(),
        "actor": set(fresh.actors) - said.actors.keys() if said.actors else set(),
    }
    return "; ".join(f"new {name}: {', '.join(sorted(values))}" for name, values in found.items() if values)


def _numbers(text: str) -> set[str]:
    return {number for number in numbers_in(fold_text(text)) if not _YEAR.fullmatch(number)}


def _lead(article: Article) -> str:
    return f"{article.title}\n{' '.join(article.text.split()[:LEAD_WORDS])}"
