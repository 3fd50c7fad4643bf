"""A live story as grouping knows it: what its articles said, per language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from news.filing import Filed


@dataclass(slots=True)
class LiveStory:
    """Sums over a story's articles. `terms[language]` counts words, `features` names and numbers."""

    id: str
    articles: dict[str, Filed] = field(default_factory=dict)
    terms: dict[str, Counter[str]] = field(default_factory=dict)
    features: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    def add(self, filed: Filed) -> None:
        self.articles[filed.article_id] = filed
        at = filed.published_at or filed.fetched_at
        self.last_at = at if self.last_at is None else max(self.last_at, at)
        self.terms.setdefault(filed.language, Counter()).update(filed.fingerprint.terms)
        self.features.update(features(filed.fingerprint.names, filed.fingerprint.numbers))

    def actors(self) -> set[str]:
        """States and bodies that at least half of its articles name."""
        counts = Counter(actor for filed in self.articles.values() for actor in filed.fingerprint.actors)
        return {actor for actor, count in counts.items() if count * 2 >= len(self.articles)}

    def themes(self) -> set[str]:
        return {theme for filed in self.articles.values() for theme in filed.fingerprint.themes}

    def places(self) -> set[str]:
        return {place for filed in self.articles.values() for place in filed.fingerprint.places}


def features(names: Iterable[str], numbers: Iterable[str]) -> dict[str, int]:
    """Names and telling numbers (two digits and more) as comparable features."""
    out = dict.fromkeys(names, 1)
    out.update({f"#{number}": 1 for number in list(numbers)[:40] if len(number) >= 2})
    return out
