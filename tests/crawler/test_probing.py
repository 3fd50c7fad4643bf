"""`sources check`: what is seen at an address, and what to change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from news.outlet import SourceKind
from tests.crawler.conftest import Answer, LoopbackOutlet, feed, page, rss, run, visitor


def listed(outlet: LoopbackOutlet, age: timedelta) -> Answer:
    date = f"<pubDate>{datetime.now(UTC) - age:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
    return Answer(rss((f"{outlet.base}/a", "Headline of a in the feed"), extra=date))


@pytest.mark.parametrize(
    ("path", "answer", "words", "advice"),
    [
        ("/feed", Answer(status=403), "answered 403", "read its terms"),
        ("/feed", Answer(status=404), "answered 404", "marsad sources discover http://127.0.0.1"),
        ("/feed", Answer(status=429), "answered 429", "poll it less often"),
        ("/feed", Answer("<urlset/>"), "no feed (<urlset>)", "Set kind: sitemap"),
        ("/feed", Answer(rss()), "rss with 0 entries; robots.txt allows it", "marsad sources discover"),
        ("/robots.txt", Answer("User-agent: *\nDisallow: /"), "disallows it", "switch the source off"),
        ("/robots.txt", Answer("User-agent: *\nDisallow: /a"), "robots.txt allows it; but", "switch the source off"),
        ("/robots.txt", Answer(status=500), "forbids all for now", "until robots.txt can be read"),
        ("/robots.txt", Answer("User-agent: *\nCrawl-delay: 999"), "wants no request before", "asks for 999 s"),
        ("/a", Answer(status=403), "/a answered 403", "read its terms"),
        ("/a", Answer(page("Photo of the day", "")), "has no text", "need a profile"),
        ("/a", Answer(status=500), "could not be read yet (http_500)", "try again later"),
    ],
)
def test_what_is_wrong_is_said_and_what_to_do(
    outlet: LoopbackOutlet, path: str, answer: Answer, words: str, advice: str
) -> None:
    outlet.answers |= {"/feed": listed(outlet, timedelta(hours=1)), "/a": Answer(page()), path: answer}

    async def go() -> None:
        async with visitor() as v:
            probe = await v.crawl.probe(feed(outlet))
            assert (probe.ok, words in probe.summary, advice in probe.advice) == (False, True, True), probe

    run(go())


def test_a_feed_that_was_left_long_ago_is_not_well(outlet: LoopbackOutlet) -> None:
    outlet.answers |= {"/feed": listed(outlet, timedelta(days=400)), "/a": Answer(page())}

    async def go() -> None:
        async with visitor() as v:
            probe = await v.crawl.probe(feed(outlet))
            assert (probe.ok, "newest 400 days old" in probe.summary) == (False, True)
            assert "may have left this address" in probe.advice

    run(go())


def test_a_feed_that_moved_for_good_says_where(outlet: LoopbackOutlet) -> None:
    outlet.answers |= {
        "/feed": Answer(status=301, headers={"Location": "/new"}),
        "/new": listed(outlet, timedelta(hours=2)),
        "/a": Answer(page()),
        "/robots.txt": Answer("User-agent: *\nCrawl-delay: 0.1"),
    }

    async def go() -> None:
        async with visitor() as v:
            probe = await v.crawl.probe(feed(outlet))
            assert (probe.ok, probe.moved_to) == (True, f"{outlet.base}/new")
            assert "newest 2 h old; robots.txt allows it, 0.1 s apart; read" in probe.summary
            assert f"moved for good to {outlet.base}/new" in probe.advice

    run(go())


def test_a_feed_configured_as_a_sitemap_is_told_apart(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = listed(outlet, timedelta(hours=1))

    async def go() -> None:
        async with visitor() as v:
            assert (await v.crawl.probe(feed(outlet, kind=SourceKind.SITEMAP))).advice == "Set kind: feed"

    run(go())
