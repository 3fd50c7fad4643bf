"""One entry of a feed, sitemap or listing, and the whole of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`link` is absolute. `summary` is plain text. `stated` is the raw change date, part of the
    hash: two polls of an unchanged entry hash alike."""

    link: str
    title: str = ""
    guid: str = ""
    summary: str = ""
    content_html: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    stated: str = ""
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        parts = "\x1f".join((self.title, self.summary, self.content_html, self.stated))
        digest = hashlib.blake2b(parts.encode("utf-8", "replace"), digest_size=10).hexdigest()
        object.__setattr__(self, "hash", digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`kind` is rss, atom, rdf, json, sitemap, index or listing. Of an index, entries are
    further sitemaps. `links` are its own (rel, address), as far as a hub needs them: hub and self."""

    entries: tuple[Entry, ...]
    kind: str
    title: str = ""
    links: tuple[tuple[str, str], ...] = ()
