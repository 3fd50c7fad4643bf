"""Which live stories have a key: numbers of stories per key, four bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import islice

import numpy as np

from pipelines.grouping.vocabulary import Ids


class Postings:
    """Key -> slots of the stories that have it, in no order."""

    def __init__(self) -> None:
        self._slots: dict[int, array[int]] = {}

    def add(self, keys: Iterable[int], slot: int) -> None:
        """The story has these keys, each of them new to it."""
        slots = self._slots
        for key in keys:
            holders = slots.get(key)
            if holders is None:
                slots[key] = array("i", (slot,))
            else:
                holders.append(slot)

    def remove(self, keys: Iterable[int], slot: int) -> None:
        """The story has these keys no longer."""
        for key in keys:
            holders = self._slots[key]
            holders.remove(slot)
            if not holders:
                del self._slots[key]

    def holders(self, keys: Iterable[int], probes: int) -> Ids:
        """Slots of the stories that have the first so many keys that any story has, once for each key."""
        found = array("i")
        for holders in islice(filter(None, map(self._slots.get, keys)), probes):
            found += holders
        return np.frombuffer(found, np.int32) if found else np.zeros(0, np.int32)


def runs(ordered: Ids) -> tuple[Ids, Ids]:
    """The distinct numbers of an ascending array, and how often each stands there."""
    if not len(ordered):
        return ordered, ordered
    bounds = np.concatenate(([-1], np.flatnonzero(ordered[1:] != ordered[:-1]), [len(ordered) - 1]))
    return ordered.take(bounds[1:]), bounds[1:] - bounds[:-1]
