"""How like an article and stories are: cosines of many stories at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.grouping.held import Held, repeats
from pipelines.grouping.story import FEATURES, LiveStory
from pipelines.grouping.vocabulary import Ids, Sums, Vocabulary, Weights


class Likeness(NamedTuple):
    """A cosine, and how many keys are in common."""

    value: float
    shared: int


Found = dict[tuple[str, str], Likeness]
"""Per story id and language."""
_Row = tuple[str, Ids, Sums]
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Vector:
    """An article's keys with their weights, heaviest first."""

    ids: Ids
    weights: Weights
    norm: float


def word_vector(article: Held, words: Vocabulary) -> Vector:
    terms = article.content.terms
    return _vector(terms, article.content.weights * words.rarity(article.language, terms))


def feature_vector(article: Held, features: Vocabulary) -> Vector:
    ids, counts = article.content.features[:FEATURES], article.content.counts[:FEATURES]
    return _vector(ids, repeats(counts) * features.surprise(article.language, ids))


def _vector(ids: Ids, weights: Weights) -> Vector:
    """Equally heavy keys stay as the article has them."""
    order = (-weights).argsort(kind="stable")
    return Vector(ids.take(order), weights.take(order), math.sqrt(weights @ weights))


def word_likeness(vector: Vector, stories: Iterable[LiveStory], language: str, words: Vocabulary) -> Found:
    """By words: to the stories' articles in the same language."""
    rows = [(story.id, *row) for story in stories for row in story.term_rows(language, words)]
    return _cosines(vector, {language: rows}, lambda name, ids, sums: sums * words.rarity(name, ids), words)


def feature_likeness(vector: Vector, stories: Iterable[LiveStory], features: Vocabulary) -> Found:
    """By names, states, concepts and numbers: to the stories' articles in each of their languages."""
    rows: dict[str, list[_Row]] = {}
    for story in stories:
        for language in story.profiles:
            found = ((story.id, *row) for row in story.feature_rows(language, features))
            rows.setdefault(language, []).extend(found)
    return _cosines(vector, rows, lambda name, ids, sums: repeats(sums) * features.surprise(name, ids), features)


def _cosines(
    vector: Vector,
    rows: Mapping[str, Sequence[_Row]],
    weigh: Callable[[str, Ids, Sums], Weights],
    vocabulary: Vocabulary,
) -> Found:
    """Of all rows in one go; the best of a story. Rounded, so that a sum's order never decides."""
    names: list[tuple[str, str]] = []
    lengths, every, weighed = [0], [], []
    for language, part in rows.items():
        full = [row for row in part if len(row[1])]
        if not full:
            continue
        ids = np.concatenate([row[1] for row in full])
        weighed.append(weigh(language, ids, np.concatenate([row[2] for row in full])))
        every.append(ids)
        names += [(row[0], language) for row in full]
        lengths += [len(row[1]) for row in full]
    if not names:
        return {}
    weights = weighed[0] if len(weighed) == 1 else np.concatenate(weighed)
    starts = np.array(lengths[:-1]).cumsum()
    common = vocabulary.laid(vector.ids, vector.weights, every[0] if len(every) == 1 else np.concatenate(every))
    dots = np.add.reduceat(common * weights, starts)
    norms = np.sqrt(np.add.reduceat(weights * weights, starts)) * vector.norm
    values = (dots / np.maximum(norms, _TINY)).round(6).tolist()
    shared = np.add.reduceat(common > 0, starts, dtype=np.int32).tolist()
    best: Found = {}
    for name, value, count in zip(names, values, shared, strict=True):
        if name not in best or value > best[name].value:
            best[name] = Likeness(value, count)
    return best
