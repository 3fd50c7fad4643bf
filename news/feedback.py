"""What people say of what they were told, or were not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Opinion(StrEnum):
    """`MISSED`: an article that should have been told."""

    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    DUPLICATE = "duplicate-of"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One opinion, by whom and when. Of a story: `rules` are those that matched it then, `other` is the
    story it repeats. `article_id` is the article that the opinion is about: the one that carried the
    match, or the missed one where the archive has it; `url` a missed article's address."""

    id: str
    opinion: Opinion
    author: str
    at: datetime
    story_id: str = ""
    article_id: str = ""
    url: str = ""
    other: str = ""
    rules: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a rule fares by people's opinions; the last one of each story counts."""

    relevant: int = 0
    irrelevant: int = 0
    duplicates: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        """Share of relevant stories among those judged; None if none was."""
        judged = self.relevant + self.irrelevant
        return self.relevant / judged if judged else None


class Opinions(Protocol):
    """Feedback, kept."""

    def add(self, feedback: Feedback) -> None: ...

    def list(self, *, rule: str = "", limit: int = 0) -> Sequence[Feedback]:
        """Newest first; of one rule, or all."""
        ...


def latest(given: Iterable[Feedback]) -> list[Feedback]:
    """The last opinion on each story and missed article, newest first."""
    kept: dict[str, Feedback] = {}
    for feedback in sorted(given, key=lambda f: (f.at, f.id), reverse=True):
        kept.setdefault(feedback.story_id if feedback.opinion is not Opinion.MISSED else feedback.url, feedback)
    return list(kept.values())


def scores(given: Iterable[Feedback]) -> Mapping[str, Score]:
    """Each rule's score."""
    counts: dict[str, dict[Opinion, int]] = {}
    for feedback in latest(given):
        for rule in feedback.rules:
            of = counts.setdefault(rule, {})
            of[feedback.opinion] = of.get(feedback.opinion, 0) + 1
    return {
        rule: Score(
            relevant=of.get(Opinion.RELEVANT, 0),
            irrelevant=of.get(Opinion.IRRELEVANT, 0),
            duplicates=of.get(Opinion.DUPLICATE, 0),
            missed=of.get(Opinion.MISSED, 0),
        )
        for rule, of in counts.items()
    }
