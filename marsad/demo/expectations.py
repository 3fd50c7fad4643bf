"""What must have been delivered, once each; and what must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from marsad.demo.receivers import MailSink, WebhookSink

MEMORANDUM = 5
"""Reports of the model event: English, its copy, Arabic, Sorani, Kurmanji."""


def problems(hook: WebhookSink, mail: MailSink) -> list[str]:
    """Sentences about what is missing, repeated or unwanted; empty if all is as it should be."""
    found: list[str] = []
    for name, times in (*hook.times.items(), *mail.times.items()):
        if times != 1:
            found.append(f"{name} was delivered {times} times")
    if hook.bad:
        found.append(f"{hook.bad} webhooks were signed wrongly")
    found += _stories(hook.events)
    if len(mail.mails) != len(hook.events):
        found.append(f"{len(mail.mails)} mails, but {len(hook.events)} webhooks")
    return found


def _stories(events: Mapping[str, dict[str, Any]]) -> list[str]:
    found: list[str] = []
    first = [e for e in events.values() if e["type"] == "story.matched"]
    per_story = Counter(e["subject"] for e in first)
    found += [f"{story} has {n} first alerts" for story, n in per_story.items() if n > 1]
    for event in first:
        titles = [article["title"] for article in event["data"]["articles"]]
        if any("football" in title for title in titles):
            found.append("the look-alike (football federations) was alerted")
    model = [e for e in first if _has(e, "memorandum")]
    if len(model) != 1:
        found.append(f"the model event has {len(model)} first alerts, not 1")
    for event in model:
        count = len(event["data"]["articles"])
        if count != MEMORANDUM:
            found.append(f"the model story has {count} reports in its alert, not {MEMORANDUM}")
    border = [e for e in first if _has(e, "Tirkiye")]
    if len(border) != 1:
        found.append(f"the border agreement has {len(border)} first alerts, not 1")
    if len(first) != 2:
        found.append(f"{len(first)} stories were alerted, not 2")
    corrected = [e for e in events.values() if e["type"] == "story.corrected"]
    if len(corrected) != 1:
        found.append(f"{len(corrected)} corrections were told, not 1")
    return found


def _has(event: dict[str, Any], word: str) -> bool:
    return any(word in article["title"] for article in event["data"]["articles"])
