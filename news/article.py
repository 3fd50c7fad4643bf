"""An article as an outlet published it, and what became of it in the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as read from the outlet.

    `url` is canonical (the identity), `link` as the outlet gave it (what people open); `text` is
    paragraphs separated by blank lines, joiners (U+200C) kept; times are aware UTC; `method` says
    how the body was found (`profile:<id>`, `generic`, `data`, `feed`); `entry_hash` fingerprints what
    the feed said, so that an edit there is noticed without fetching the page; `agency` is the
    credited news agency, if any. `aliases` are further canonical URLs under which it is listed;
    `withdrawn_at` is when the outlet was seen to have taken it away.
    """

    url: str
    link: str
    outlet: str
    source: str
    title: str
    text: str
    language: str
    fetched_at: datetime
    published_at: datetime | None = None
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()
    agency: str = ""
    method: str = ""
    entry_hash: str = ""
    outlet_name: str = ""
    aliases: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """An article whose page the outlet took away: found missing (404 or 410) twice, an hour apart."""

    url: str
    missing_at: datetime
    withdrawn_at: datetime
    detail: str


class Disposition(StrEnum):
    """Where a fetched article ended; every one ends in exactly one of these, and is counted."""

    NEW = "new"
    REVISION = "revision"
    REPEAT = "repeat"
    COPY = "copy"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A fetched page that gave no article. `reason` is a stable word, `detail` a sentence.

    `quarantined` means that it can never succeed as it is (no text, not a page); the URL is
    remembered and not fetched again until its feed entry changes. Then `raw` is what was read, for
    another try; `link`, `title` and `published_at` are the list's word for it.
    """

    url: str
    reason: str
    detail: str
    quarantined: bool
    entry_hash: str = ""
    fetched_at: datetime | None = None
    link: str = ""
    title: str = ""
    published_at: datetime | None = None
    raw: bytes = b""
    charset: str = ""
