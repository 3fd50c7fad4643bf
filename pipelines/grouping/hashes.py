"""Which articles of the window share hashes with a text: sorted arrays, young ones in a dictionary.

Eight bytes a hash, against a hundred and more in sets of a dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.grouping.postings import runs

YOUNG = 16_384
"""Postings kept in the dictionary before they are sorted into an array."""

_Slots = NDArray[np.int32]
_Level = tuple[NDArray[np.uint32], _Slots]


class HashIndex:
    """Postings hash -> slot. Slots are given in order and never again; a removed slot's postings
    stay, unseen, until their arrays are merged."""

    def __init__(self, most_young: int = YOUNG) -> None:
        self._most_young = most_young
        self._young: dict[int, int] = {}
        self._again: dict[int, list[int]] = {}  # further slots of a young hash: few have any
        self._young_count = 0
        self._levels: list[_Level] = []
        self._slot_of: dict[str, int] = {}
        self._oldest = 0
        self._names: list[str] = []
        self._alive = np.zeros(1024, bool)

    def add(self, name: str, hashes: Sequence[int]) -> None:
        slot = self._oldest + len(self._names)
        if len(self._names) >= len(self._alive):
            self._alive = np.concatenate((self._alive, np.zeros_like(self._alive)))
        self._alive[len(self._names)] = True
        self._names.append(name)
        self._slot_of[name] = slot
        new = dict.fromkeys(hashes, slot)
        for value in self._young.keys() & new.keys():
            self._again.setdefault(value, []).append(slot)
            del new[value]
        self._young.update(new)
        self._young_count += len(hashes)
        if self._young_count >= self._most_young:
            self._settle()

    def remove(self, name: str) -> None:
        place = self._slot_of.pop(name) - self._oldest
        self._alive[place], self._names[place] = False, ""

    def shared(self, hashes: Sequence[int], at_most: int) -> dict[str, int]:
        """Names that share hashes, and how many; a hash that more than `at_most` have does not count."""
        query = np.asarray(hashes, np.uint32)
        which, found = self._among_young(hashes)
        for keys, slots in self._levels:
            left = keys.searchsorted(query)
            hits = (keys.take(left, mode="clip") == query).nonzero()[0]
            if len(hits):
                left = left.take(hits)
                lengths = keys.searchsorted(query.take(hits), "right") - left
                which.append(np.repeat(hits, lengths))
                found.append(slots.take(_ranges(left, lengths)))
        if not found:
            return {}
        places, owner = np.concatenate(found) - self._oldest, np.concatenate(which)
        alive = (places >= 0) & self._alive.take(places, mode="clip")
        places, owner = places[alive], owner[alive]
        places = places[np.bincount(owner, minlength=len(query)).take(owner) <= at_most]
        names, counts = runs(np.sort(places))
        return {self._names[place]: count for place, count in zip(names.tolist(), counts.tolist(), strict=True)}

    def _among_young(self, hashes: Sequence[int]) -> tuple[list[NDArray[np.intp]], list[_Slots]]:
        """Places of hashes that the young have, and the slots that have them."""
        young = self._young
        known = [(at, young[value]) for at, value in enumerate(hashes) if value in young]
        if not known:
            return [], []
        known += [(at, slot) for at, _ in known for slot in self._again.get(hashes[at], ())]
        both = np.array(known, np.int32)
        return [both[:, 0].astype(np.intp)], [both[:, 1]]

    def _settle(self) -> None:
        """The young become an array; one not much longer than what follows it is merged with that."""
        self._forget()
        more = [(value, slot) for value, slots in self._again.items() for slot in slots]
        keys = [np.fromiter(self._young.keys(), np.uint32), np.array([value for value, _ in more], np.uint32)]
        slots = [np.fromiter(self._young.values(), np.int32), np.array([slot for _, slot in more], np.int32)]
        self._young.clear()
        self._again.clear()
        self._young_count = 0
        self._levels.append(self._merged(keys, slots))
        while len(self._levels) > 1 and len(self._levels[-2][0]) <= 2 * len(self._levels[-1][0]):
            parts, self._levels = self._levels[-2:], self._levels[:-2]
            self._levels.append(self._merged([part[0] for part in parts], [part[1] for part in parts]))
        self._levels = [level for level in self._levels if len(level[1]) and int(level[1].max()) >= self._oldest]

    def _forget(self) -> None:
        """The slots before the first that is alive have had their time."""
        given = len(self._names)
        first = int(self._alive[:given].argmax()) if self._slot_of else given
        self._oldest += first
        del self._names[:first]
        self._alive = np.concatenate((self._alive[first:given], np.zeros(max(1024, given), bool)))

    def _merged(self, keys: Sequence[NDArray[np.uint32]], slots: Sequence[_Slots]) -> _Level:
        every, places = np.concatenate(keys), np.concatenate(slots) - self._oldest
        kept = (places >= 0) & self._alive.take(places, mode="clip")
        every, places = every[kept], places[kept]
        order = np.argsort(every, kind="stable")
        return every[order], places[order] + self._oldest


def _ranges(starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """The whole numbers from each start on, so many of each, one range after another."""
    ends = lengths.cumsum()
    found: NDArray[np.intp] = np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)
    return found
