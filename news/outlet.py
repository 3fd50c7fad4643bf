"""Outlets (who publishes) and sources (one address we poll), and what we remember of a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from news.health import Health


class SourceKind(StrEnum):
    """How new articles are found at a source's address."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Who publishes. `owner` groups outlets of one house: they never confirm one another."""

    id: str
    name: str
    homepage: str = ""
    country: str = ""
    owner: str = ""
    zone: str = "UTC"
    encoding: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One address that is polled. `id` is `outlet/edition`, unique.

    `languages` are the candidates of language detection, most likely first.
    `interval` is the time between polls for an article every so often; a busier or quieter source is
    polled more or less often, between `fastest` and `slowest` (both None: always `interval`). `cron`
    replaces all three (five fields, in the outlet's zone).
    `backfill` alerts on what the very first visit finds, which is otherwise only recorded.
    """

    id: str
    outlet: Outlet
    url: str
    kind: SourceKind = SourceKind.FEED
    languages: tuple[str, ...] = ()
    interval: timedelta = timedelta(minutes=10)
    fastest: timedelta | None = None
    slowest: timedelta | None = None
    cron: str = ""
    enabled: bool = True
    delay: timedelta = timedelta(seconds=1)
    limit: int = 50
    backfill: bool = False
    links: str = ""


UNTIMED = timedelta(days=36500)
"""How far ahead a cron-timed source falls due by itself: its times come from the clockwork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What a source told us last, for the next conditional request.

    Saved only in the same commit as the articles it stands for: a cursor saved earlier turns a
    crash into a silent loss, since the next poll is answered 304. `lied_at`: when a validator was
    caught unchanged although the body had changed; `asked`: the source's kind, address and selector.
    """

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    polled_at: datetime | None = None
    unconditional_at: datetime | None = None
    lied_at: datetime | None = None
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPage:
    """An article page that could not be read yet; tried again at the source's next visits."""

    url: str
    reason: str
    attempt_count: int
    entry_hash: str = ""
    entry: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`origin` was answered `count` times in a row by permanent redirects to `target`."""

    origin: str = ""
    target: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a source publishes, learnt up to `at`: entries and hours watched, by hour of the day and
    by day of the week (Monday first), all UTC, older ones counting less."""

    at: datetime | None = None
    hours: tuple[float, ...] = (0.0,) * 24
    hours_watched: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    days_watched: tuple[float, ...] = (0.0,) * 7


FIRST_REREAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """An article whose page is to be read again: edits and withdrawals show only there.

    `step` counts the readings so far; `missing_at` is when the page was first found gone.
    """

    url: str
    link: str
    due_at: datetime
    step: int = 0
    missing_at: datetime | None = None
    entry_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A source's life so far. `first_visit` is true until one visit has been committed.

    `newest_entry_at` is the latest time its own list gives, `last_new_at` when we last found an
    article we did not know; `textless` and `refused` count pages in a row that gave no text or
    were refused to us. `rereads` are those due.
    """

    cursor: Cursor = Cursor()
    first_visit: bool = True
    failure_count: int = 0
    due_at: datetime | None = None
    hold_until: datetime | None = None
    last_success_at: datetime | None = None
    newest_article_at: datetime | None = None
    last_outcome: str = ""
    last_error: str = ""
    pending: tuple[PendingPage, ...] = ()
    rereads: tuple[Reread, ...] = ()
    health: Health = Health()
    rhythm: Rhythm = Rhythm()
    moved: Move = Move()
    format: str = ""
    newest_entry_at: datetime | None = None
    last_new_at: datetime | None = None
    textless: int = 0
    refused: int = 0
