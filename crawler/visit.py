"""One visit of one source, from conditional request to the last article page.

source -get-> 304 | same body         -> only what is still owed is read
              200 -read-> entries -known?-> pages still to read, oldest first
page   -get-> -extract-> Article | Rejection | owed (tried again next time)
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crawler.extract.page import Extracted
from crawler.extract.pool import ExtractionPool
from crawler.feeds import Entry
from crawler.feeds.syndication import plain
from crawler.fetch import SLOW_DOWN, Fetched, Fetcher
from crawler.hubs import offer_of
from crawler.rereading import following, missed
from crawler.spiders import READERS
from crawler.validators import conditions, lied
from crawler.wanted import Wanted, owed, pending, published
from news.article import Article, Rejection, Withdrawal
from news.clock import Clock
from news.counting import counted
from news.errors import FetchError, ParseError, SourceError
from news.hub import Offer
from news.outlet import Cursor, Move, PendingPage, Reread, Source, SourceState
from news.quarantine import QuarantinedPage
from news.run import RunOutcome
from news.url import canonical_url, identity, is_front_page
from news.visit import EntryHashes, Find, Note, VisitEnd

UNCONDITIONAL_EVERY = timedelta(hours=24)
"""Some feeds keep a validator although they changed: ask without one now and then."""
DISTRUST = timedelta(days=7)
"""After a validator was caught lying, none is sent for so long; the body's hash still spares work."""
MOVED = 3
"""Permanent redirects in a row to one address until we ask there at once."""
TRIES = 8
"""A page that fails so often is given up, and said so."""
LEAST_FEED_TEXT = 400
"""A feed's own text stands in for a page that has none from this length on."""
MOST_LISTED = 1000
"""Entries of one list that are looked at, the newest: the limit of news sitemaps, and days of any outlet. A sitemap
of all that was ever published would have its archive read for weeks."""
REFUSALS = frozenset({401, 402, 403, 406, 451})
_LASTING = frozenset({"robots", "guarded", "bad_url"})


@dataclass(slots=True)
class Tally:
    """What a visit has done so far."""

    requests: int = 0
    received_bytes: int = 0
    owed: list[PendingPage] = field(default_factory=list)
    hold_until: datetime | None = None
    format: str = ""
    offer: Offer | None = None
    arrivals: list[datetime] = field(default_factory=list)
    newest_entry_at: datetime | None = None
    more: bool = False
    read: int = 0
    textless: int = 0
    refused: int = 0
    reread: list[str] = field(default_factory=list)
    reread_again: list[Reread] = field(default_factory=list)


class Visit:
    """The course of one visit. Iterate `finds()` once."""

    def __init__(
        self,
        source: Source,
        state: SourceState,
        *,
        fetcher: Fetcher,
        pool: ExtractionPool,
        clock: Clock,
        known: EntryHashes,
        note: Note,
        limit: int,
    ) -> None:
        self._source, self._state = source, state
        self._fetcher, self._pool, self._clock = fetcher, pool, clock
        self._known, self._note = known, note
        self._limit = limit or source.limit
        self._tally = Tally()
        self._cursor = state.cursor
        self._moved = state.moved
        self._asked_to_stop = False

    async def finds(self) -> AsyncGenerator[Find | VisitEnd, None]:
        """Each page's find, then the VisitEnd. Raises nothing but cancellation."""
        listed = known = 0
        outcome, error, reason = RunOutcome.OK, "", ""
        begun = self._clock.monotonic()
        wanted = sorted(map(owed, self._state.pending), key=published, reverse=True)
        try:
            # Where a visit is one request, what is owed would never be read behind the list.
            is_backlogs = bool(wanted) and self._fetcher.is_slow(self._source.url)
            entries = None if is_backlogs else await self._entries()
            if entries is None:
                outcome = RunOutcome.NOT_MODIFIED
            else:
                fresh, known = await self._unknown(entries, {w.url for w in wanted})
                self._watch(entries, fresh)
                listed = len(entries)
                # News before backlog; but a quarter of a visit is always the backlog's.
                room = self._limit - min(len(wanted), self._limit // 4)
                wanted = [*fresh[:room], *wanted, *fresh[room:]]
                outcome = RunOutcome.OK if entries else RunOutcome.EMPTY
        except SourceError as failure:
            outcome, error, reason = RunOutcome.FAILED, str(failure), failure.reason
            self._tally.hold_until = self._fetcher.held_until(self._source.url) or self._tally.hold_until
            self._note("warning", "fetch.failed", reason=failure.reason, error=failure.message)
        if outcome is RunOutcome.FAILED:
            # The outlet is not itself now: what is owed stays owed, and no try is counted.
            self._tally.owed += self._state.pending
            wanted = []
        self._postpone(wanted[self._limit :])
        for at, page in enumerate(wanted[: self._limit]):
            if self._asked_to_stop:
                self._wait(wanted[at : self._limit], "the outlet asked us to slow down")
                break
            spent = self._clock.monotonic() - begun
            if at and spent * (at + 1) / at > self._source.interval.total_seconds():
                # The list is due before the next page is read: what has been published since matters more.
                self._wait(wanted[at : self._limit], "the list was due again")
                self._tally.more = True
                break
            find = await self._page(page)
            if find is not None:
                yield find
        if outcome is not RunOutcome.FAILED:
            for item in self._state.rereads:
                if self._asked_to_stop:
                    break
                again = await self._again_read(item)
                if again is not None:
                    yield again
        if self._tally.owed and outcome is not RunOutcome.FAILED:
            outcome = RunOutcome.PARTIAL
            first = self._tally.owed[0]
            pages = counted(len(self._tally.owed), "page")
            error = error or (
                f"{self._source.id}: {pages} could not be read yet ({first.reason}); tried again at the next visit"
            )
        yield VisitEnd(
            outcome=outcome,
            cursor=self._cursor,
            listed=listed,
            known=known,
            pending=tuple(self._tally.owed),
            hold_until=self._tally.hold_until,
            error=error,
            reason=reason,
            requests=self._tally.requests,
            received_bytes=self._tally.received_bytes,
            format=self._tally.format,
            arrivals=tuple(self._tally.arrivals),
            newest_entry_at=self._tally.newest_entry_at,
            read=self._tally.read,
            textless=self._tally.textless,
            refused=self._tally.refused,
            moved=self._moved,
            more=self._tally.more,
            offer=self._tally.offer,
            reread=tuple(self._tally.reread),
            reread_again=tuple(self._tally.reread_again),
        )

    def _watch(self, entries: Sequence[Entry], fresh: Sequence[Wanted]) -> None:
        """Note when entries appeared: by their own word, else now."""
        now = self._clock.now()
        self._tally.arrivals = [min(w.published_at or now, now) for w in fresh]
        times = [min(e.published_at, now) for e in entries if e.published_at]
        self._tally.newest_entry_at = max(times, default=None)

    # -- the source -------------------------------------------------------------

    async def _entries(self) -> Sequence[Entry] | None:
        """What the source lists, or None if it is as it was. Raises SourceError."""
        now, before = self._clock.now(), self._state.cursor
        asked = f"{self._source.kind.value} {self._source.url} {self._source.links}".strip()
        if before.asked and before.asked != asked:
            before = Cursor()  # of another address, or read in another way
        last = before.unconditional_at
        lies = before.lied_at is not None and now - before.lied_at < DISTRUST
        conditional = last is not None and now - last < UNCONDITIONAL_EVERY and not lies
        answer = await self._ask(conditions(before) if conditional else {})
        self._cursor = replace(before, polled_at=now)
        if answer.status == 304 and conditional:
            self._note("debug", "fetch.not_modified")
            return None
        self._refuse_failure(answer)
        body_hash = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
        cursor = Cursor(
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            body_hash=body_hash,
            polled_at=now,
            unconditional_at=before.unconditional_at if conditional else now,
            lied_at=before.lied_at if lies else None,
            asked=asked,
        )
        if body_hash == before.body_hash:
            self._cursor = cursor
            self._note("debug", "fetch.same_body")
            return None
        if not conditional and not lies and lied(before, cursor):
            self._note("warning", "validators.lied", etag=cursor.etag, last_modified=cursor.last_modified)
            cursor = replace(cursor, lied_at=now)
        feed = await READERS[self._source.kind](answer, self._source, self._get)
        # An index that stays the same says nothing of the sitemaps that it names.
        self._cursor = cursor if feed.kind != "index" else Cursor(polled_at=now)
        self._tally.format = feed.kind
        self._tally.offer = offer_of(feed.links, answer.headers, answer.url)
        if len(feed.entries) > MOST_LISTED:
            self._note("info", "list.cut_short", listed=len(feed.entries), newest=MOST_LISTED)
        return feed.entries[:MOST_LISTED]

    async def _ask(self, validators: Mapping[str, str]) -> Fetched:
        """The source's answer, from where it moved for good. A broken one to a conditional request (a
        304 with a body breaks the connection it comes on) is asked for again without conditions."""
        before, origin = self._state.moved, self._source.url
        followed = before.origin == origin and before.count >= MOVED
        url = before.target if followed else origin
        try:
            answer = await self._get(url, validators)
        except FetchError as failure:
            if followed:
                self._moved = Move()
            if failure.reason != "broken" or not validators:
                raise
            self._note("warning", "fetch.repeated", reason=failure.reason)
            return await self._get(url, {})
        if followed:
            # A new home that is gone was none: ask at the old address next time.
            self._moved = Move() if answer.status >= 400 else before
        else:
            self._moved = self._move(answer.moved_to if answer.status < 400 else "")
        return answer

    def _move(self, target: str) -> Move:
        before, origin = self._state.moved, self._source.url
        if not target:
            return Move()
        count = before.count + 1 if (before.origin, before.target) == (origin, target) else 1
        if count == MOVED:
            self._note("warning", "source.moved", to=target, hint="the configured address should be changed")
        return Move(origin=origin, target=target, count=count)

    def _refuse_failure(self, answer: Fetched) -> None:
        if answer.status < 300:
            return
        self._tally.hold_until = answer.hold_until(self._clock.now())
        hint = ""
        if self._tally.hold_until is not None:
            hint = f"It asks not to be visited before {self._tally.hold_until:%H:%M:%S} UTC"
        raise FetchError(
            f"{self._source.id}: the outlet answered {answer.status} to {self._source.url}; nothing was lost",
            reason="gone" if answer.status == 410 else f"http_{answer.status}",
            hint=hint,
        )

    async def _unknown(self, entries: Sequence[Entry], waiting: set[str]) -> tuple[list[Wanted], int]:
        """Entries whose pages are to be read, oldest first, and how many are known unchanged."""
        listed: dict[str, Entry] = {}
        for entry in entries:
            try:
                listed.setdefault(canonical_url(entry.link), entry)
            except ValueError:
                self._note("warning", "entry.unusable", link=entry.link[:200])
        hashes: Mapping[str, str] = await self._known(list(listed))
        wanted = [
            Wanted(
                url=url,
                link=entry.link,
                hash=entry.hash,
                title=entry.title,
                published_at=entry.published_at,
                content_html=entry.content_html,
            )
            for url, entry in listed.items()
            if hashes.get(url) != entry.hash and url not in waiting
        ]
        # Feeds list the newest first: their reverse is the order of publication where no time is given.
        wanted.reverse()
        wanted.sort(key=published)
        unchanged = sum(1 for url, entry in listed.items() if hashes.get(url) == entry.hash)
        # The newest matter most: what is over the limit waits, oldest first.
        return (wanted[-self._limit :] + wanted[: -self._limit] if len(wanted) > self._limit else wanted), unchanged

    def _wait(self, pages: Sequence[Wanted], reason: str) -> None:
        """Owe pages to the next visit, without counting a try."""
        self._note("info", "visit.cut_short", owed=len(pages), reason=reason)
        for page in pages:
            self._tally.owed.append(pending(page, reason, page.attempt_count))

    def _postpone(self, pages: Sequence[Wanted]) -> None:
        for page in pages:
            self._tally.owed.append(pending(page, "over the limit of one visit", page.attempt_count))

    # -- pages ------------------------------------------------------------------

    async def _page(self, page: Wanted) -> Find | None:
        """The page's find, or None if it is owed."""
        try:
            answer = await self._get(page.link, {})
        except FetchError as failure:
            if failure.reason in _LASTING:
                self._tally.refused += 1
                return self._rejected(page, failure.reason, failure.message, quarantined=False)
            if failure.reason == "held":
                self._asked_to_stop = True
                self._tally.hold_until = self._fetcher.held_until(page.link) or self._tally.hold_until
                self._wait([page], "the outlet asked us to slow down")
                return None
            return self._again(page, failure.reason, failure.message)
        if answer.status in (404, 410):
            return self._rejected(page, "gone", f"{page.link} answered {answer.status}", quarantined=False)
        if answer.status in REFUSALS:
            self._tally.refused += 1
        if answer.status >= 500 or answer.status in (408, 425, 429):
            self._tally.hold_until = answer.hold_until(self._clock.now()) or self._tally.hold_until
            if answer.status in SLOW_DOWN:
                self._asked_to_stop = True
                if answer.status == 429:
                    self._wait([page], "the outlet asked us to slow down")
                    return None
            return self._again(page, f"http_{answer.status}", f"{page.link} answered {answer.status}")
        if answer.status >= 300:
            detail = f"{page.link} answered {answer.status}"
            return self._rejected(page, f"http_{answer.status}", detail, quarantined=False)
        if is_front_page(answer.url) and not is_front_page(page.link):
            detail = f"{page.link} leads to {answer.url}, which is no article"
            return self._rejected(page, "gone", detail, quarantined=False)
        return await self._extracted(page, answer)

    async def _again_read(self, item: Reread) -> Find | None:
        """Read a known page again: the article as it is now, its withdrawal, or nothing to say."""
        now = self._clock.now()
        page = Wanted(url=item.url, link=item.link, hash=item.entry_hash)
        self._tally.reread.append(item.url)
        try:
            answer = await self._get(item.link, {})
        except FetchError as failure:
            self._note("debug", "page.unread", url=item.url, reason=failure.reason)
            self._read_later(following(item, now))
            return None
        status = 404 if is_front_page(answer.url) and not is_front_page(item.link) else answer.status
        if status in (404, 410):
            found = missed(item, status, now)
            if isinstance(found, Withdrawal):
                self._note("warning", "article.withdrawn", url=item.url, status=status)
                return found
            self._note("info", "article.missing", url=item.url, status=status)
            self._read_later(found)
            return None
        self._read_later(following(item, now))
        if answer.status >= 300:
            return None
        try:
            return self._article(page, await self._read(page, answer), answer.url)
        except ParseError as failure:
            # What was once an article stays one: an outlet's bad minute overwrites nothing.
            self._note("debug", "page.unread", url=item.url, reason=failure.reason)
            return None

    def _read_later(self, item: Reread | None) -> None:
        if item is not None:
            self._tally.reread_again.append(item)

    async def _read(self, page: Wanted, answer: Fetched) -> Extracted:
        outlet = self._source.outlet
        return await self._pool.extract(
            answer.body,
            url=page.link,
            headers_charset=answer.charset,
            profile=outlet.profile,
            candidates=self._source.languages,
            zone=outlet.zone,
            encoding=outlet.encoding,
            now=self._clock.now(),
        )

    async def _extracted(self, page: Wanted, answer: Fetched) -> Find:
        try:
            found = await self._read(page, answer)
        except ParseError as failure:
            text = plain(page.content_html)
            if len(text) >= LEAST_FEED_TEXT and page.title:
                return self._article(page, _from_feed(page, text, self._source.languages))
            self._tally.textless += 1
            return self._rejected(page, failure.reason, failure.message, quarantined=True, answer=answer)
        return self._article(page, found, answer.url)

    def _article(self, page: Wanted, found: Extracted, landed: str = "") -> Article:
        self._tally.read += 1
        self._note("debug", "article.parsed", url=page.url, method=found.method, language=found.language)
        url = identity(page.url, found.canonical, landed)
        return Article(
            url=url,
            aliases=(page.url,) if url != page.url else (),
            link=page.link,
            outlet=self._source.outlet.id,
            outlet_name=self._source.outlet.name,
            source=self._source.id,
            title=found.title,
            text=found.text,
            language=found.language,
            fetched_at=self._clock.now(),
            published_at=_published(page, found),
            modified_at=found.modified_at,
            authors=found.authors,
            agency=found.agency,
            method=found.method,
            entry_hash=page.hash,
        )

    def _again(self, page: Wanted, reason: str, detail: str) -> Rejection | None:
        tries = page.attempt_count + 1
        if tries >= TRIES:
            return self._rejected(page, "unreachable", f"{detail}; given up after {tries} tries", quarantined=False)
        self._note("warning", "page.postponed", url=page.url, reason=reason, tries=tries)
        self._tally.owed.append(pending(page, reason, tries))
        return None

    def _rejected(
        self, page: Wanted, reason: str, detail: str, *, quarantined: bool, answer: Fetched | None = None
    ) -> Rejection:
        event = "article.quarantined" if quarantined else "article.rejected"
        self._note("warning", event, url=page.url, reason=reason, detail=detail)
        return Rejection(
            url=page.url,
            reason=reason,
            detail=detail,
            quarantined=quarantined,
            entry_hash=page.hash,
            fetched_at=self._clock.now(),
            link=page.link,
            title=page.title,
            published_at=page.published_at,
            raw=answer.body if answer else b"",
            charset=answer.charset if answer else "",
        )

    async def again(self, page: QuarantinedPage) -> Find:
        """Read a kept page once more, as it was answered then."""
        headers = {"content-type": f"text/html; charset={page.charset}"} if page.charset else {}
        answer = Fetched(url=page.link or page.url, status=200, headers=headers, body=page.raw)
        wanted = Wanted(
            url=page.url,
            link=page.link or page.url,
            hash=page.entry_hash,
            title=page.title,
            published_at=page.published_at,
        )
        return await self._extracted(wanted, answer)

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        self._tally.requests += 1
        answer = await self._fetcher.get(url, delay=self._source.delay, headers=headers)
        self._tally.received_bytes += len(answer.body)
        return answer


def _published(page: Wanted, found: Extracted) -> datetime | None:
    """By the article's own page, unless that knows it to one day only and what lists it knows better."""
    if found.approximate and page.published_at:
        return page.published_at
    return found.published_at or page.published_at


def _from_feed(page: Wanted, text: str, languages: Sequence[str]) -> Extracted:
    from crawler.extract.language import detect_language

    language = detect_language(f"{page.title}. {text}", languages)
    return Extracted(title=page.title, text=text, language=language, method="feed")
