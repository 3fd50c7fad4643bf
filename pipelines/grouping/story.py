"""A live story as grouping knows it: what its articles said, per language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from news.filing import Filed


@dataclass(slots=True)
class LiveStory:
    """Sums over a story's articles, so that adding or removing one costs what that one costs.

    `terms[language]` counts words, `sizes[language]` articles, `features` names and numbers.
    """

    id: str
    articles: dict[str, Filed] = field(default_factory=dict)
    sizes: Counter[str] = field(default_factory=Counter)
    terms: dict[str, Counter[str]] = field(default_factory=dict)
    features: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None
    _actors: Counter[str] = field(default_factory=Counter)
    _themes: Counter[str] = field(default_factory=Counter)
    _places: Counter[str] = field(default_factory=Counter)

    def add(self, filed: Filed) -> None:
        """Take an article in."""
        self.articles[filed.article_id] = filed
        at = filed.published_at or filed.fetched_at
        self.last_at = at if self.last_at is None else max(self.last_at, at)
        fp = filed.fingerprint
        self.sizes[filed.language] += 1
        self.terms.setdefault(filed.language, Counter()).update(fp.terms)
        self.features.update(features(fp.names, fp.numbers))
        self._actors.update(set(fp.actors))
        self._themes.update(set(fp.themes))
        self._places.update(set(fp.places))

    def remove(self, article_id: str) -> tuple[set[str], set[str]]:
        """Take an article out; returns the words (of its language) and the features that the story
        has no more. Only where it was the latest one, the others are looked through."""
        filed = self.articles.pop(article_id)
        fp = filed.fingerprint
        _subtract(self.sizes, (filed.language,))
        _subtract(self._actors, set(fp.actors))
        _subtract(self._themes, set(fp.themes))
        _subtract(self._places, set(fp.places))
        named = _subtract(self.features, features(fp.names, fp.numbers))
        if filed.language in self.sizes:
            terms = self.terms[filed.language]
            terms.subtract(fp.terms)
            gone = {term for term in fp.terms if terms[term] <= 0}
            for term in gone:
                del terms[term]
        else:
            gone = set(self.terms.pop(filed.language))
        if self.last_at == (filed.published_at or filed.fetched_at):
            self.last_at = max((f.published_at or f.fetched_at for f in self.articles.values()), default=None)
        return gone, named

    def actors(self) -> set[str]:
        """States and bodies that at least half of its articles name."""
        return {actor for actor, count in self._actors.items() if count * 2 >= len(self.articles)}

    def themes(self) -> set[str]:
        return set(self._themes)

    def places(self) -> set[str]:
        return set(self._places)


def _subtract(counts: Counter[str], keys: Iterable[str]) -> set[str]:
    """Count each key once less; returns those that are gone."""
    gone = set()
    for key in keys:
        counts[key] -= 1
        if counts[key] <= 0:
            del counts[key]
            gone.add(key)
    return gone


def features(names: Iterable[str], numbers: Iterable[str]) -> dict[str, int]:
    """Names and telling numbers (two digits and more) as comparable features."""
    out = dict.fromkeys(names, 1)
    out.update({f"#{number}": 1 for number in list(numbers)[:40] if len(number) >= 2})
    return out
