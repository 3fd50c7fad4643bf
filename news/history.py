"""What rules have said of the archive so far, and how it is changed after a rule was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from news.article import Article
from news.filing import Standing, Telling
from news.match import Match
from news.tag import Tag
from news.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A rule's stored finding on an article, without its reasons. `make` is the tag's lexicon hash."""

    article_id: str
    story_id: str
    rule: str
    verdict: str
    score: float
    make: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retagged:
    """New findings on one article; `gone` are rules whose stored finding no longer holds at all.
    `matches` are the telling ones among `tags`; `newly` are rules that tell of `article` and did not."""

    article_id: str
    story_id: str
    tags: tuple[Tag, ...] = ()
    matches: tuple[Match, ...] = ()
    gone: tuple[str, ...] = ()
    newly: tuple[str, ...] = ()
    article: Article | None = None


Show = Callable[[str, str, Article, Tag], Match]
"""Makes the match of a telling finding: (story id, article id, article, tag)."""

Tell = Callable[[Standing, Retagged, Traffic, datetime], Telling]
"""Decides what is told of a story that has a rule newly telling of it; pure, called inside the transaction."""


class History(Protocol):
    """Stored findings of rules."""

    def said(self, *, rule: str = "", since: datetime | None = None, with_none: bool = False) -> Sequence[Said]:
        """Findings on articles fetched since; `none` verdicts only if asked for."""
        ...

    def count(self, *, since: datetime | None = None) -> int:
        """Articles fetched since."""
        ...

    def stories_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Article id -> story id."""
        ...

    def articles(self, *, since: datetime | None = None) -> Iterator[tuple[str, str, Article]]:
        """(article id, story id, article), oldest first, read in parts."""
        ...

    def write(self, findings: Sequence[Retagged], show: Show, now: datetime, tell: Tell | None = None) -> int:
        """Store findings in place of older ones, and each story's best match by rule anew; one that
        loses its match gets that of its next best article, made by `show`. With `tell`, what it decides
        is written too; how many messages that made."""
        ...
