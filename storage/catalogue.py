"""The Catalogue port over SQL: everything a person may ask about. Reads only."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select

from news.alert import Alert, AlertKind
from news.article import Article
from news.briefing import Briefing
from news.delivery import OPEN_STATES, Attempt, Delivery, DeliveryState, EndpointState
from news.fold import title as fold_title
from news.outlet import PendingPage, SourceState
from news.ports import (
    AlertRecord,
    DeliveryRecord,
    FoldedStory,
    Revision,
    StoryArticle,
    StoryRecord,
    StoryRow,
    Tally,
    Trace,
    WaitingFold,
)
from news.quarantine import QuarantinedPage
from news.story import Story
from news.tag import Tag, Verdict
from storage import tables as t
from storage.briefing import matches_of, preview_of
from storage.deliveries import shown
from storage.documents import ALERT, ARTICLE, FILED, PAGE, SIGHTING, STORY, TAG, standing_in
from storage.engine import reading
from storage.regroup import resolve
from storage.states import known_state

_RANK = {Verdict.MATCH: 3, Verdict.RUPTURE: 2, Verdict.REVIEW: 1, Verdict.NONE: 0}

_MARK = and_(t.deliveries.c.state == DeliveryState.FOLDED.value, t.deliveries.c.folded_into == "")
"""No messages: they keep that something was told before a split."""


class SqlCatalogue:
    """One consistent view per question."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tally(self, since: datetime) -> Tally:
        d, r = t.deliveries.c, t.runs.c
        open_states = [state.value for state in OPEN_STATES]
        with reading(self._engine) as connection:
            own = and_(d.kind != AlertKind.CANARY.value, ~_MARK)
            deliveries = connection.execute(select(d.state, func.count()).where(own).group_by(d.state))
            runs = connection.execute(select(r.outcome, func.count()).where(r.started_at >= since).group_by(r.outcome))
            return Tally(
                articles=_count(connection, select(func.count()).select_from(t.articles)),
                stories=_count(connection, select(func.count()).select_from(t.stories)),
                matched_stories=_count(connection, select(func.count(t.matches.c.story_id.distinct()))),
                deliveries=_by_state(deliveries.all()),
                runs=_by_state(runs.all()),
                oldest_open_delivery_at=connection.scalar(
                    select(func.min(d.created_at)).where(d.state.in_(open_states), own)
                ),
            )

    def source_states(self) -> Mapping[str, SourceState]:
        query = select(t.sources.c.source_id, t.sources.c.doc, t.sources.c.due_at)
        with reading(self._engine) as connection:
            return {
                source_id: replace(known_state(connection, source_id, doc), due_at=due_at)
                for source_id, doc, due_at in connection.execute(query)
            }

    def endpoints(self) -> Sequence[EndpointState]:
        query = select(t.endpoints.c.endpoint, t.endpoints.c.doc).order_by(t.endpoints.c.endpoint)
        with reading(self._engine) as connection:
            return [standing_in(row.endpoint, row.doc) for row in connection.execute(query)]

    def stories(
        self, *, since: datetime | None = None, verdict: str = "", rule: str = "", limit: int = 20
    ) -> Sequence[StoryRow]:
        query = select(t.stories.c.story_id, t.stories.c.doc).order_by(t.stories.c.last_seen_at.desc()).limit(limit)
        if since is not None:
            query = query.where(t.stories.c.last_seen_at >= since)
        if verdict or rule:
            tagged = select(t.tags.c.story_id)
            if rule:
                tagged = tagged.where(t.tags.c.rule == rule)
            if verdict:  # a story's is the best of its reports'
                better = [one for one, rank in _RANK.items() if rank > _RANK[Verdict(verdict)]]
                query = query.where(t.stories.c.story_id.not_in(tagged.where(t.tags.c.verdict.in_(better))))
                tagged = tagged.where(t.tags.c.verdict == verdict)
            else:
                tagged = tagged.where(t.tags.c.verdict != "none")
            query = query.where(t.stories.c.story_id.in_(tagged))
        with reading(self._engine) as connection:
            found = STORY.readable(connection, connection.execute(query).all())
            return [_story_row(connection, story) for story in found]

    def story(self, story_id: str) -> StoryRecord | None:
        with reading(self._engine) as connection:
            story = _story(connection, story_id)
            if story is None:
                return None
            alerts = select(t.alerts.c.alert_id, t.alerts.c.doc).where(t.alerts.c.story_id == story.id)
            ordered = connection.execute(alerts.order_by(t.alerts.c.created_at)).all()
            return StoryRecord(
                row=_story_row(connection, story),
                articles=_reports(connection, t.articles.c.story_id == story.id),
                matches=matches_of(connection, story.id),
                alerts=tuple(_alert_record(connection, one) for one in ALERT.readable(connection, ordered)),
            )

    def briefing(self, story_id: str, endpoint: str, now: datetime) -> tuple[Delivery, Briefing] | None:
        with reading(self._engine) as connection:
            story = _story(connection, story_id)
            return None if story is None else preview_of(connection, story, endpoint, now)

    def alerts(self, *, state: str = "", since: datetime | None = None, limit: int = 20) -> Sequence[AlertRecord]:
        query = select(t.alerts.c.alert_id, t.alerts.c.doc).order_by(t.alerts.c.created_at.desc())
        if limit:
            query = query.limit(limit)
        if since is not None:
            query = query.where(t.alerts.c.created_at >= since)
        if state == "suppressed":
            query = query.where(t.alerts.c.suppressed != "")
        elif state:
            having = select(t.deliveries.c.alert_id).where(t.deliveries.c.state == state, ~_MARK)
            query = query.where(t.alerts.c.alert_id.in_(having))
        with reading(self._engine) as connection:
            found = ALERT.readable(connection, connection.execute(query).all())
            return [_alert_record(connection, alert) for alert in found]

    def alert(self, alert_id: str) -> AlertRecord | None:
        d = t.deliveries.c
        digest = and_(d.story_id == alert_id, d.kind == AlertKind.DIGEST.value)
        owners = select(d.alert_id).where(or_(d.id.startswith(alert_id, autoescape=True), digest))
        named = or_(t.alerts.c.alert_id.startswith(alert_id, autoescape=True), t.alerts.c.alert_id.in_(owners))
        with reading(self._engine) as connection:
            rows = connection.execute(select(t.alerts.c.alert_id, t.alerts.c.doc).where(named).limit(2)).all()
            return _alert_record(connection, ALERT.read(rows[0].doc, rows[0].alert_id)) if len(rows) == 1 else None

    def waiting(self) -> Sequence[WaitingFold]:
        d = t.deliveries.c
        query = (
            select(d.endpoint, d.fold, func.min(d.ready_at).label("due_at"), func.count().label("count"))
            .where(
                d.fold != "",
                d.folded_into == "",
                d.kind != AlertKind.DIGEST.value,
                d.state.in_(("held", "expired", "dead")),
            )
            .group_by(d.endpoint, d.fold)
            .order_by(func.min(d.ready_at), d.endpoint)
        )
        with reading(self._engine) as connection:
            return [
                WaitingFold(endpoint=row[0], fold=row[1], due_at=row[2], count=row[3])
                for row in connection.execute(query)
            ]

    def trace(self, url: str) -> Trace:
        with reading(self._engine) as connection:
            known_as = select(t.aliases.c.article_url).where(t.aliases.c.url == url)
            url = connection.scalar(known_as) or url
            row = connection.execute(select(t.articles).where(t.articles.c.url == url)).first()
            if row is None:
                return _page_trace(connection, url)
            filed = FILED.read(row.filed, row.article_id)
            story = connection.scalar(select(t.stories.c.doc).where(t.stories.c.story_id == row.story_id))
            told = select(t.alerts.c.alert_id, t.alerts.c.doc).where(t.alerts.c.story_id == row.story_id)
            alerts = connection.execute(told.order_by(t.alerts.c.created_at)).all()
            return Trace(
                url=url,
                seen="article",
                source=row.source_id,
                run_id=row.run_id,
                article=ARTICLE.read(row.article, row.article_id),
                revisions=_revisions(connection, row.article_id),
                filed=filed,
                sighting=SIGHTING.read(row.sighting, row.article_id),
                story=STORY.one(connection, story, row.story_id) if story else None,
                tags=_tags(connection, row.article_id),
                alerts=tuple(_alert_record(connection, one) for one in ALERT.readable(connection, alerts)),
            )

    def address(self, article_id: str) -> str:
        meant = t.articles.c.article_id.startswith(article_id, autoescape=True)
        with reading(self._engine) as connection:
            found = connection.scalars(select(t.articles.c.url).where(meant).limit(2)).all()
        return found[0] if len(found) == 1 else ""

    def reports(self, article_ids: Collection[str]) -> Sequence[StoryArticle]:
        with reading(self._engine) as connection:
            return _reports(connection, t.articles.c.article_id.in_(article_ids)) if article_ids else ()

    def quarantined(self, *, source: str = "", url: str = "", limit: int = 0) -> Sequence[QuarantinedPage]:
        query = (
            select(t.pages, t.raw_pages.c.charset, t.raw_pages.c.body)
            .outerjoin(t.raw_pages, t.raw_pages.c.url == t.pages.c.url)
            .where(t.pages.c.status == "quarantined")
            .order_by(t.pages.c.at.desc())
        )
        if source:
            query = query.where(t.pages.c.source_id == source)
        if url:
            query = query.where(t.pages.c.url == url)
        if limit:
            query = query.limit(limit)
        with reading(self._engine) as connection:
            return [_quarantined(connection, row) for row in connection.execute(query).all()]

    def articles(self, *, since: datetime | None = None, limit: int = 0) -> Sequence[Article]:
        query = select(t.articles.c.article_id, t.articles.c.article).order_by(t.articles.c.sequence)
        if since is not None:
            query = query.where(t.articles.c.fetched_at >= since)
        if limit:
            query = query.limit(limit)
        with reading(self._engine) as connection:
            return [*ARTICLE.readable(connection, connection.execute(query).all())]


def _story(connection: Connection, name: str) -> Story | None:
    story_id = resolve(connection, name)
    doc = connection.scalar(select(t.stories.c.doc).where(t.stories.c.story_id == story_id))
    return None if doc is None else STORY.read(doc, story_id)


def _quarantined(connection: Connection, row: Any) -> QuarantinedPage:
    page = PAGE.one(connection, row.doc, row.url) if row.doc else None
    page = page or PendingPage(url=row.url, reason="", attempt_count=0)
    published = page.entry.get("published", "")
    return QuarantinedPage(
        url=row.url,
        source=row.source_id,
        reason=row.reason,
        detail=row.detail,
        at=row.at,
        run_id=row.run_id,
        link=page.entry.get("link", ""),
        title=page.entry.get("title", ""),
        published_at=datetime.fromisoformat(published) if published else None,
        entry_hash=row.entry_hash,
        charset=row.charset or "",
        raw=_unpacked(row.body) if row.body else b"",
    )


def _unpacked(body: bytes) -> bytes:
    """Nothing, if it was damaged: it is kept for another try alone."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return b""


def _by_state(rows: Sequence[Any]) -> dict[str, int]:
    return {str(state): int(count) for state, count in rows}


def _count(connection: Connection, query: object) -> int:
    return int(connection.scalar(query) or 0)  # type: ignore[call-overload]


def _tags(connection: Connection, article_id: str) -> tuple[Tag, ...]:
    g = t.tags.c
    query = select(g.article_id, g.rule, g.doc).where(g.article_id == article_id)
    return tuple(TAG.readable(connection, connection.execute(query.order_by(g.rule)).all()))


def _revisions(connection: Connection, article_id: str) -> tuple[Revision, ...]:
    query = select(t.revisions).where(t.revisions.c.article_id == article_id)
    return tuple(
        Revision(
            number=row.number,
            title=row.title,
            text=row.text,
            seen_at=row.seen_at,
            run_id=row.run_id,
        )
        for row in connection.execute(query.order_by(t.revisions.c.number))
    )


def _story_row(connection: Connection, story: Story) -> StoryRow:
    query = select(t.tags.c.rule, t.tags.c.verdict, t.tags.c.score).where(t.tags.c.verdict.in_([*Verdict]))
    found = connection.execute(query.where(t.tags.c.story_id == story.id)).all()
    ranked = sorted(found, key=lambda row: (_RANK[Verdict(row.verdict)], row.score), reverse=True)
    filed = select(t.articles.c.article_id, t.articles.c.filed).where(t.articles.c.story_id == story.id)
    languages = {one.language for one in FILED.readable(connection, connection.execute(filed).all())}
    rules = {row.rule for row in found if row.verdict != "none"}
    return StoryRow(
        story=story,
        verdict=Verdict(ranked[0].verdict) if ranked else Verdict.NONE,
        score=ranked[0].score if ranked else 0.0,
        rules=tuple(sorted(rules)),
        languages=tuple(sorted(languages)),
    )


def _reports(connection: Connection, where: ColumnElement[bool]) -> tuple[StoryArticle, ...]:
    """Articles with what was decided about them, by publication."""
    found: list[tuple[datetime, StoryArticle]] = []
    for row in connection.execute(select(t.articles).where(where)).all():
        name = row.article_id
        article = ARTICLE.one(connection, row.article, name)
        filed, sighting = FILED.one(connection, row.filed, name), SIGHTING.one(connection, row.sighting, name)
        if article is None or filed is None or sighting is None:
            continue
        tags = _tags(connection, name)
        report = StoryArticle(filed=filed, link=article.link, sighting=sighting, tags=tags)
        found.append((article.published_at or article.fetched_at, report))
    return tuple(report for _, report in sorted(found, key=lambda pair: pair[0]))


def _alert_record(connection: Connection, alert: Alert) -> AlertRecord:
    story = connection.scalar(select(t.stories.c.doc).where(t.stories.c.story_id == alert.story_id))
    known = STORY.one(connection, story, alert.story_id) if story else None
    query = select(t.deliveries).where(t.deliveries.c.alert_id == alert.id)
    rows = connection.execute(query.order_by(t.deliveries.c.endpoint)).all()
    members = _members(connection, rows[0].id) if alert.kind is AlertKind.DIGEST and rows else ()
    heading = f"{fold_title(alert.note)}: {len({m.story_id for m in members})} stories" if members else ""
    return AlertRecord(
        alert=alert,
        members=members,
        title=known.title if known else heading,
        language=known.language if known else "und",
        deliveries=tuple(
            DeliveryRecord(
                delivery=shown(row),
                attempts=_attempts(connection, row.id),
                in_body_bytes=len(row.body or b""),
            )
            for row in rows
        ),
    )


def _members(connection: Connection, digest: str) -> tuple[FoldedStory, ...]:
    d, s = t.deliveries.c, t.stories.c
    query = (
        select(t.deliveries, s.doc)
        .outerjoin(t.stories, s.story_id == d.story_id)
        .where(d.folded_into == digest)
        .order_by(d.created_at, d.id)
    )
    found = []
    for row in connection.execute(query).all():
        story = STORY.one(connection, row.doc, row.story_id) if row.doc else None
        title = story.title if story else ""
        found.append(FoldedStory(story_id=row.story_id, title=title, delivery_id=row.id, kind=shown(row).kind))
    return tuple(found)


def _attempts(connection: Connection, delivery_id: str) -> tuple[Attempt, ...]:
    query = select(t.attempts).where(t.attempts.c.delivery_id == delivery_id)
    names = (
        "number",
        "started_at",
        "finished_at",
        "result",
        "status",
        "detail",
        "answer",
        "next_at",
        "took_ms",
    )
    return tuple(
        Attempt(**{name: getattr(row, name) for name in names})
        for row in connection.execute(query.order_by(t.attempts.c.number))
    )


def _page_trace(connection: Connection, url: str) -> Trace:
    row = connection.execute(select(t.pages).where(t.pages.c.url == url)).first()
    if row is None:
        return Trace(url=url)
    return Trace(
        url=url,
        seen=row.status,
        detail=f"{row.reason}: {row.detail}",
        source=row.source_id,
        run_id=row.run_id,
    )
