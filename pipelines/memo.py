"""What is made of a key, remembered: asking again costs a dictionary's look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


LONG = 64
"""Letters of a key that is not worth remembering: words are shorter, and a page may be one piece of megabytes."""


class Memo(dict[K, V]):
    """Made when first asked for. Half of `most` are at hand; when they are full they become the older half,
    and what of that was not asked for again is forgotten. In a loop over an article's words a third of the
    cost of `lru_cache`, which counts what it is asked."""

    def __init__(self, make: Callable[[K], V], most: int = 100_000) -> None:
        super().__init__()
        self._make, self._half = make, most // 2
        self._older: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        if isinstance(key, str) and len(key) > LONG:
            return self._make(key)
        value = self._older.pop(key) if key in self._older else self._make(key)
        if len(self) >= self._half:
            self._older = dict(self)
            self.clear()
        self[key] = value
        return value
