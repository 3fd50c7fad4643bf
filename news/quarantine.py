"""A page that can never succeed as it is, kept with its bytes for another try by better means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedPage:
    """`raw` is the answer's body as it came (empty if no longer kept), `charset` what its header said;
    `link`, `title` and `published_at` are the list's word for it."""

    url: str
    source: str
    reason: str
    detail: str
    at: datetime
    run_id: str = ""
    link: str = ""
    title: str = ""
    published_at: datetime | None = None
    entry_hash: str = ""
    charset: str = ""
    raw: bytes = b""
