"""A story read in one piece for rendering: reports, matches, root message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from news.alert import AlertKind
from news.briefing import Briefing, Former, Report, Root
from news.delivery import Delivery, DeliveryState, delivery_id
from news.errors import Unreadable
from news.match import Match
from news.story import Story
from news.timetable import Severity
from storage import tables as t
from storage.documents import ALERT, ARTICLE, FILED, MATCH, STORY

REPORTS = 10
"""An alert lists at most so many reports (delivery contract, 2.2)."""


# Made once: making a statement costs more than running it.
_ALIAS = select(t.story_aliases.c.story_id).where(t.story_aliases.c.alias == bindparam("story"))
_STANDING = (
    select(t.stories.c.doc, t.alerts.c.former_title, t.alerts.c.doc.label("alert"))
    .outerjoin_from(t.stories, t.alerts, t.alerts.c.alert_id == bindparam("alert"))
    .where(t.stories.c.story_id == func.coalesce(_ALIAS.scalar_subquery(), bindparam("story")))
)
_REPORTS = select(t.articles.c.article_id, t.articles.c.filed, t.articles.c.article).where(
    t.articles.c.story_id == bindparam("story")
)
_MATCHES = (
    select(t.matches.c.story_id, t.matches.c.rule, t.matches.c.doc)
    .where(t.matches.c.story_id == bindparam("story"))
    .order_by(t.matches.c.score.desc(), t.matches.c.rule)
)
_THREAD = (
    select(t.deliveries.c.id, t.deliveries.c.subject, t.deliveries.c.remote_id)
    .where(
        t.deliveries.c.endpoint == bindparam("endpoint"),
        t.deliveries.c.story_id == bindparam("story"),
        t.deliveries.c.created_at < bindparam("before"),
        t.deliveries.c.state == "delivered",
    )
    .order_by(t.deliveries.c.created_at)
)


Known = dict[tuple[str, str, str], Briefing]
"""Briefings read in one transaction, by story, alert and kind: many endpoints hear of one story."""


def briefing_of(
    connection: Connection, delivery: Row[Any] | Delivery, root: Root | None, known: Known | None = None
) -> Briefing:
    """Everything a channel may tell about a delivery's story, as it stands now, under its root."""
    if delivery.kind == AlertKind.CANARY:
        return _canary_briefing(delivery, root)
    known = {} if known is None else known
    key = (delivery.story_id, delivery.alert_id, str(delivery.kind))
    found = known.get(key)
    if found is None:
        found = known[key] = _read(connection, delivery)
    follows = found.follows
    if follows is not None:
        first = root_of(connection, delivery, follows.story_id)
        follows = replace(follows, root=first.delivery_id if first else "")
    return replace(found, created_at=delivery.created_at, root=root, follows=follows)


def _read(connection: Connection, delivery: Row[Any] | Delivery) -> Briefing:
    """What is the same for every endpoint."""
    row = connection.execute(_STANDING, {"story": delivery.story_id, "alert": delivery.alert_id}).first()
    if row is None:
        raise STORY.fault("it is not there", delivery.story_id)
    story = STORY.read(row.doc, delivery.story_id)
    filed = reports_of(connection, story.id)
    matches = matches_of(connection, story.id)
    alert = ALERT.read(row.alert, delivery.alert_id) if row.alert is not None else None
    standing: dict[str, str] = {}
    for report in filed:
        if not report.copy_of and not report.withdrawn_at:
            standing.setdefault(report.owner, report.outlet)
    return Briefing(
        kind=AlertKind(delivery.kind),
        story=story,
        reports=_chosen(filed, {m.article_id for m in matches}),
        report_count=len(filed),
        matches=matches,
        rule_titles={m.tag.rule: m.rule_title or m.tag.rule for m in matches},
        independent_count=len(standing),
        independents=tuple(standing.values()),
        created_at=delivery.created_at,
        former_title=row.former_title or "",
        note=alert.note if alert else "",
        severity=alert.severity if alert else Severity.NORMAL,
        follows=_former(connection, story),
    )


def _former(connection: Connection, story: Story) -> Former | None:
    """What a story goes on from, as it now stands; None if the two have been merged, or it cannot be read."""
    if not story.follows:
        return None
    row = connection.execute(_STANDING, {"story": story.follows, "alert": ""}).first()
    if row is None:
        return None
    former = STORY.one(connection, row.doc, story.follows)
    if former is None or former.id == story.id:
        return None
    return Former(story_id=former.id, title=former.title, language=former.language, last_seen_at=former.last_seen_at)


def preview_of(connection: Connection, story: Story, endpoint: str, now: datetime) -> tuple[Delivery, Briefing]:
    """A delivery that nobody made, and all that could be told with it."""
    delivery = Delivery(
        id="",
        alert_id="",
        story_id=story.id,
        story_revision=story.revision,
        kind=AlertKind.MATCHED,
        endpoint=endpoint,
        state=DeliveryState.READY,
        created_at=now,
        ready_at=now,
        expires_at=now,
    )
    root = root_of(connection, delivery)
    if root is not None:
        delivery = replace(delivery, kind=AlertKind.UPDATED)
    delivery = replace(delivery, id=delivery_id(story.id, story.revision, delivery.kind, endpoint))
    return delivery, briefing_of(connection, delivery, root)


def _canary_briefing(delivery: Row[Any] | Delivery, root: Root | None) -> Briefing:
    """A story that never was; its thread is that of the day's canaries."""
    at = delivery.created_at
    return Briefing(
        kind=AlertKind.CANARY,
        story=Story(id=delivery.story_id, title="", language="en", revision=1, first_seen_at=at, last_seen_at=at),
        reports=(),
        report_count=0,
        matches=(),
        rule_titles={},
        independent_count=0,
        created_at=at,
        root=root,
    )


def reports_of(connection: Connection, story_id: str) -> list[Report]:
    """A story's articles by publication, then by arrival. One that cannot be read is left out; raises Unreadable
    if none can."""
    pairs = []
    fault: Unreadable | None = None
    for name, filed, article in connection.execute(_REPORTS, {"story": story_id}).all():
        try:
            pairs.append((FILED.read(filed, name), ARTICLE.read(article, name)))
        except Unreadable as error:
            fault = error
            ARTICLE.leave_out(connection, error, name)
    if fault is not None and not pairs:
        raise fault
    pairs.sort(key=lambda p: (p[1].published_at or p[1].fetched_at, p[0].sequence))
    return [
        Report(
            article_id=filed.article_id,
            url=article.link,
            outlet=article.outlet_name or article.outlet,
            owner=filed.owner,
            title=article.title,
            language=article.language,
            fetched_at=article.fetched_at,
            published_at=article.published_at,
            copy_of=filed.copy_of,
            withdrawn_at=article.withdrawn_at,
        )
        for filed, article in pairs
    ]


def matches_of(connection: Connection, story_id: str) -> tuple[Match, ...]:
    """A story's best match under each rule, by falling score. One that cannot be read is left out."""
    return tuple(MATCH.readable(connection, connection.execute(_MATCHES, {"story": story_id}).all()))


def _chosen(reports: list[Report], matched: set[str]) -> tuple[Report, ...]:
    if len(reports) <= REPORTS:
        return tuple(reports)
    kept = {r.article_id for r in reports if r.article_id in matched}
    for report in reversed(reports):
        if len(kept) >= REPORTS:
            break
        kept.add(report.article_id)
    return tuple(r for r in reports if r.article_id in kept)[:REPORTS]


def root_of(connection: Connection, delivery: Row[Any] | Delivery, story: str = "") -> Root | None:
    """The first message about this story (or that one) to this endpoint that was handed over, if any."""
    place = {"endpoint": delivery.endpoint, "story": story or delivery.story_id, "before": delivery.created_at}
    rows = connection.execute(_THREAD, place).all()
    if not rows:
        return None
    first = rows[0]
    return Root(
        delivery_id=first.id,
        subject=first.subject,
        remote_id=first.remote_id,
        last_delivery=rows[-1].id,
    )
