"""What a source looks like now, and what its configuration should say instead: `marsad sources check`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.fetch import Fetched, Fetcher
from crawler.spiders import READERS
from news.article import Article, Rejection
from news.errors import SourceError
from news.outlet import Source
from news.visit import Find, VisitEnd

OLD = timedelta(days=7)
GAPS = 10
"""A newest entry older than a week and ten usual gaps is no news; the same makes a polled source `frozen`."""

_REFUSED = "The outlet refuses us: read its terms, ask them, or switch the source off (enabled: false)"
_LOST = "Look for its new address: marsad sources discover {site}"
_ADVICE = {
    "robots": "The outlet does not want it: ask them, or switch the source off (enabled: false)",
    "robots_unread": "Nothing is asked until robots.txt can be read; check the address, or try again later",
    "http_401": _REFUSED,
    "http_402": _REFUSED,
    "http_403": _REFUSED,
    "http_406": _REFUSED,
    "http_451": _REFUSED,
    "http_404": _LOST,
    "gone": _LOST,
    "not_a_feed": "Look at the address in a browser; other addresses: marsad sources discover {site}",
    "http_429": "Wait as asked, then poll it less often (interval, delay)",
    "held": "Wait as asked, then poll it less often (interval, delay)",
    "guarded": "Outlets publish on the public network; your own may be opened by crawl.allow_networks",
    "no_title": "Its pages need a profile: CONTRIBUTING.md, Adding an outlet",
    "no_text": "Its pages need a profile: CONTRIBUTING.md, Adding an outlet",
    "empty_page": "Its pages need a profile, or a browser, which Marsad is not",
}
_WAIT = "The outlet's turn: try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a source looks like now. `summary` is a sentence, `advice` what to change or ''; `robots` is what
    robots.txt says of the source's address, `moved_to` where permanent redirects lead."""

    source: str
    ok: bool
    summary: str
    advice: str = ""
    entries: int = 0
    newest_at: datetime | None = None
    robots: str = ""
    moved_to: str = ""
    sample_title: str = ""
    sample_language: str = ""
    sample_length: int = 0
    sample_method: str = ""


async def probe(
    source: Source,
    fetcher: Fetcher,
    visit: Callable[[], AsyncIterator[Find | VisitEnd]],
    now: datetime,
    *,
    obeys: bool,
) -> Probe:
    """Ask for the list, then read one article of it. Raises nothing."""
    try:
        answer = await fetcher.get(source.url, delay=source.delay)
        if answer.status >= 300:
            reason = "gone" if answer.status == 410 else f"http_{answer.status}"
            return _bad(source, f"answered {answer.status}", _advice(reason, source))
        feed = await READERS[source.kind](answer, source, fetcher.get)
    except SourceError as error:
        return _bad(source, error.message, error.hint or _advice(error.reason, source))
    times = [entry.published_at for entry in feed.entries if entry.published_at]
    robots = _robots(fetcher.crawl_delay(source.url)) if obeys else "robots.txt is not asked (crawl.obey_robots)"
    head = f"{feed.kind} with {len(feed.entries)} entries{_age(times, now) if feed.entries else ''}; {robots}"
    if not feed.entries:
        advice = "Nothing is listed now; other addresses: marsad sources discover {site}"
        return _bad(source, head, advice.format(site=_site(source)))
    found = [find async for find in visit()]
    article = next((find for find in found if isinstance(find, Article)), None)
    if article is None:
        return _unread(source, head, found)
    faults = _faults(source, article, times, answer, now)
    is_fit = not source.languages or article.language in source.languages
    return Probe(
        source=source.id,
        ok=is_fit and not _is_old(times, now),
        summary=f"{head}; read “{article.title[:80]}” ({article.language}, {len(article.text)} characters, "
        f"{article.method})",
        advice="; ".join(faults),
        entries=len(feed.entries),
        newest_at=max(times, default=None),
        robots=robots,
        moved_to=answer.moved_to,
        sample_title=article.title,
        sample_language=article.language,
        sample_length=len(article.text),
        sample_method=article.method,
    )


def _unread(source: Source, head: str, found: Sequence[Find | VisitEnd]) -> Probe:
    refused = next((find for find in found if isinstance(find, Rejection)), None)
    if refused is not None:
        return _bad(source, f"{head}; but {refused.detail}", _advice(refused.reason, source))
    owed = next((page for end in found if isinstance(end, VisitEnd) for page in end.pending), None)
    why = f"{owed.url} could not be read yet ({owed.reason})" if owed else "no page could be read"
    return _bad(source, f"{head}; but {why}", _WAIT)


def _faults(source: Source, article: Article, times: Sequence[datetime], answer: Fetched, now: datetime) -> list[str]:
    faults = []
    if source.languages and article.language not in source.languages:
        faults.append(f"Pages look like {article.language}: set languages to match")
    if _is_old(times, now):
        faults.append(f"The outlet may have left this address: marsad sources discover {_site(source)}")
    if answer.moved_to:
        faults.append(f"It moved for good to {answer.moved_to}: change its url")
    return faults


def _is_old(times: Sequence[datetime], now: datetime) -> bool:
    if not times:
        return False
    gap = (max(times) - min(times)) / max(len(times) - 1, 1)
    return now - max(times) > max(OLD, GAPS * gap)


def _age(times: Sequence[datetime], now: datetime) -> str:
    if not times:
        return ", without dates"
    hours = max((now - max(times)).total_seconds() / 3600, 0)
    return f", newest {hours:.0f} h old" if hours < 72 else f", newest {hours / 24:.0f} days old"


def _robots(pause: float) -> str:
    return "robots.txt allows it" + (f", {pause:g} s apart" if pause else "")


def _advice(reason: str, source: Source) -> str:
    return _ADVICE.get(reason, _WAIT).format(site=_site(source))


def _site(source: Source) -> str:
    parts = urlsplit(source.url)
    return source.outlet.homepage or f"{parts.scheme}://{parts.netloc}/"


def _bad(source: Source, summary: str, advice: str) -> Probe:
    return Probe(source=source.id, ok=False, summary=summary, advice=advice)


__all__ = ["Probe", "probe"]
