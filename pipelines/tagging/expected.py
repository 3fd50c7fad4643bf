"""What was made for later, kept until it is asked for or too much is kept: the oldest goes first."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Expected(Generic[K, V]):
    """Asked for once each; what is not there must be made again."""

    def __init__(self, size: Callable[[K, V], int], most: int) -> None:
        self._size, self._most = size, most
        self._kept: dict[K, tuple[V, int]] = {}
        self._held = 0

    def put(self, key: K, made: V) -> None:
        self.take(key)
        size = self._size(key, made)
        self._kept[key] = made, size
        self._held += size
        while self._held > self._most:
            self.take(next(iter(self._kept)))

    def take(self, key: K) -> V | None:
        """What was kept, and is no longer."""
        made, size = self._kept.pop(key, (None, 0))
        self._held -= size
        return made
