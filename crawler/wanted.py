"""The pages a visit is to read: new ones from the list, and those that earlier visits owe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from news.outlet import PendingPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page to be read. `url` is canonical, `link` the outlet's own form."""

    url: str
    link: str
    hash: str
    title: str = ""
    published_at: datetime | None = None
    attempt_count: int = 0
    content_html: str = ""


def published(page: Wanted) -> datetime:
    """When it says it appeared, for ordering; long ago if it does not say."""
    return page.published_at or datetime(1970, 1, 1, tzinfo=UTC)


def pending(page: Wanted, reason: str, tries: int) -> PendingPage:
    """The page as it is owed to the next visit."""
    published = page.published_at.isoformat() if page.published_at else ""
    entry = {"link": page.link, "title": page.title, "published": published}
    return PendingPage(url=page.url, reason=reason, attempt_count=tries, entry_hash=page.hash, entry=entry)


def owed(page: PendingPage) -> Wanted:
    """An owed page as it is to be read."""
    published = page.entry.get("published", "")
    return Wanted(
        url=page.url,
        link=page.entry.get("link", page.url),
        hash=page.entry_hash,
        title=page.entry.get("title", ""),
        published_at=datetime.fromisoformat(published) if published else None,
        attempt_count=page.attempt_count,
    )


__all__ = ["Wanted", "owed", "pending", "published"]
