"""Invented words for the benches: a vocabulary that is used as a language's is, by Zipf's law."""

from __future__ import annotations

import random

import numpy as np

_SYLLABLES = [a + b for a in "bdfghklmnrstwz" for b in ("a", "e", "i", "o", "u", "an", "er", "ir")]


def words(count: int, chance: random.Random) -> list[str]:
    """So many words, like ones among them."""
    return ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(count)]


class Wording:
    """The n-th word is said 1/n times as often as the first."""

    def __init__(self, size: int = 20_000, seed: int = 7) -> None:
        self._words = words(size, random.Random(seed))
        weights = 1 / np.arange(1, size + 1)
        self._edges = np.cumsum(weights / weights.sum()).tolist()

    def say(self, count: int, chance: random.Random) -> list[str]:
        """So many words of a text."""
        return chance.choices(self._words, cum_weights=self._edges, k=count)
