"""The CloudEvents 1.0 document of an alert: message in, JSON bytes out, at most 64 KiB.

Every key is described in `alerts/schemas/<type>.json`. Keys may be added; none changes meaning:
a breaking change is a new type.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from alerts.digest import Digest
from alerts.message import Line, Message, Passage, Point, Why, Word
from news.alert import AlertKind
from news.language import direction

HARD_CAP = 64 * 1024
"""CloudEvents: larger events may not be forwarded."""

TYPES = {
    AlertKind.MATCHED: "story.matched",
    AlertKind.UPDATED: "story.updated",
    AlertKind.CONFIRMED: "story.confirmed",
    AlertKind.CORRECTED: "story.corrected",
    AlertKind.RETRACTED: "story.retracted",
    AlertKind.MERGED: "story.merged",
}
DIGEST_TYPE = "digest.ready"
TEST_TYPE = "endpoint.test"
NOTICE_TYPE = "operator.notice"
CANARY_TYPE = "system.canary"


def story_event(message: Message, install_id: str) -> bytes:
    """The event of an alert. Lists are cut, and `data.truncated` says so, where it would be
    larger than the cap."""
    data = _data(message)
    event = envelope(
        id=message.delivery_id,
        type=TYPES[message.kind],
        subject=f"story/{message.story_id}",
        at=message.created_at,
        install_id=install_id,
        data=data,
    )
    event["sequence"] = str(message.revision)
    for shorten in _SHORTENINGS:
        if len(encoded := encode(event)) <= HARD_CAP:
            return encoded
        shorten(data)
        data["truncated"] = True
    return encode(event)


def digest_event(digest: Digest, install_id: str) -> bytes:
    """The event of a digest; stories are left out, and `data.truncated` says so, above the cap."""
    stories = [_digest_story(item) for item in digest.items]
    data = {
        "id": digest.digest_id,
        "reason": digest.reason,
        "title": digest.subject,
        "story_count": digest.story_count,
        "stories": stories,
        "truncated": digest.hidden_count > 0,
    }
    event = envelope(
        id=digest.delivery_id,
        type=DIGEST_TYPE,
        subject=f"digest/{digest.digest_id}",
        at=digest.created_at,
        install_id=install_id,
        data=data,
    )
    while len(encoded := encode(event)) > HARD_CAP and stories:
        stories.pop()
        data["truncated"] = True
    return encoded


def _digest_story(message: Message) -> dict[str, Any]:
    return {
        "alert": message.kind.value,
        "story": _story(message),
        "follows": _follows(message),
        "articles": [_article(line) for line in message.lines],
        "links": _links(message),
    }


def envelope(
    *, id: str, type: str, subject: str, at: datetime, install_id: str, data: dict[str, Any]
) -> dict[str, Any]:
    """The attributes around `data`; `timestamp` repeats `time` for Standard Webhooks."""
    time = stamp(at)
    return {
        "specversion": "1.0",
        "id": id,
        "source": f"urn:marsad:install:{install_id}",
        "type": type,
        "subject": subject,
        "time": time,
        "timestamp": time,
        "datacontenttype": "application/json",
        "dataschema": f"urn:marsad:schema:{type}:1",
        "data": data,
    }


def encode(event: dict[str, Any]) -> bytes:
    """The bytes that are stored, signed and sent."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def stamp(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, with `Z`."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _data(message: Message) -> dict[str, Any]:
    return {
        "story": _story(message),
        "follows": _follows(message),
        "articles": [_article(line) for line in message.lines],
        "rules": [_rule(why) for why in message.why],
        "links": _links(message),
        "truncated": message.hidden_count > 0,
    }


def _story(message: Message) -> dict[str, Any]:
    return {
        "id": message.story_id,
        "revision": message.revision,
        "title": _passage(message.headline),
        "former_title": message.former_title or None,
        "first_seen": stamp(message.first_seen_at),
        "last_seen": stamp(message.last_seen_at),
        "outlets": list(message.outlets),
        "article_count": message.report_count,
        "independent_outlets": message.independent_count,
        "confirmed_by": list(message.independents),
        "severity": message.severity.value,
        "note": message.note or None,
        "tags": [{"id": w.rule, "score": w.score, "why": list(dict.fromkeys(_surfaces(w)))} for w in message.why],
    }


def _links(message: Message) -> list[dict[str, str]]:
    return [{"rel": action.rel, "title": action.label, "href": action.url} for action in message.actions]


def _follows(message: Message) -> dict[str, Any] | None:
    former = message.follows
    if former is None:
        return None
    return {"id": former.story_id, "title": _passage(former.title), "last_seen": stamp(former.last_seen_at)}


def _surfaces(why: Why) -> list[str]:
    return [word.surface for point in why.points for word in point.words]


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "text": passage.text,
        "lang": passage.language,
        "dir": passage.direction,
        "marks": [list(mark) for mark in passage.marks],
    }


def _article(line: Line) -> dict[str, Any]:
    return {
        "id": line.article_id,
        "url": line.url or None,
        "outlet": line.outlet,
        "owner": line.owner,
        "title": line.title.text,
        "lang": line.title.language,
        "dir": direction(line.title.language),
        "published": stamp(line.published_at),
        "fetched": stamp(line.fetched_at),
        "wire_copy_of": line.copy_of or None,
        "withdrawn": stamp(line.withdrawn_at),
    }


def _rule(why: Why) -> dict[str, Any]:
    return {
        "id": why.rule,
        "name": why.title,
        "version": why.version,
        "verdict": why.verdict.value,
        "score": why.score,
        "threshold": why.threshold,
        "subtypes": list(why.subtypes),
        "article": why.article_id,
        "headline": _passage(why.headline),
        "sentence": _passage(why.sentence),
        "reasons": [_point(point) for point in why.points],
        "against": [_point(point) for point in why.against],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "path": point.path,
        "when": point.when,
        "add": point.add,
        "spans": [_span(word) for word in point.words],
    }


def _span(word: Word) -> dict[str, Any]:
    return {
        "field": word.field,
        "start": word.start,
        "end": word.end,
        "surface": word.surface,
        "slot": word.slot,
        "pattern": word.pattern,
        "lexicon": word.lexicon,
        "id": word.id,
    }


def _without_counterpoints(data: dict[str, Any]) -> None:
    for rule in data["rules"]:
        rule["against"] = []


def _fewer_spans(data: dict[str, Any]) -> None:
    for rule in data["rules"]:
        for reason in rule["reasons"]:
            del reason["spans"][2:]


def _fewer_articles(data: dict[str, Any]) -> None:
    del data["articles"][3:]


def _fewer_rules(data: dict[str, Any]) -> None:
    for rule in data["rules"]:
        del rule["reasons"][3:]
    del data["rules"][3:]
    del data["story"]["tags"][3:]
    del data["story"]["outlets"][20:]


def _nothing_more(_data: dict[str, Any]) -> None:
    """Ends the list: after the cuts above nothing unbounded is left."""


_SHORTENINGS: tuple[Callable[[dict[str, Any]], None], ...] = (
    _without_counterpoints,
    _fewer_spans,
    _fewer_articles,
    _fewer_rules,
    _nothing_more,
)
