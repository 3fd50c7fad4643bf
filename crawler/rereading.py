"""Reading an article's page again: when next, and when it counts as withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from news.article import Withdrawal
from news.outlet import Reread

GAPS = (timedelta(hours=5), timedelta(hours=18), timedelta(hours=48))
"""After the first hour: the day it was written, the next day, and two days on. Most edits of news
come within hours; the last look is for what was quietly taken away."""

MISSING_FOR = timedelta(hours=1)
"""A page must be missing twice, this far apart: deployments and caches lose pages for minutes."""


def following(item: Reread, now: datetime) -> Reread | None:
    """The next re-reading after one that found the page, or None after the last."""
    if item.step >= len(GAPS):
        return None
    return replace(item, step=item.step + 1, due_at=now + GAPS[item.step], missing_at=None)


def missed(item: Reread, status: int, now: datetime) -> Reread | Withdrawal:
    """What a page that answered 404 or 410 comes to."""
    if item.missing_at is None:
        return replace(item, missing_at=now, due_at=now + MISSING_FOR)
    if now - item.missing_at < MISSING_FOR:
        return replace(item, due_at=item.missing_at + MISSING_FOR)
    detail = f"the page answered {status} twice, first at {item.missing_at:%Y-%m-%d %H:%M} UTC: withdrawn"
    return Withdrawal(url=item.url, missing_at=item.missing_at, withdrawn_at=now, detail=detail)
