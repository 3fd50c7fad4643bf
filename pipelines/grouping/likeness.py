"""How like an article and stories are: cosines of many stories at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from pipelines.grouping.story import FEATURES, Held, LiveStory, repeats
from pipelines.grouping.vocabulary import Ids, Vocabulary, Weights

PROBES = 24
"""The rarest keys of an article find the candidate stories; commoner ones only add to the score."""
CANDIDATES = 32

Posting = dict[int, list[str]]
"""Key -> ids of the stories that have it: strings are counted far faster than stories."""


@dataclass(frozen=True, slots=True)
class Vector:
    """An article's keys with their weights, heaviest first; also spread over the whole vocabulary."""

    ids: Ids
    weights: Weights
    norm: float
    spread: Weights


def word_vector(article: Held, words: Vocabulary) -> Vector:
    weights = article.weights / 100.0 * words.rarity(article.language, article.terms)
    return _vector(article.terms, weights, words)


def feature_vector(article: Held, features: Vocabulary) -> Vector:
    factors = repeats(article.counts)
    value = np.rint(1000 * features.salience(article.features) * factors).astype(np.int32)
    best = features.foremost(article.features, value, FEATURES)
    ids = article.features[best]
    return _vector(ids, factors[best] * features.surprise(article.language, ids), features)


def _vector(ids: Ids, weights: Weights, vocabulary: Vocabulary) -> Vector:
    order = vocabulary.foremost(ids, np.rint(1e4 * weights).astype(np.int32), len(ids))
    ids, weights = ids[order], weights[order]
    spread = np.zeros(vocabulary.size)
    spread[ids] = weights
    return Vector(ids, weights, float(np.sqrt((weights * weights).sum())) or 1.0, spread)


def candidates(vector: Vector, postings: Posting) -> list[str]:
    """Ids of stories that share two of the article's rarest keys, those with most of them first."""
    held = (holders for key in vector.ids.tolist() if (holders := postings.get(key)))
    found = Counter(chain.from_iterable(islice(held, PROBES)))
    least = _least(found.values())
    shared = sorted((-count, name) for name, count in found.items() if count >= least)
    return [name for _, name in shared[:CANDIDATES]]


def _least(counts: Iterable[int]) -> int:
    """From which count on stories need to be put in order to have the foremost: two or more."""
    many = 0
    for count, stories in sorted(Counter(counts).items(), reverse=True):
        many += stories
        if many >= CANDIDATES or count <= 2:
            return max(count, 2)
    return 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """A cosine, and how many keys are in common."""

    value: float
    shared: int


def word_likeness(
    vector: Vector, stories: Sequence[LiveStory], language: str, words: Vocabulary
) -> dict[str, Likeness]:
    """To the stories' articles in the same language."""
    rows = [(story.id, *story.profiles[language].term_row(words)) for story in stories if language in story.profiles]
    return _cosines(vector, rows, lambda ids: words.rarity(language, ids))


def feature_likeness(
    vector: Vector, stories: Iterable[LiveStory], language: str, features: Vocabulary
) -> dict[str, Likeness]:
    """To the stories' articles in a language, by names, states, concepts and numbers."""
    rows = [
        (story.id, *story.profiles[language].feature_row(features)) for story in stories if language in story.profiles
    ]
    return _cosines(vector, rows, lambda ids: features.surprise(language, ids))


def _cosines(
    vector: Vector,
    rows: Sequence[tuple[str, Ids, Weights]],
    weigh: Callable[[Ids], Weights],
) -> dict[str, Likeness]:
    rows = [row for row in rows if len(row[1])]
    if not rows:
        return {}
    ids = np.concatenate([row[1] for row in rows])
    weights: NDArray[np.float64] = np.concatenate([row[2] for row in rows]) * weigh(ids)
    starts = np.cumsum([0, *(len(row[1]) for row in rows[:-1])])
    common = vector.spread[ids]
    dots = np.add.reduceat(common * weights, starts)
    norms = np.sqrt(np.add.reduceat(weights * weights, starts))
    shared = np.add.reduceat((common > 0).astype(np.int32), starts)
    values = dots / np.where(norms > 0, norms * vector.norm, 1.0)
    # Rounded, so that a sum's order never decides.
    return {
        row[0]: Likeness(round(float(value), 6), int(count))
        for row, value, count in zip(rows, values, shared, strict=True)
    }
