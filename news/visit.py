"""What a crawler hands over while it visits a source."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from news.article import Article, Rejection, Withdrawal
from news.hub import Offer
from news.outlet import Cursor, Move, PendingPage, Reread, Source, SourceState
from news.run import RunOutcome

Find = Article | Rejection | Withdrawal
"""One fetched page: an article, why it is none, or that it is no more."""

EntryHashes = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
"""Asks the archive: canonical URL -> entry hash last filed, for those it knows."""

Note = Callable[..., None]
"""Writes a line of the run's log: note(level, event, **facts)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnd:
    """How a visit ended; comes last, exactly once. `cursor` is to be saved with the last chunk.

    `listed` entries, of which `known` were unchanged; `pending` pages are still owed (they replace the
    former list); `hold_until` is the outlet's own wish (Retry-After). `arrivals` are the times of entries
    not known before (as far as they say), `newest_entry_at` the latest of all. Of the pages, `read` gave
    an article, `textless` nothing readable, `refused` a refusal. `more` means that it was cut short
    because the list was due again. `offer` is the hub that the list names. `reread` are URLs whose re-
    reading was due and is done, `reread_again` those among them that are to be read once more.
    """

    outcome: RunOutcome
    cursor: Cursor
    listed: int = 0
    known: int = 0
    pending: tuple[PendingPage, ...] = ()
    hold_until: datetime | None = None
    error: str = ""
    reason: str = ""
    requests: int = 0
    received_bytes: int = 0
    format: str = ""
    arrivals: tuple[datetime, ...] = ()
    newest_entry_at: datetime | None = None
    read: int = 0
    textless: int = 0
    refused: int = 0
    moved: Move = Move()
    more: bool = False
    offer: Offer | None = None
    reread: tuple[str, ...] = ()
    reread_again: tuple[Reread, ...] = ()


class Crawl(Protocol):
    """Visits sources over the network. One visit at a time per host; many hosts at once."""

    def visit(
        self, source: Source, state: SourceState, *, known: EntryHashes, note: Note, limit: int = 0
    ) -> AsyncIterator[Find | VisitEnd]:
        """Yield each fetched page's find as it is read, then one VisitEnd. Raises nothing but
        cancellation: every failure of the outlet is in the VisitEnd."""
        ...

    def rest_until(self, url: str) -> datetime | None:
        """Until when the host of an address is to be left alone, as far as its visits found out: it said so
        (Retry-After), or its robots.txt wants a pause after each request (Crawl-delay). None if it may be asked."""
        ...
