"""Keys as numbers, with how many articles of the window have each, per language."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Weights = NDArray[np.float64]
PRIOR = 50
"""So many articles of a language are as good as none: weights change slowly while it is new."""


class Vocabulary:
    """One numbering for all languages; counts per language. Numbers of forgotten keys are given
    again, but only at `tidy`: until then what was taken out may be put back."""

    def __init__(self, common: Callable[[str], float] | None = None, scale: Callable[[str], float] | None = None):
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._free: list[int] = []
        self._loose: set[int] = set()
        self._held = np.zeros(1024, np.int32)
        self._counts: dict[str, NDArray[np.int32]] = {}
        self._common, self._scale = common, scale
        self._chance = np.zeros(1024)
        self._scales = np.ones(1024)
        self._tie = np.zeros(1024, np.uint32)
        self.articles: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def size(self) -> int:
        """Room for all numbers given so far."""
        return len(self._held)

    def key(self, number: int) -> str:
        return self._keys[number]

    def known(self, keys: Iterable[str]) -> list[int]:
        """Numbers of the keys, -1 for those not known."""
        get = self._numbers.get
        return [get(key, -1) for key in keys]

    def numbers(self, keys: Iterable[str]) -> Ids:
        """Numbers of the keys, new ones where needed."""
        get = self._numbers.get
        return np.array([number if (number := get(key)) is not None else self._new(key) for key in keys], np.int32)

    def _new(self, key: str) -> int:
        if self._free:
            number = self._free.pop()
            self._keys[number] = key
        else:
            number = len(self._keys)
            self._keys.append(key)
            if number >= len(self._held):
                self._grow()
        self._numbers[key] = number
        self._tie[number] = zlib.crc32(key.encode())
        if self._common and self._scale:
            self._chance[number] = PRIOR * self._common(key) + 0.5
            self._scales[number] = self._scale(key)
        return number

    def _grow(self) -> None:
        double = 2 * len(self._held)
        self._held = np.resize(self._held, double)
        self._held[double // 2 :] = 0
        self._chance, self._scales = np.resize(self._chance, double), np.resize(self._scales, double)
        self._tie = np.resize(self._tie, double)
        for language, counts in self._counts.items():
            self._counts[language] = np.concatenate((counts, np.zeros(double - len(counts), np.int32)))

    def _of(self, language: str) -> NDArray[np.int32]:
        if language not in self._counts:
            self._counts[language] = np.zeros(self.size, np.int32)
        return self._counts[language]

    def count(self, language: str, ids: Ids) -> None:
        """An article of the language has these keys, each once."""
        self._of(language)[ids] += 1
        self._held[ids] += 1
        self.articles[language] += 1

    def discount(self, language: str, ids: Ids) -> None:
        """Take such an article out."""
        self._of(language)[ids] -= 1
        self._held[ids] -= 1
        self.articles[language] -= 1
        self._loose.update(ids[self._held[ids] == 0].tolist())

    def tidy(self) -> None:
        """Forget keys that no article has."""
        for number in sorted(self._loose):
            if self._held[number] == 0:
                del self._numbers[self._keys[number]]
                self._keys[number] = ""
                self._free.append(number)
        self._loose.clear()

    def rarity(self, language: str, ids: Ids) -> Weights:
        """Inverse document frequency within the language."""
        total = self.articles[language] + PRIOR
        return np.log(1 + total / (self._of(language)[ids] + 1.0))

    def surprise(self, language: str, ids: Ids) -> Weights:
        """The same against what chance would give a key of this form, times what its kind is worth."""
        total = self.articles[language] + PRIOR
        found = np.log(total / (self._of(language)[ids] + self._chance[ids]))
        return np.maximum(found, 0) * self._scales[ids]

    def foremost(self, ids: Ids, weights: NDArray[np.int32], most: int) -> NDArray[np.intp]:
        """Places of the heaviest; equal ones in an order that the keys alone decide."""
        order = np.lexsort((self._tie[ids], -weights))
        return order[:most]

    def salience(self, ids: Ids) -> Weights:
        """What keys of this form would weigh if none were counted yet."""
        return self._scales[ids] * -np.log((self._chance[ids] - 0.5) / PRIOR + 0.01)
