"""A live story as grouping knows it: what its articles said, per language, in arrays."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import numpy as np

from pipelines.grouping.held import Content, Held, repeats
from pipelines.grouping.said import Said, Tally, tally
from pipelines.grouping.vocabulary import Ids, Sums, Vocabulary

TERMS = 160
FEATURES = 60
"""Of a story's words and features in one language, those that speak for it."""
SINGLY = 24
"""Latest reports in a language that are compared each for itself."""
Row = tuple[Ids, Sums]
_NONE = np.zeros(0, np.int32)
_published = attrgetter("at", "article_id")


@dataclass(slots=True)
class Profile:
    """A story's articles in one language, the earliest first, and their sums; whole numbers, so any order
    gives the same."""

    articles: list[Held] = field(default_factory=list)
    terms: Ids = field(default_factory=lambda: _NONE)
    weights: Sums = field(default_factory=lambda: _NONE)
    features: Ids = field(default_factory=lambda: _NONE)
    counts: Sums = field(default_factory=lambda: _NONE)
    _term_row: Row | None = None
    _feature_row: Row | None = None

    def add(self, article: Held, words: Vocabulary, features: Vocabulary) -> None:
        """One article more. The arrays of the first are the article's own."""
        insort(self.articles, article, key=_published)
        self._sum(article.content, words, features, 1)

    def remove(self, article: Held, words: Vocabulary, features: Vocabulary) -> None:
        """One article less."""
        del self.articles[bisect_left(self.articles, _published(article), key=_published)]
        self._sum(article.content, words, features, -1)

    def _sum(self, article: Content, words: Vocabulary, features: Vocabulary, sign: int) -> None:
        self._term_row = self._feature_row = None
        if sign == len(self.articles) == 1:
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
            if len(self.articles) > 1 and len(ids) > FEATURES:
                best = features.foremost(ids, 1000 * features.salience(ids) * repeats(counts), FEATURES)
                ids, counts = ids.take(best), counts.take(best)
            self._feature_row = ids[:FEATURES], counts[:FEATURES]
        return self._feature_row


@dataclass(slots=True)
class LiveStory:
    """Adding or removing an article costs what that one costs, however many there are, and so does asking
    what they say. `slot` numbers the live stories; `regrouped` counts articles that are here because a
    person put the story together or apart."""

    id: str
    slot: int
    articles: dict[str, Held] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    last_at: datetime | None = None
    regrouped: int = 0
    owners: Tally = field(default_factory=dict)
    said: Said = field(default_factory=Said)
    themes: Tally = field(default_factory=dict)
    title_numbers: Tally = field(default_factory=dict)
    title_actors: dict[tuple[str, ...], int] = field(default_factory=dict)
    """The sets of two states and more that its titles name, each in order."""

    def add(self, article: Held, words: Vocabulary, features: Vocabulary) -> None:
        """Take an article in."""
        self.articles[article.article_id] = article
        self.last_at = article.at if self.last_at is None else max(self.last_at, article.at)
        profile = self.profiles.get(article.language)
        if profile is None:
            profile = self.profiles[article.language] = Profile()
        profile.add(article, words, features)
        self.regrouped += article.regrouped
        self._count(article, 1)

    def remove(self, article: Held, words: Vocabulary, features: Vocabulary) -> None:
        """Take an article out."""
        del self.articles[article.article_id]
        profile = self.profiles[article.language]
        profile.remove(article, words, features)
        if not profile.articles:
            del self.profiles[article.language]
        self._count(article, -1)
        self.regrouped -= article.regrouped
        if self.last_at == article.at:
            self.last_at = max((profile.articles[-1].at for profile in self.profiles.values()), default=None)

    def _count(self, article: Held, sign: int) -> None:
        text = article.content
        tally(self.owners, (article.owner,), sign)
        self.said.add(text, sign)
        tally(self.themes, text.themes, sign)
        tally(self.title_numbers, text.title_numbers, sign)
        if len(text.title_actors) >= 2:
            tally(self.title_actors, (tuple(sorted(text.title_actors)),), sign)

    def term_rows(self, language: str, words: Vocabulary) -> list[Row]:
        """What an article in the language is compared with: what the story's articles say together. Where
        a person regrouped the story, its reports also say something each: it need not be alike."""
        profile = self.profiles.get(language)
        if profile is None:
            return []
        return [profile.term_row(words), *((one.terms, one.weights) for one in self._singly(language))]

    def feature_rows(self, language: str, features: Vocabulary) -> list[Row]:
        """The same of its features."""
        singly = ((one.features[:FEATURES], one.counts[:FEATURES]) for one in self._singly(language))
        return [self.profiles[language].feature_row(features), *singly]

    def _singly(self, language: str) -> list[Content]:
        if not self.regrouped or len(self.articles) == 1:
            return []
        return [one.content for one in self.latest(language, SINGLY)]

    def latest(self, language: str, most: int) -> Sequence[Held]:
        """Its latest reports in a language, the last one first; none of a language that it is not told in."""
        profile = self.profiles.get(language)
        return profile.articles[: -most - 1 : -1] if profile else ()

    def lacking(self, article: Content, words: Vocabulary, features: Vocabulary) -> tuple[list[int], list[int]]:
        """Numbers of an article's words, and of its features, that the story has not."""
        profiles = self.profiles.values()
        return (
            words.missing(article.terms, [profile.terms for profile in profiles]),
            features.missing(article.features, [profile.features for profile in profiles]),
        )
