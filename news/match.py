"""A match: a rule's verdict about a story, carried by the article that earned it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from news.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A piece of an article with the words that mattered.

    `marks` are (start, end) code points into `text`, ascending, not overlapping.
    """

    text: str
    language: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule's finding on a story; the tag's spans point into the article `article_id`.

    `headline` and `sentence` are what an alert shows: the title, and the sentence of the text
    with the most hits (empty text if only the title matched), both in the original script.
    """

    story_id: str
    article_id: str
    tag: Tag
    headline: Excerpt
    sentence: Excerpt
    matched_at: datetime
    rule_title: str = ""
