"""A briefing -> the event that webhooks carry: CloudEvents 1.0, schemas in alerts/schemas."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from typing import Any

from alerts.clean import clean, cut
from alerts.message import link
from news.alert import AlertKind
from news.briefing import Briefing, Report
from news.delivery import Delivery
from news.language import direction
from news.match import Excerpt, Match
from news.tag import Reason

SIZE_CAP = 64 * 1024
"""CloudEvents: receivers must accept 64 KiB."""
SCHEMA = "https://marsad.invalid/schemas/{type}.json"
_TYPES = {
    AlertKind.MATCHED: "story.matched",
    AlertKind.UPDATED: "story.updated",
    AlertKind.CORRECTED: "story.corrected",
}


def event_of(delivery: Delivery, briefing: Briefing, install_id: str) -> dict[str, Any]:
    """The event of a delivery; equal input gives equal output."""
    story = briefing.story
    event = _envelope(delivery.id, _TYPES[briefing.kind], delivery.created_at, install_id)
    event["subject"] = f"story/{story.id}"
    event["sequence"] = str(story.revision)
    event["data"] = {
        "story": {
            "id": story.id,
            "revision": story.revision,
            "title": _text(story.title, story.language),
            "former_title": clean(briefing.former_title) or None,
            "first_seen": _time(story.first_seen_at),
            "last_seen": _time(story.last_seen_at),
            "outlets": list(story.outlets),
            "independent_outlets": briefing.independent_count,
        },
        "articles": [_report(report) for report in briefing.reports],
        "article_count": briefing.report_count,
        "articles_left_out": briefing.report_count - len(briefing.reports),
        "rules": [_match(match, briefing) for match in briefing.matches],
        "in_reply_to": briefing.root.delivery_id if briefing.root else None,
    }
    return event


def test_event(install_id: str, now: datetime) -> dict[str, Any]:
    """A marked test message under an id of its own."""
    name = "msg_test" + base64.b32encode(os.urandom(10)).decode().lower()
    event = _envelope(name, "endpoint.test", now, install_id)
    event["subject"] = "test"
    event["data"] = {"text": "This is a test message from Marsad. Nothing has happened."}
    return event


def _envelope(event_id: str, kind: str, at: datetime, install_id: str) -> dict[str, Any]:
    time = _time(at)
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"urn:marsad:install:{install_id}",
        "type": kind,
        "time": time,
        "timestamp": time,
        "datacontenttype": "application/json",
        "dataschema": SCHEMA.format(type=kind),
    }


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _text(text: str, language: str) -> dict[str, str]:
    return {"text": cut(clean(text), 500), "lang": language, "dir": direction(language)}


def _report(report: Report) -> dict[str, Any]:
    return {
        "id": report.article_id,
        "url": link(report.url),
        "outlet": clean(report.outlet),
        "owner": report.owner,
        "title": _text(report.title, report.language),
        "published": _time(report.published_at) if report.published_at else None,
        "fetched": _time(report.fetched_at),
        "wire_copy_of": report.copy_of or None,
    }


def _match(match: Match, briefing: Briefing) -> dict[str, Any]:
    tag = match.tag
    return {
        "id": tag.rule,
        "name": clean(briefing.rule_titles.get(tag.rule, tag.rule)),
        "version": tag.rule_version,
        "verdict": tag.verdict.value,
        "score": tag.score,
        "threshold": tag.threshold,
        "article": match.article_id,
        "subtypes": list(tag.subtypes),
        "actors": list(tag.actors),
        "themes": list(tag.themes),
        "headline": _excerpt(match.headline),
        "sentence": _excerpt(match.sentence),
        "reasons": [_reason(reason) for reason in (*tag.reasons, *tag.against)],
    }


def _excerpt(excerpt: Excerpt) -> dict[str, Any]:
    """`marks` count code points of `text`, which is given as it was published."""
    return {
        "text": excerpt.text.encode("utf-8", "replace").decode(),
        "lang": excerpt.language,
        "dir": direction(excerpt.language),
        "marks": [list(mark) for mark in excerpt.marks],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    names = ("slot", "field", "start", "end", "surface", "id")
    return {
        "path": reason.path,
        "when": reason.when,
        "add": reason.add,
        "spans": [{name: getattr(span, name) for name in names} for span in reason.spans[:6]],
    }
