"""Sitemaps: of an index, the few sitemaps where news stands are read too."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from urllib.parse import urlsplit

from crawler.feeds import Entry, Feed, parse_sitemap
from crawler.fetch import Fetched
from crawler.spiders.parsing import parsed
from news.errors import FetchError, SourceError
from news.outlet import Outlet, Source

CHILDREN = 2
"""Sitemaps read of an index."""
TRIED = 4
"""One that fails is made up for by the next."""
DEEPEST = 2
"""An index may name indexes; what these name are sitemaps."""

Get = Callable[[str], Awaitable[Fetched]]


async def read(answer: Fetched, source: Source, get: Get) -> Feed:
    """Of kind `index` if that is what the address is. Raises ParseError and FetchError."""
    return await _read(answer, source.outlet, get, DEEPEST)


async def _read(answer: Fetched, outlet: Outlet, get: Get, levels: int) -> Feed:
    parse = partial(parse_sitemap, url=answer.url, charset=answer.charset, encoding=outlet.encoding, zone=outlet.zone)
    found = await parsed(answer.body, parse)
    if found.kind != "index":
        return found
    read: list[Feed] = []
    failures: list[SourceError] = []
    for child in _likeliest(found.entries) if levels else ():
        if len(read) == CHILDREN or len(read) + len(failures) == TRIED:
            break
        try:
            read.append(await _read(await _child(child.link, get), outlet, get, levels - 1))
        except SourceError as failure:
            failures.append(failure)
    if failures and not read:
        raise failures[0]
    return Feed(entries=tuple(entry for feed in read for entry in feed.entries), kind="index")


async def _child(url: str, get: Get) -> Fetched:
    answer = await get(url)
    if answer.status >= 300:
        reason = "gone" if answer.status == 410 else f"http_{answer.status}"
        raise FetchError(f"{url}, named by the sitemap index, answered {answer.status}", reason=reason)
    return answer


def _likeliest(sitemaps: Sequence[Entry]) -> Iterator[Entry]:
    """Those called news, then by their dates, the newest first; without dates the ends of the list in turn: some
    outlets name what they publish first, some number their sitemaps and add to the last."""
    called: list[Entry] = []
    dated: list[Entry] = []
    others: deque[Entry] = deque()
    for child in sitemaps:
        is_called = "news" in urlsplit(child.link).path.lower()
        (called if is_called else dated if child.published_at else others).append(child)
    yield from (*called, *dated)
    while others:
        yield others.popleft()
        if others:
            yield others.pop()
