"""Stories put together or apart by a person: the port, and what is decided inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from news.filing import Standing, Telling
from news.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What is told of a merge, and the endpoints whose thread becomes the older story's."""

    telling: Telling
    moving: tuple[str, ...] = ()


Join = Callable[[Standing, Standing, Traffic, datetime], Joined]
"""Decides for the older and the younger story; pure, called inside the merging transaction."""


class Regrouping(Protocol):
    """Remembered, and seen by every running intake."""

    def resolve(self, name: str) -> str:
        """The story of an id, an old id, or an unambiguous beginning of either; '' if there is none."""
        ...

    def merge(self, one: str, other: str, now: datetime, join: Join) -> str:
        """The older story takes in the other; its id. Whoever was told of both keeps the other's
        thread under the old id, with what `join` wants to tell there. Raises UnknownName, NewsError."""
        ...

    def split(self, name: str, urls: Sequence[str], new_id: str, now: datetime) -> str:
        """Articles become a story of their own, with the alerts that they brought. Raises
        UnknownName, NewsError."""
        ...
