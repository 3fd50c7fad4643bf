"""The History port over SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, delete, func, select

from news.article import Article
from news.history import Retagged, Said, Show, Tell
from news.match import Match
from news.tag import Verdict
from storage import tables as t
from storage.batches import batches
from storage.codec import dumps
from storage.documents import ARTICLE, MATCH, TAG
from storage.engine import put, reading, writing
from storage.filing import write_telling
from storage.standing import standings_of
from storage.telling import traffic

_PART = 500
"""Articles read at a time."""

_TELLING = (Verdict.MATCH.value, Verdict.RUPTURE.value)
_MAKE = '"lexicon_hash":"'


class SqlHistory:
    """Reads findings in bulk, and writes what a re-tag changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def said(self, *, rule: str = "", since: datetime | None = None, with_none: bool = False) -> Sequence[Said]:
        g = t.tags.c
        query = select(g.article_id, t.articles.c.story_id, g.rule, g.verdict, g.score, g.doc).join(
            t.articles, t.articles.c.article_id == g.article_id
        )
        if rule:
            query = query.where(g.rule == rule)
        if since is not None:
            query = query.where(t.articles.c.fetched_at >= since)
        if not with_none:
            query = query.where(g.verdict != Verdict.NONE.value)
        with reading(self._engine) as connection:
            return [
                Said(
                    article_id=row.article_id,
                    story_id=row.story_id,
                    rule=row.rule,
                    verdict=row.verdict,
                    score=row.score,
                    make=_make(row.doc),
                )
                for row in connection.execution_options(yield_per=1000).execute(query)
            ]

    def count(self, *, since: datetime | None = None) -> int:
        query = select(func.count()).select_from(t.articles)
        if since is not None:
            query = query.where(t.articles.c.fetched_at >= since)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def stories_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        a = t.articles.c
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for some in batches(ids):
                part = a.article_id.in_(some)
                found.update(
                    (row[0], row[1]) for row in connection.execute(select(a.article_id, a.story_id).where(part))
                )
        return found

    def articles(self, *, since: datetime | None = None) -> Iterator[tuple[str, str, Article]]:
        a = t.articles.c
        reached = -1
        while True:
            query = select(a.sequence, a.article_id, a.story_id, a.article).where(a.sequence > reached)
            if since is not None:
                query = query.where(a.fetched_at >= since)
            with reading(self._engine) as connection:
                rows = connection.execute(query.order_by(a.sequence).limit(_PART)).all()
                whole = [(row, ARTICLE.one(connection, row.article, row.article_id)) for row in rows]
            if not rows:
                return
            reached = rows[-1].sequence
            for row, article in whole:
                if article is not None:
                    yield row.article_id, row.story_id, article

    def write(self, findings: Sequence[Retagged], show: Show, now: datetime, tell: Tell | None = None) -> int:
        messages = 0
        with writing(self._engine) as connection:
            current = [_as_stored(connection, finding) for finding in findings]
            for finding in current:
                _write(connection, finding, show)
            for finding in current:
                if tell is None or not finding.newly:
                    continue
                standing = standings_of(connection, [finding.story_id]).get(finding.story_id)
                if standing is None:
                    continue
                telling = tell(standing, finding, traffic(connection, now), now)
                write_telling(connection, telling)
                messages += len(telling.deliveries)
        return messages


def _as_stored(connection: Connection, finding: Retagged) -> Retagged:
    """The finding as it is now: its story may have been merged since it was read, and intake may have found
    and decided meanwhile what it calls new."""
    g = t.tags.c
    own = select(t.articles.c.story_id).where(t.articles.c.article_id == finding.article_id)
    story = connection.execute(own).scalar_one()
    telling = select(g.rule).where(g.article_id == finding.article_id, g.verdict.in_(_TELLING))
    known = set(connection.scalars(telling))
    return replace(
        finding,
        story_id=story,
        matches=tuple(replace(match, story_id=story) for match in finding.matches),
        newly=tuple(rule for rule in finding.newly if rule not in known),
    )


def _make(doc: str) -> str:
    """The tag's lexicon hash, without reading the whole document."""
    _, found, rest = doc.rpartition(_MAKE)
    return rest.partition('"')[0] if found else ""


def _write(connection: Connection, finding: Retagged, show: Show) -> None:
    g = t.tags.c
    for tag in finding.tags:
        put(
            connection,
            t.tags,
            {
                "article_id": finding.article_id,
                "rule": tag.rule,
                "story_id": finding.story_id,
                "verdict": tag.verdict.value,
                "score": tag.score,
                "doc": dumps(tag),
            },
        )
    if finding.gone:
        own = and_(g.article_id == finding.article_id, g.rule.in_(finding.gone))
        connection.execute(delete(t.tags).where(own))
    matches = {match.tag.rule: match for match in finding.matches}
    for rule in (*(tag.rule for tag in finding.tags), *finding.gone):
        _write_match(connection, finding, rule, matches.get(rule), show)


def _write_match(connection: Connection, finding: Retagged, rule: str, match: Match | None, show: Show) -> None:
    """A story's match is its best telling article's: of the new and the stored one the better, and none
    if its own article no longer tells it."""
    key = and_(t.matches.c.story_id == finding.story_id, t.matches.c.rule == rule)
    row = connection.execute(select(t.matches.c.score, t.matches.c.doc).where(key)).first()
    stored = None if row is None else MATCH.one(connection, row.doc, finding.story_id, rule)
    own = stored is not None and stored.article_id == finding.article_id
    if match is not None and (stored is None or own or match.tag.score > stored.tag.score):
        values = {"story_id": finding.story_id, "rule": rule, "score": match.tag.score, "doc": dumps(match)}
        put(connection, t.matches, values)
    elif match is None and own:
        connection.execute(delete(t.matches).where(key))
        if (heir := heir_of(connection, finding.story_id, rule, show)) is not None:
            values = {"story_id": finding.story_id, "rule": rule, "score": heir.tag.score}
            put(connection, t.matches, {**values, "doc": dumps(heir)})


def heir_of(connection: Connection, story_id: str, rule: str, show: Show) -> Match | None:
    """The best telling finding of the story's other articles, as its match."""
    g = t.tags.c
    best = (
        select(g.article_id, g.doc)
        .where(g.story_id == story_id, g.rule == rule, g.verdict.in_(_TELLING))
        .order_by(g.score.desc(), g.article_id)
        .limit(1)
    )
    row = connection.execute(best).first()
    if row is None:
        return None
    article = connection.scalar(select(t.articles.c.article).where(t.articles.c.article_id == row.article_id))
    best_article = ARTICLE.read(str(article), row.article_id)
    return show(story_id, row.article_id, best_article, TAG.read(row.doc, row.article_id, rule))
