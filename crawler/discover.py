"""What can be polled at an unknown site: its feeds, news sitemaps and listing page, tried and ranked.

address itself -> <link rel=alternate>, links that look like feeds -> robots.txt's sitemaps -> usual paths
each tried (at most REQUESTS, one after another) -> what it is, how fresh, in which language
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from lxml import etree
from protego import Protego

from crawler.extract.encoding import decode
from crawler.extract.language import detect_language
from crawler.extract.tree import parse
from crawler.feeds import Feed, parse_feed, parse_listing, parse_sitemap
from crawler.fetch import Fetched, Fetcher
from news.errors import FetchError, ParseError, SourceError
from news.outlet import SourceKind
from news.url import absolute, host_of

REQUESTS = 15
USUAL = ("/feed/", "/rss.xml", "/rss", "/sitemap-news.xml", "/news-sitemap.xml", "/sitemap.xml")
LISTED = 8
"""Article links that make a page a listing page."""
FRESH = timedelta(days=3)
MOST_LINKS = 6

_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_LOOKS = re.compile(r"(?:^|[/._=-])(?:rss\d?|feeds?|atom|rdf)(?:$|[/._?&-])", re.IGNORECASE)
_NOT_NEWS = re.compile(r"comment|podcast|/wp-json/|oembed", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One address that could be a source. `format` is rss, atom, json, rdf, sitemap or listing; `why`
    says how it was found and what speaks for or against it."""

    url: str
    kind: SourceKind
    format: str
    entries: int
    newest_at: datetime | None
    language: str
    why: str
    score: float
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found at a site, best first; `failed` are addresses tried in vain, with the reason."""

    url: str
    name: str
    language: str
    candidates: tuple[Candidate, ...]
    failed: tuple[tuple[str, str], ...] = ()
    requests: int = 0


@dataclass(slots=True)
class _Search:
    fetcher: Fetcher
    delay: timedelta
    now: datetime
    said: Callable[[str], None]
    requests: int = 0
    found: dict[str, Candidate] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)

    async def get(self, url: str) -> Fetched:
        if self.requests >= REQUESTS:
            raise FetchError(f"{url}: not tried: {REQUESTS} requests are enough", reason="enough")
        self.requests += 1
        self.said(url)
        return await self.fetcher.get(url, delay=self.delay)


async def discover(
    url: str, *, fetcher: Fetcher, delay: timedelta, now: datetime, said: Callable[[str], None]
) -> Discovery:
    """Look for sources at `url` and its site; `said` hears each address before it is asked. Raises
    FetchError if the address itself cannot be read."""
    search = _Search(fetcher, delay, now, said)
    search.tried.add(url)
    first = await search.get(url)
    if first.status >= 400:
        raise FetchError(f"{url}: answered {first.status}", reason=f"http_{first.status}")
    try:
        itself = _read(first)
    except ParseError as error:
        if error.reason != "not_a_feed":  # a web page is none, and that is no fault
            search.failed[url] = _why(error, first)
    else:
        _note(search, first, itself, "the address itself")
        return _answer(search, url, itself.title, "")
    text, _ = decode(first.body, declared=first.charset)
    try:
        root = parse(text, first.url)
    except ParseError as error:
        raise FetchError(f"{url}: neither a feed nor a web page", reason="not_a_page") from error
    await _try(search, _declared(root, first.url), "the page declares it")
    await _try(search, _linked(root, first.url), "the page links to it")
    await _try(search, await _sitemaps(search, first.url), "robots.txt names it")
    if len(search.found) < 2:
        origin = f"{urlsplit(first.url).scheme}://{urlsplit(first.url).netloc}"
        await _try(search, (origin + path for path in USUAL), "a usual address")
    language = str(root.get("lang") or "").partition("-")[0].lower()
    _listing(search, first, language)
    return _answer(search, url, _name(root), language)


def _answer(search: _Search, url: str, name: str, language: str) -> Discovery:
    ranked = sorted(search.found.values(), key=lambda c: -c.score)
    return Discovery(
        url=url,
        name=name,
        language=language or (ranked[0].language if ranked else ""),
        candidates=tuple(ranked),
        failed=tuple(search.failed.items()),
        requests=search.requests,
    )


async def _try(search: _Search, urls: Iterable[str], how: str) -> None:
    for url in list(urls):
        if url in search.tried:
            continue
        search.tried.add(url)
        try:
            answer = await search.get(url)
        except SourceError as error:
            if error.reason != "enough":
                search.failed[url] = error.reason
            continue
        if answer.status >= 300:
            search.failed[url] = f"answered {answer.status}"
            continue
        try:
            feed = _read(answer)
        except ParseError as error:
            search.failed[url] = _why(error, answer)
            await _one_level_down(search, answer, how)
            continue
        if feed.kind == "index":
            await _try(search, [entry.link for entry in feed.entries if "news" in entry.link.lower()][:2], how)
            _note(search, answer, feed, f"{how}; its newest sitemaps are read")
        else:
            _note(search, answer, feed, how)


async def _one_level_down(search: _Search, answer: Fetched, how: str) -> None:
    """`/rss` is at some outlets a page that links to the feeds."""
    if not _LOOKS.search(urlsplit(answer.url).path) or "page that lists" in how:
        return
    try:
        root = parse(decode(answer.body, declared=answer.charset)[0], answer.url)
    except ParseError:
        return
    await _try(search, _linked(root, answer.url), "a page that lists feeds links to it")


def _read(answer: Fetched) -> Feed:
    """The answer as a feed or sitemap. Raises ParseError: what keeps it from being either."""
    try:
        return parse_feed(answer.body, url=answer.url, charset=answer.charset)
    except ParseError:
        return parse_sitemap(answer.body, url=answer.url, charset=answer.charset)


def _why(error: ParseError, answer: Fetched) -> str:
    if error.reason == "not_a_feed":
        return "neither a feed nor a sitemap"
    return error.message.removeprefix(f"{answer.url}: ")


def _note(search: _Search, answer: Fetched, feed: Feed, how: str) -> None:
    times = [entry.published_at for entry in feed.entries if entry.published_at]
    newest = max(times, default=None)
    titles = ". ".join(entry.title for entry in feed.entries[:20] if entry.title)
    is_map = feed.kind in ("sitemap", "index")
    remarks = [how]
    score = {"index": 40.0, "sitemap": 45.0}.get(feed.kind, 60.0)
    if not feed.entries:
        score, remarks = score - 50, [*remarks, "it is empty"]
    elif newest is None:
        score, remarks = score - 10, [*remarks, "its entries bear no dates"]
    elif search.now - newest > FRESH:
        days = (search.now - newest).days
        score, remarks = score - 30, [*remarks, f"its newest entry is {days} days old"]
    if is_map and any(entry.title for entry in feed.entries):
        score, remarks = score + 10, [*remarks, "a news sitemap"]
    if _NOT_NEWS.search(answer.url):
        score, remarks = score - 40, [*remarks, "it looks like comments or audio"]
    score += min(len(feed.entries), 30) / 10 - len(urlsplit(answer.url).path) / 100
    candidate = Candidate(
        url=answer.url,
        kind=SourceKind.SITEMAP if is_map else SourceKind.FEED,
        format="sitemap index" if feed.kind == "index" else feed.kind,
        entries=len(feed.entries),
        newest_at=newest,
        language=detect_language(titles, ()) if titles else "und",
        why="; ".join(remarks),
        score=round(score, 1),
        title=feed.title,
    )
    _keep(search, candidate, feed.entries[0].link if feed.entries else answer.url)


def _keep(search: _Search, candidate: Candidate, key: str) -> None:
    """Two addresses that begin with the same article are one source: the better stays."""
    before = search.found.get(key)
    if before is None or candidate.score > before.score:
        search.found[key] = candidate


def _declared(root: etree._Element, base: str) -> Iterator[str]:
    found: dict[str, None] = {}
    for link in root.iter("link"):
        rel, kind = str(link.get("rel") or "").lower(), str(link.get("type") or "").lower()
        if "alternate" not in rel.split() or kind not in _TYPES or not link.get("href"):
            continue
        if url := absolute(base, str(link.get("href"))):
            found.setdefault(url)
    yield from sorted(found, key=lambda url: bool(_NOT_NEWS.search(url)))


def _linked(root: etree._Element, base: str) -> Iterator[str]:
    found: dict[str, None] = {}
    for anchor in root.iter("a"):
        url = absolute(base, str(anchor.get("href") or "")).partition("#")[0]
        if not url:
            continue
        own = host_of(url).endswith(host_of(base).split(".", 1)[-1])
        parts = urlsplit(url)
        if own and _LOOKS.search(f"{parts.path}?{parts.query}") and len(found) < MOST_LINKS:
            found.setdefault(url)
    yield from found


async def _sitemaps(search: _Search, base: str) -> list[str]:
    parts = urlsplit(base)
    try:
        answer = await search.get(f"{parts.scheme}://{parts.netloc}/robots.txt")
    except SourceError:
        return []
    if answer.status >= 300:
        return []
    named = list(dict.fromkeys(Protego.parse(answer.body.decode("utf-8", "replace")).sitemaps))
    named.sort(key=lambda url: "news" not in url.lower())
    return [url for name in named[:3] if (url := absolute(base, name))]


def _listing(search: _Search, answer: Fetched, language: str) -> None:
    try:
        feed = parse_listing(answer.body, url=answer.url, charset=answer.charset)
    except ParseError:
        return
    if len(feed.entries) < LISTED:
        return
    titles = ". ".join(entry.title for entry in feed.entries[:20])
    candidate = Candidate(
        url=answer.url,
        kind=SourceKind.LISTING,
        format="listing",
        entries=len(feed.entries),
        newest_at=None,
        language=detect_language(titles, (language,) if language else ()),
        why="the page itself links to articles; for want of a feed",
        score=20.0,
    )
    _keep(search, candidate, f"listing {answer.url}")


def _name(root: etree._Element) -> str:
    site = root.xpath("string(//meta[@property='og:site_name']/@content)")
    title = root.xpath("string(//title)")
    return " ".join(str(site or title).split())[:80]
