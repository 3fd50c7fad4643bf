"""Which articles of the window share hashes with a text: sorted arrays, young ones in a dictionary.

Twelve bytes a hash, against a hundred and more in sets of a dictionary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_YOUNG = 8192
"""Postings kept in the dictionary before they are sorted into an array."""
_FANOUT = 8
"""Arrays of like size side by side before they are merged."""

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
        query = np.asarray(hashes, np.uint32)
        holders: dict[int, list[int]] = {}
        for value in hashes:
            if value in self._young:
                holders[value] = list(self._young[value])
        for keys, slots in self._levels:
            left, right = np.searchsorted(keys, query, "left"), np.searchsorted(keys, query, "right")
            for at in np.flatnonzero(right > left).tolist():
                holders.setdefault(hashes[at], []).extend(slots[left[at] : right[at]].tolist())
        counts: dict[str, int] = {}
        for found in holders.values():
            names = [name for slot in found if (name := self._slots.get(slot)) is not None]
            if len(names) <= at_most:
                for name in names:
                    counts[name] = counts.get(name, 0) + 1
        return counts

    def _settle(self) -> None:
        """The young become an array; arrays of like size are merged, oldest last."""
        pairs = [(value, slot) for value, slots in self._young.items() for slot in slots if slot in self._slots]
        self._young.clear()
        self._young_count = 0
        level = np.array(pairs, np.int64).reshape(-1, 2)
        self._levels.append(_sorted(level[:, 0].astype(np.uint32), level[:, 1]))
        size = len(pairs)
        while len(self._levels) >= _FANOUT and all(len(k) <= 2 * max(size, 1) for k, _ in self._levels[-_FANOUT:]):
            parts, self._levels = self._levels[-_FANOUT:], self._levels[:-_FANOUT]
            slots = np.concatenate([part[1] for part in parts])
            keys = np.concatenate([part[0] for part in parts])
            alive = np.fromiter((slot in self._slots for slot in slots.tolist()), bool, len(slots))
            self._levels.append(_sorted(keys[alive], slots[alive]))
            size = len(self._levels[-1][0])
        oldest = min(self._slots, default=self._next)
        self._levels = [level for level in self._levels if len(level[1]) and int(level[1].max()) >= oldest]


def _sorted(keys: NDArray[np.uint32], slots: NDArray[np.int64]) -> _Level:
    order = np.argsort(keys, kind="stable")
    return keys[order], slots[order]
