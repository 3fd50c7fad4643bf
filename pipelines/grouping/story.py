"""A live story as grouping knows it: what its articles said, per language, in arrays."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from news.filing import Filed
from pipelines.grouping.vocabulary import Ids, Vocabulary, Weights

Sums = NDArray[np.int32]
TERMS = 160
FEATURES = 80
"""Of a story's words and features in one language, those that speak for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An article of the window, small: its words and features are numbers of the vocabularies."""

    sequence: int
    article_id: str
    story_id: str
    copy_of: str
    source: str
    owner: str
    language: str
    at: datetime
    fetched_at: datetime
    revision: int
    content_hash: str
    shingles: NDArray[np.uint32]
    terms: Ids
    weights: Sums
    features: Ids
    counts: Sums
    surfaces: str
    numbers: tuple[str, ...]
    title_numbers: tuple[str, ...]
    places: tuple[str, ...]
    actors: tuple[str, ...]
    title_actors: tuple[str, ...]
    themes: tuple[str, ...]

    def surface(self, key: str) -> str:
        """A word of the article that the name was read from; '' for none."""
        start = f"\n{self.surfaces}".find(f"\n{key}\t")
        return "" if start < 0 else self.surfaces[start:].partition("\n")[0].partition("\t")[2]


def held(filed: Filed, words: Vocabulary, features: Vocabulary) -> Held:
    """What is kept of an article; gives its keys their numbers."""
    fp = filed.fingerprint
    return Held(
        sequence=filed.sequence,
        article_id=filed.article_id,
        story_id=filed.story_id,
        copy_of=filed.copy_of,
        source=sys.intern(filed.source),
        owner=sys.intern(filed.owner),
        language=sys.intern(filed.language),
        at=filed.published_at or filed.fetched_at,
        fetched_at=filed.fetched_at,
        revision=filed.revision,
        content_hash=fp.content_hash,
        shingles=np.array(fp.shingles, np.uint32),
        terms=words.numbers(fp.terms),
        weights=np.fromiter(fp.terms.values(), np.int32, len(fp.terms)),
        features=features.numbers(fp.features),
        counts=np.fromiter(fp.features.values(), np.int32, len(fp.features)),
        surfaces="\n".join(f"{key}\t{word}" for key, word in fp.surfaces.items()),
        numbers=tuple(map(sys.intern, fp.numbers)),
        title_numbers=tuple(map(sys.intern, fp.title_numbers)),
        places=tuple(map(sys.intern, fp.places)),
        actors=tuple(map(sys.intern, fp.actors)),
        title_actors=tuple(map(sys.intern, fp.title_actors)),
        themes=tuple(map(sys.intern, fp.themes)),
    )


def again(known: Held, filed: Filed) -> Held:
    """The same text as another article, or in another place."""
    return replace(
        known,
        sequence=filed.sequence,
        article_id=filed.article_id,
        story_id=filed.story_id,
        copy_of=filed.copy_of,
        source=sys.intern(filed.source),
        owner=sys.intern(filed.owner),
        language=sys.intern(filed.language),
        at=filed.published_at or filed.fetched_at,
        fetched_at=filed.fetched_at,
        revision=filed.revision,
    )


@dataclass(slots=True)
class Profile:
    """A story's articles in one language, summed; whole numbers, so any order gives the same."""

    size: int = 0
    terms: Ids = field(default_factory=lambda: np.zeros(0, np.int32))
    weights: Sums = field(default_factory=lambda: np.zeros(0, np.int32))
    features: Ids = field(default_factory=lambda: np.zeros(0, np.int32))
    counts: Sums = field(default_factory=lambda: np.zeros(0, np.int32))
    _term_row: tuple[Ids, Weights] | None = None
    _feature_row: tuple[Ids, Weights] | None = None

    def add(self, article: Held, sign: int = 1) -> None:
        self.size += sign
        self.terms, self.weights = _summed(self.terms, self.weights, article.terms, sign * article.weights)
        self.features, self.counts = _summed(self.features, self.counts, article.features, sign * article.counts)
        self._term_row = self._feature_row = None

    def term_row(self, words: Vocabulary) -> tuple[Ids, Weights]:
        """The foremost words and their mean weights."""
        if self._term_row is None:
            best = words.foremost(self.terms, self.weights, TERMS)
            self._term_row = self.terms[best], self.weights[best] / (100.0 * self.size)
        return self._term_row

    def feature_row(self, features: Vocabulary) -> tuple[Ids, Weights]:
        """The foremost features, and what their being said again adds."""
        if self._feature_row is None:
            ids, factors = self.features, repeats(self.counts)
            value = np.rint(1000 * features.salience(ids) * factors).astype(np.int32)
            best = features.foremost(ids, value, FEATURES)
            self._feature_row = ids[best], factors[best]
        return self._feature_row


def repeats(counts: Sums) -> Weights:
    """What saying a feature again adds."""
    found: Weights = 1 + 0.5 * np.log(counts)
    return found


def _summed(ids: Ids, sums: Sums, more: Ids, weights: Sums) -> tuple[Ids, Sums]:
    """Sums per id, ascending, without those that are nothing."""
    if not len(ids):
        order = np.argsort(more)
        return more[order], weights[order]
    found, where = np.unique(np.concatenate((ids, more)), return_inverse=True)
    total = np.bincount(where, np.concatenate((sums, weights))).astype(np.int32)
    kept = total > 0
    return found[kept].astype(np.int32), total[kept]


@dataclass(slots=True)
class LiveStory:
    """Adding or removing an article costs what that one costs."""

    id: str
    articles: dict[str, Held] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    last_at: datetime | None = None
    _actors: Counter[str] = field(default_factory=Counter)
    _named: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _themes: Counter[str] = field(default_factory=Counter)
    _places: Counter[str] = field(default_factory=Counter)
    _numbers: Counter[str] = field(default_factory=Counter)

    def add(self, article: Held) -> None:
        """Take an article in."""
        self.articles[article.article_id] = article
        self.last_at = article.at if self.last_at is None else max(self.last_at, article.at)
        self.profiles.setdefault(article.language, Profile()).add(article)
        for counts, keys in self._facts(article):
            counts.update(set(keys))
        self._named[tuple(sorted(article.title_actors))] += 1

    def remove(self, article: Held) -> None:
        """Take an article out. Only where it was the latest one, the others are looked through."""
        del self.articles[article.article_id]
        profile = self.profiles[article.language]
        profile.add(article, -1)
        if not profile.size:
            del self.profiles[article.language]
        for counts, keys in self._facts(article):
            for key in set(keys):
                counts[key] -= 1
                if not counts[key]:
                    del counts[key]
        named = tuple(sorted(article.title_actors))
        self._named[named] -= 1
        if not self._named[named]:
            del self._named[named]
        if self.last_at == article.at:
            self.last_at = max((one.at for one in self.articles.values()), default=None)

    def _facts(self, article: Held) -> Iterable[tuple[Counter[str], tuple[str, ...]]]:
        return (
            (self._actors, article.actors),
            (self._themes, article.themes),
            (self._places, article.places),
            (self._numbers, article.title_numbers),
        )

    def lacking(self, article: Held) -> tuple[list[int], list[int]]:
        """Numbers of an article's words, and of its features, that the story has not."""
        if not self.profiles:
            return article.terms.tolist(), article.features.tolist()
        empty = np.zeros(0, np.int32)
        words = np.concatenate([empty, *(profile.terms for profile in self.profiles.values())])
        features = np.concatenate([empty, *(profile.features for profile in self.profiles.values())])
        return (
            article.terms[~np.isin(article.terms, words)].tolist(),
            article.features[~np.isin(article.features, features)].tolist(),
        )

    def actors(self) -> set[str]:
        """States and bodies that at least half of its articles name."""
        return {actor for actor, count in self._actors.items() if count * 2 >= len(self.articles)}

    def title_actors(self) -> list[set[str]]:
        """The sets of two states and more that its titles name."""
        return [set(named) for named in sorted(self._named) if len(named) >= 2]

    def themes(self) -> set[str]:
        return set(self._themes)

    def places(self) -> set[str]:
        return set(self._places)

    def title_numbers(self) -> set[str]:
        return set(self._numbers)
