"""A story: one event, told by one or more articles, in one or more languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Relation(StrEnum):
    """How an article came to its story."""

    OPENED = "opened"
    JOINED = "joined"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why an article joined a story (or did not): rule, score against threshold, runner-up.

    `shared` holds what both sides had in common, by kind (`words`, `names` as surface pairs such as
    `Baghdad = بغداد`, `numbers`, `about`, `passages`); `hours` is the time between both; `related` are
    stories that came near without being joined. `compared_with` is an article id.
    """

    rule: str
    score: float = 0.0
    threshold: float = 0.0
    compared_with: str = ""
    runner_up: str = ""
    runner_up_score: float = 0.0
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vetoes: tuple[str, ...] = ()
    hours: float = 0.0
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One article's place in one story. `copy_of` is an article id when `relation` is COPY; `regrouped`
    says that a person put the story together, or took it out of another."""

    article_id: str
    story_id: str
    relation: Relation
    evidence: Evidence
    copy_of: str = ""
    regrouped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One event. `revision` grows with each report or edit; times are aware UTC; `owners` are those
    with a text of their own, in the order they were seen. `follows` is the id of a story that this one
    goes on from, of which there was no report for two days, or empty."""

    id: str
    title: str
    language: str
    revision: int
    first_seen_at: datetime
    last_seen_at: datetime
    article_count: int = 1
    outlets: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    follows: str = ""
