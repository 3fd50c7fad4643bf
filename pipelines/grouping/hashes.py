"""Which articles of the window share hashes with a text: sorted arrays, young ones in a dictionary.

Twelve bytes a hash, against a hundred and more in sets of a dictionary.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_YOUNG = 16_384
"""Postings kept in the dictionary before they are sorted into an array."""

_Level = tuple[NDArray[np.uint32], NDArray[np.int64]]


class HashIndex:
    """Postings hash -> slot. Slots are given in order and never again; a removed slot's postings
    stay, unseen, until their arrays are merged."""

    def __init__(self) -> None:
        self._young: dict[int, list[int]] = defaultdict(list)
        self._young_count = 0
        self._levels: list[_Level] = []
        self._slots: dict[int, str] = {}
        self._slot_of: dict[str, int] = {}
        self._next = 0

    def add(self, name: str, hashes: Sequence[int]) -> None:
        slot = self._next
        self._next += 1
        self._slots[slot], self._slot_of[name] = name, slot
        for value in hashes:
            self._young[value].append(slot)
        self._young_count += len(hashes)
        if self._young_count >= _YOUNG:
            self._settle()

    def remove(self, name: str) -> None:
        del self._slots[self._slot_of.pop(name)]

    def shared(self, hashes: Sequence[int], at_most: int) -> dict[str, int]:
        """Names that share hashes, and how many; a hash that more than `at_most` have does not count."""
        holders: dict[int, list[int]] = {value: list(young) for value in hashes if (young := self._young.get(value))}
        query = np.asarray(hashes, np.uint32)
        for keys, slots in self._levels:
            left = keys.searchsorted(query)
            for at in np.flatnonzero(keys.take(left, mode="clip") == query).tolist():
                right = keys.searchsorted(query[at], "right")
                holders.setdefault(hashes[at], []).extend(slots[left[at] : right].tolist())
        counts: Counter[str] = Counter()
        for found in holders.values():
            names = [name for slot in found if (name := self._slots.get(slot)) is not None]
            if len(names) <= at_most:
                counts.update(names)
        return counts

    def _settle(self) -> None:
        """The young become an array; one not much longer than what follows it is merged with that."""
        pairs = [(value, slot) for value, slots in self._young.items() for slot in slots if slot in self._slots]
        self._young.clear()
        self._young_count = 0
        level = np.array(pairs, np.int64).reshape(-1, 2)
        self._levels.append(_sorted(level[:, 0].astype(np.uint32), level[:, 1]))
        while len(self._levels) > 1 and len(self._levels[-2][0]) <= 2 * len(self._levels[-1][0]):
            parts, self._levels = self._levels[-2:], self._levels[:-2]
            self._levels.append(self._merged([part[0] for part in parts], [part[1] for part in parts]))
        self._levels = [level for level in self._levels if len(level[1]) and int(level[1].max()) >= self._oldest()]

    def _merged(self, keys: Sequence[NDArray[np.uint32]], slots: Sequence[NDArray[np.int64]]) -> _Level:
        oldest, every = self._oldest(), np.concatenate(slots)
        alive = np.zeros(self._next - oldest + 1, bool)
        alive[np.fromiter(self._slots, np.int64, len(self._slots)) - oldest + 1] = True
        kept = alive[np.maximum(every - oldest + 1, 0)]
        return _sorted(np.concatenate(keys)[kept], every[kept])

    def _oldest(self) -> int:
        return next(iter(self._slots), self._next)


def _sorted(keys: NDArray[np.uint32], slots: NDArray[np.int64]) -> _Level:
    order = np.argsort(keys, kind="stable")
    return keys[order], slots[order]
