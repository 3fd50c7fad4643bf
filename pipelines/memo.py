"""What is made of a key, remembered: asking again costs a dictionary's look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


LONG = 64
"""Letters of a key that is not worth remembering: words are shorter, and a page may be one piece of megabytes."""


class Memo(dict[K, V]):
    """Made when first asked for, and all forgotten when `most` are held. In a loop over an article's words
    a third of the cost of `lru_cache`, which counts what it is asked."""

    def __init__(self, make: Callable[[K], V], most: int = 100_000) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: K) -> V:
        if isinstance(key, str) and len(key) > LONG:
            return self._make(key)
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._make(key)
        return value
