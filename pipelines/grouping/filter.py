"""The JSON-lines form of grouping: articles in, stories out, state in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from news.article import Article
from news.filing import Filed
from news.story import Relation
from pipelines.fingerprint import fingerprint
from pipelines.grouping.index import StoryIndex
from pipelines.normalise import article_id, normalise, story_id
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger


class GroupFilter:
    """Places articles one after another. A later line of an earlier id is its revision: it keeps
    its story; what follows a story after days of silence bears its label. `dup` names the origin of a
    copy, and is the article's own group otherwise."""

    def __init__(self) -> None:
        self._index = StoryIndex()
        self._known: dict[str, Filed] = {}
        self._dup: dict[str, str] = {}
        self._sequence = 0
        self._tagger = Tagger([rule_from(given, origin=name) for name, given in builtin_rules().items()])

    def take(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Raises KeyError without `id`; other keys may be missing."""
        name = str(record["id"])
        article = normalise(_article(record, name))
        tag = self._tagger.tag(article.title, article.text, article.language)[0]
        fp = fingerprint(article, tag.actors, tuple(tag.themes))
        own = article_id(name)
        self._index.expire(article.fetched_at)
        known = self._known.get(own)
        if known is not None:
            story, copy_of = known.story_id, known.copy_of
        else:
            placement = self._index.place(article, fp, own)
            story = placement.story_id or placement.follows or story_id(own)
            copy_of = placement.copy_of if placement.relation is Relation.COPY else ""
            self._dup[own] = self._dup.get(copy_of, own)
        self._sequence += 1
        filed = Filed(
            sequence=self._sequence,
            article_id=own,
            story_id=story,
            url=article.url,
            outlet=article.outlet,
            owner=article.outlet,
            source=article.source,
            title=article.title,
            language=article.language,
            revision=known.revision + 1 if known else 1,
            published_at=article.published_at,
            fetched_at=article.fetched_at,
            fingerprint=fp,
            copy_of=copy_of,
        )
        self._index.add(filed)
        self._known[own] = filed
        return {"id": record["id"], "story": story, "dup": self._dup[own]}


def _article(record: Mapping[str, Any], name: str) -> Article:
    at = _time(str(record.get("published") or ""))
    return Article(
        url=str(record.get("url") or name),
        link=str(record.get("url") or name),
        outlet=str(record.get("source") or ""),
        source=str(record.get("source") or ""),
        title=str(record.get("title") or ""),
        text=str(record.get("text") or ""),
        language=str(record.get("lang") or "und"),
        fetched_at=at,
        published_at=at,
    )


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return datetime.now(UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
