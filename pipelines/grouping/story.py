"""A live story as grouping knows it: what its articles said, per language, in arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

import numpy as np

from pipelines.grouping.held import Content, Held, repeats
from pipelines.grouping.vocabulary import Ids, Sums, Vocabulary

TERMS = 160
FEATURES = 80
"""Of a story's words and features in one language, those that speak for it."""
SINGLY = 24
"""Latest reports in a language that are compared each for itself."""
_Key = TypeVar("_Key")
Row = tuple[Ids, Sums]
_NONE = np.zeros(0, np.int32)


@dataclass(slots=True)
class Profile:
    """A story's articles in one language, summed; whole numbers, so any order gives the same."""

    size: int = 0
    terms: Ids = field(default_factory=lambda: _NONE)
    weights: Sums = field(default_factory=lambda: _NONE)
    features: Ids = field(default_factory=lambda: _NONE)
    counts: Sums = field(default_factory=lambda: _NONE)
    _term_row: Row | None = None
    _feature_row: Row | None = None

    def add(self, article: Content, words: Vocabulary, features: Vocabulary, sign: int = 1) -> None:
        """One article more, or less. The arrays of the first are the article's own."""
        self._term_row = self._feature_row = None
        self.size += sign
        if sign == self.size == 1:
            self.terms, self.weights = article.terms, article.weights
            self.features, self.counts = article.features, article.counts
            return
        self.terms, self.weights = words.summed(self.terms, self.weights, article.terms, sign * article.weights)
        more = sign * article.counts
        self.features, self.counts = features.summed(self.features, self.counts, article.features, more)

    def term_row(self, words: Vocabulary) -> Row:
        """The foremost words with their sums."""
        if self._term_row is None:
            ids, weights = self.terms, self.weights
            if len(ids) > TERMS:
                best = words.foremost(ids, weights, TERMS)
                ids, weights = ids.take(best), weights.take(best)
            self._term_row = ids, weights
        return self._term_row

    def feature_row(self, features: Vocabulary) -> Row:
        """The foremost features, and how often they are said. One article's stand in order already."""
        if self._feature_row is None:
            ids, counts = self.features, self.counts
            if self.size > 1 and len(ids) > FEATURES:
                best = features.foremost(ids, 1000 * features.salience(ids) * repeats(counts), FEATURES)
                ids, counts = ids.take(best), counts.take(best)
            self._feature_row = ids[:FEATURES], counts[:FEATURES]
        return self._feature_row


@dataclass(slots=True)
class LiveStory:
    """Adding or removing an article costs what that one costs. `slot` numbers the live stories;
    `regrouped` counts articles that are here because a person put the story together or apart."""

    id: str
    slot: int
    articles: dict[str, Held] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    last_at: datetime | None = None
    regrouped: int = 0
    _actors: dict[str, int] = field(default_factory=dict)
    _named: dict[tuple[str, ...], int] = field(default_factory=dict)
    _themes: dict[str, int] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, article: Held, words: Vocabulary, features: Vocabulary) -> None:
        """Take an article in."""
        self.articles[article.article_id] = article
        self.last_at = article.at if self.last_at is None else max(self.last_at, article.at)
        profile = self.profiles.get(article.language)
        if profile is None:
            profile = self.profiles[article.language] = Profile()
        profile.add(article.content, words, features)
        self.regrouped += article.regrouped
        self._count(article.content, 1)

    def remove(self, article: Held, words: Vocabulary, features: Vocabulary) -> None:
        """Take an article out. Only where it was the latest one, the others are looked through."""
        del self.articles[article.article_id]
        profile = self.profiles[article.language]
        profile.add(article.content, words, features, -1)
        if not profile.size:
            del self.profiles[article.language]
        self._count(article.content, -1)
        self.regrouped -= article.regrouped
        if self.last_at == article.at:
            self.last_at = max((one.at for one in self.articles.values()), default=None)

    def _count(self, article: Content, sign: int) -> None:
        _tally(self._actors, article.actors, sign)
        _tally(self._themes, article.themes, sign)
        _tally(self._places, article.places, sign)
        _tally(self._numbers, article.title_numbers, sign)
        if len(article.title_actors) >= 2:
            _tally(self._named, (tuple(sorted(article.title_actors)),), sign)

    def term_rows(self, language: str, words: Vocabulary) -> Iterator[Row]:
        """What an article in the language is compared with: what the story's articles say together. Where
        a person regrouped the story, its reports also say something each: it need not be alike."""
        profile = self.profiles.get(language)
        if profile is not None:
            yield profile.term_row(words)
            for one in self._singly(language):
                yield one.terms, one.weights

    def feature_rows(self, language: str, features: Vocabulary) -> Iterator[Row]:
        """The same of its features."""
        yield self.profiles[language].feature_row(features)
        for one in self._singly(language):
            yield one.features[:FEATURES], one.counts[:FEATURES]

    def _singly(self, language: str) -> Iterator[Content]:
        if self.regrouped and len(self.articles) > 1:
            latest = sorted(self.articles.values(), key=lambda one: (one.at, one.article_id), reverse=True)
            for one in islice((one for one in latest if one.language == language), SINGLY):
                yield one.content

    def lacking(self, article: Content, words: Vocabulary, features: Vocabulary) -> tuple[list[int], list[int]]:
        """Numbers of an article's words, and of its features, that the story has not."""
        profiles = self.profiles.values()
        return (
            words.missing(article.terms, [profile.terms for profile in profiles]),
            features.missing(article.features, [profile.features for profile in profiles]),
        )

    def actors(self) -> set[str]:
        """States and bodies that at least half of its articles name."""
        return {actor for actor, count in self._actors.items() if count * 2 >= len(self.articles)}

    def title_actors(self) -> list[set[str]]:
        """The sets of two states and more that its titles name."""
        return [set(named) for named in sorted(self._named)]

    def themes(self) -> set[str]:
        return set(self._themes)

    def places(self) -> set[str]:
        return set(self._places)

    def title_numbers(self) -> set[str]:
        return set(self._numbers)


def _tally(counts: dict[_Key, int], keys: Iterable[_Key], sign: int) -> None:
    for key in keys:
        counts[key] = counts.get(key, 0) + sign
        if not counts[key]:
            del counts[key]
