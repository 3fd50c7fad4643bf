"""Tags of an article -> matches of its story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from news.article import Article
from news.match import Match
from news.tag import Tag, Verdict
from pipelines.excerpt import headline, sentence

TELLING = frozenset({Verdict.MATCH, Verdict.RUPTURE})
"""Verdicts that people are told of. A rupture is told as such, under its own label."""


def matches_of(
    article: Article,
    article_id: str,
    story_id: str,
    tags: Iterable[Tag],
    titles: Mapping[str, str],
    now: datetime,
) -> tuple[Match, ...]:
    """One match for each rule whose verdict is telling, by falling score."""
    found = [
        Match(
            story_id=story_id,
            article_id=article_id,
            tag=tag,
            headline=headline(article, tag),
            sentence=sentence(article, tag),
            matched_at=now,
            rule_title=titles.get(tag.rule, tag.rule),
        )
        for tag in tags
        if tag.verdict in TELLING
    ]
    return tuple(sorted(found, key=lambda match: (-match.tag.score, match.tag.rule)))
