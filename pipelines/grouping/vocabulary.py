"""Keys as numbers, with how many articles of the window have each, per language."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Sums = NDArray[np.int32]
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
        self._salience = np.zeros(1024)
        self._tie = np.zeros(1024, np.uint32)
        self._sheet = np.zeros(1024)
        self._logs = np.zeros(0)  # of 1, 2, 3 ...: looked up sooner than computed
        self.articles: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._numbers)

    def key(self, number: int) -> str:
        return self._keys[number]

    def numbers(self, keys: Iterable[str]) -> Ids:
        """Numbers of the keys, new ones where needed."""
        keys = list(keys)
        found = np.fromiter(map(self._numbers.get, keys, repeat(-1)), np.int32, len(keys))
        for place in (found < 0).nonzero()[0].tolist():
            found[place] = self._new(keys[place])
        return found

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
            common, scale = self._common(key), self._scale(key)
            self._chance[number], self._scales[number] = PRIOR * common + 0.5, scale
            self._salience[number] = scale * -math.log(common + 0.01)
        return number

    def _grow(self) -> None:
        for name in ("_held", "_chance", "_scales", "_salience", "_tie", "_sheet"):
            setattr(self, name, _doubled(getattr(self, name)))
        for language, counts in self._counts.items():
            self._counts[language] = _doubled(counts)

    def _of(self, language: str) -> NDArray[np.int32]:
        if language not in self._counts:
            self._counts[language] = np.zeros_like(self._held)
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
        counts = self._of(language).take(ids)
        total = self.articles[language] + PRIOR
        if 2 * total > len(self._logs):
            self._logs = np.log(np.arange(1, 4 * total))
        found: Weights = self._logs.take(counts + total) - self._logs.take(counts)
        return found

    def surprise(self, language: str, ids: Ids) -> Weights:
        """The same against what chance would give a key of this form, times what its kind is worth."""
        total = self.articles[language] + PRIOR
        found = np.log(total / (self._of(language).take(ids) + self._chance.take(ids)))
        return np.maximum(found, 0) * self._scales.take(ids)

    def salience(self, ids: Ids) -> Weights:
        """What keys of this form would weigh if none were counted yet."""
        return self._salience.take(ids)

    def foremost(self, ids: Ids, weights: NDArray[np.float64] | NDArray[np.int32], most: int) -> NDArray[np.intp]:
        """Places of the heaviest by whole weight; equal ones in an order that the keys alone decide."""
        order = (self._tie.take(ids) - (weights.astype(np.int64) << 32)).argsort()
        return order[:most]

    def laid(self, ids: Ids, weights: Weights, wanted: Ids) -> Weights:
        """The weights of the wanted keys, nothing for those that are not among the ids."""
        self._sheet[ids] = weights
        found: Weights = self._sheet.take(wanted)
        self._sheet[ids] = 0
        return found

    def summed(self, ids: Ids, sums: Sums, more: Ids, counts: Sums) -> tuple[Ids, Sums]:
        """Sums per id, without those that are nothing."""
        self._sheet[ids] = sums
        fresh = more[self._sheet.take(more) == 0]
        self._sheet[more] += counts
        every = np.concatenate((ids, fresh))
        total = self._sheet.take(every).astype(np.int32)
        self._sheet[every] = 0
        kept = total > 0
        return every[kept], total[kept]

    def missing(self, ids: Ids, others: Sequence[Ids]) -> list[int]:
        """Those ids that none of the others has."""
        for other in others:
            self._sheet[other] = 1
        found: list[int] = ids[self._sheet.take(ids) == 0].tolist()
        for other in others:
            self._sheet[other] = 0
        return found


def _doubled(counts: Any) -> Any:
    return np.concatenate((counts, np.zeros_like(counts)))
