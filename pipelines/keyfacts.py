"""Key facts of a story, numbers, places and actors: what an edit exchanged, what a report adds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from news.article import Article
from news.filing import Fingerprint
from pipelines.fold import fold_text
from pipelines.pieces import numbers_in


class Report(Protocol):
    """What is compared of an earlier report."""

    @property
    def numbers(self) -> tuple[str, ...]: ...
    @property
    def places(self) -> tuple[str, ...]: ...
    @property
    def actors(self) -> tuple[str, ...]: ...


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


def added(title: str, fresh: Fingerprint, reports: Iterable[Report]) -> str:
    """What a report's headline says that no report of its story said before, in words; empty if
    nothing, or if nothing is known of the others."""
    listed = list(reports)
    if not listed:
        return ""
    found = {
        "number": _numbers(title) - {n for fp in listed for n in fp.numbers},
        "place": set(fresh.places) - {p for fp in listed for p in fp.places},
        "actor": set(fresh.actors) - {a for fp in listed for a in fp.actors},
    }
    # A place or an actor is new only beside known ones: the first to name any adds precision, no news.
    for name in ("place", "actor"):
        if not any(getattr(fp, f"{name}s") for fp in listed):
            found[name] = set()
    return "; ".join(f"new {name}: {', '.join(sorted(values))}" for name, values in found.items() if values)


def _numbers(text: str) -> set[str]:
    return {number for number in numbers_in(fold_text(text)) if not _YEAR.fullmatch(number)}


def _lead(article: Article) -> str:
    return f"{article.title}\n{' '.join(article.text.split()[:LEAD_WORDS])}"
