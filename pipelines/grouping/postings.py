"""Which live stories have a key: numbers of stories per key, four bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from pipelines.grouping.vocabulary import Ids


class Postings:
    """Key -> slots of the stories that have it, in no order. Keys are small numbers."""

    def __init__(self) -> None:
        self._slots: list[array[int] | None] = []

    def add(self, keys: Sequence[int], slot: int) -> None:
        """The story has these keys, each of them new to it."""
        slots = self._slots
        slots.extend([None] * (max(keys, default=-1) + 1 - len(slots)))
        for key in keys:
            holders = slots[key]
            if holders is None:
                slots[key] = array("i", (slot,))
            else:
                holders.append(slot)

    def remove(self, keys: Iterable[int], slot: int) -> None:
        """The story has these keys no longer."""
        for key in keys:
            holders = self._slots[key]
            assert holders is not None
            holders.remove(slot)
            if not holders:
                self._slots[key] = None

    def holders(self, keys: Iterable[int], probes: int) -> Ids:
        """Slots of the stories that have the first so many keys that any story has, once for each key."""
        found = array("i")
        known = len(self._slots)
        for holders in islice(filter(None, (self._slots[key] for key in keys if key < known)), probes):
            found += holders
        return np.frombuffer(found, np.int32) if found else np.zeros(0, np.int32)


def runs(ordered: Ids) -> tuple[Ids, Ids]:
    """The distinct numbers of an ascending array, and how often each stands there."""
    if not len(ordered):
        return ordered, ordered
    bounds = np.concatenate(([-1], (ordered[1:] != ordered[:-1]).nonzero()[0], [len(ordered) - 1]))
    return ordered.take(bounds[1:]), bounds[1:] - bounds[:-1]
