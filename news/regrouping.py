"""Stories put together or apart by a person: the port, and what is decided inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from news.article import Article
from news.filing import Filed, Standing, Telling
from news.history import Show
from news.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What is told of a merge, and the endpoints whose thread becomes the older story's."""

    telling: Telling
    moving: tuple[str, ...] = ()


Join = Callable[[Standing, Standing, Traffic, datetime], Joined]
"""Decides for the older and the younger story; pure, called inside the merging transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A split as it was made: the story before it, what is left of it, the new one with the reports
    that were taken out. `backlog`: a first visit brought them, and nobody was told on purpose."""

    before: Standing
    left: Standing
    fresh: Standing
    reports: tuple[tuple[Filed, Article], ...]
    backlog: bool = False


Part = Callable[[Parting, Traffic, datetime], Sequence[Telling]]
"""Decides what is told of a split; pure, called inside the splitting transaction."""


class Regrouping(Protocol):
    """Remembered, and seen by every running intake."""

    def resolve(self, name: str) -> str:
        """The story of an id, an old id, or an unambiguous beginning of either; '' if there is none."""
        ...

    def merge(self, one: str, other: str, now: datetime, join: Join) -> str:
        """The older story takes in the other; its id. Whoever was told of both keeps the other's
        thread under the old id, with what `join` wants to tell there. Raises UnknownName, NewsError."""
        ...

    def split(self, name: str, urls: Sequence[str], new_id: str, now: datetime, *, part: Part, show: Show) -> str:
        """Articles become a story of their own, with the alerts that they brought and what `part`
        wants to tell. Where a rule's best match is in the other story now, the next best, made by
        `show`, takes its place. Raises UnknownName, NewsError."""
        ...
