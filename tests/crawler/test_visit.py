"""Visits of a loopback outlet: the good days and the bad ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.fetch import Fetched
from crawler.spiders import READERS
from news.outlet import Outlet, SourceKind, SourceState
from news.run import RunOutcome
from tests.crawler.conftest import BODY, Answer, LoopbackOutlet, bomb, feed, page, rss, run, serve, visitor


def test_a_first_visit_reads_each_article_page_and_says_who_asks(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "b")

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            assert [a.title for a in seen.articles] == ["Headline of b on its page", "Headline of a on its page"]
            assert all("Sentence number 7" in a.text and a.language == "en" for a in seen.articles)
            assert (seen.end.outcome, seen.end.listed, seen.end.error) == (RunOutcome.OK, 2, "")

    run(go())
    agents = {headers["user-agent"] for _, headers in outlet.seen}
    assert agents == {"Marsad/0.1 (+test@example.org)"}


def test_the_second_visit_asks_conditionally_and_fetches_no_page(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    body = outlet.answers["/feed"]
    assert isinstance(body, Answer)

    def conditional(headers: Mapping[str, str]) -> Answer:
        if headers.get("if-none-match") == '"v1"' and headers.get("if-modified-since") == "yesterday":
            return Answer(status=304)
        return replace(body, headers={"ETag": '"v1"', "Last-Modified": "yesterday"})

    outlet.answers["/feed"] = conditional

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            again = await v.visit(feed(outlet))
            assert (again.end.outcome, again.articles) == (RunOutcome.NOT_MODIFIED, [])

    run(go())
    assert outlet.paths() == ["/feed", "/a", "/feed"]


def test_a_same_body_without_validators_is_not_modified_either(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            assert (await v.visit(feed(outlet))).end.outcome is RunOutcome.NOT_MODIFIED

    run(go())


def test_an_entry_that_changed_in_the_feed_is_read_again_and_others_are_not(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "b")

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            outlet.seen.clear()
            outlet.answers["/feed"] = Answer(
                rss((f"{outlet.base}/a", "Corrected"), (f"{outlet.base}/b", "Headline of b in the feed"))
            )
            seen = await v.visit(feed(outlet))
            assert (len(seen.articles), seen.end.known) == (1, 1)

    run(go())
    assert outlet.paths() == ["/feed", "/a"]


def test_a_page_that_is_busy_is_owed_and_read_at_the_next_visit_although_the_feed_is_unchanged(
    outlet: LoopbackOutlet,
) -> None:
    serve(outlet, "a", "b")
    outlet.answers["/a"] = Answer(status=503)

    async def go() -> None:
        async with visitor() as v:
            first = await v.visit(feed(outlet))
            assert (first.end.outcome, len(first.articles), len(first.end.pending)) == (RunOutcome.PARTIAL, 1, 1)
            assert "tried again" in first.end.error
            outlet.answers["/a"] = Answer(page())
            second = await v.visit(feed(outlet))
            assert [a.link for a in second.articles] == [f"{outlet.base}/a"]
            assert second.end.pending == ()

    run(go())


def test_owed_pages_outlive_any_number_of_failed_visits(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    outlet.answers["/a"] = Answer(status=503)
    whole = outlet.answers["/feed"]

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            outlet.answers["/feed"] = Answer(status=500)
            for _ in range(12):
                failed = await v.visit(feed(outlet))
                assert (failed.end.outcome, len(failed.end.pending)) == (RunOutcome.FAILED, 1)
            outlet.answers["/feed"], outlet.answers["/a"] = whole, Answer(page())
            assert len((await v.visit(feed(outlet))).articles) == 1

    run(go())


def test_what_is_over_the_limit_is_owed_and_nothing_is_lost(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "b", "c")

    async def go() -> None:
        async with visitor() as v:
            first = await v.visit(feed(outlet), limit=2)
            assert (len(first.articles), len(first.end.pending)) == (2, 1)
            assert len((await v.visit(feed(outlet))).articles) == 1

    run(go())


BAD_FEEDS = [
    (Answer("<!doctype html><html><body>hello</body></html>"), "not_a_feed", "a web page, not a feed"),
    (Answer(""), "empty_body", "the answer is empty"),
    (Answer("just words"), "not_a_feed", "not a feed"),
    (Answer("<?xml version='1.0'?><catalog><book/></catalog>"), "not_a_feed", "XML, but no feed"),
    (
        Answer('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]><rss><channel/></rss>'),
        "xml_entities",
        "dangerous",
    ),
    (Answer('{"version": "x"}'), "not_a_feed", "no JSON Feed"),
    (Answer(bomb(200), headers={"Content-Encoding": "gzip"}), "too_large", "larger than 8 MiB"),
    (Answer(b"x" * (9 * 1024**2)), "too_large", "larger than 8 MiB"),
    (Answer(status=500), "http_500", "answered 500"),
    (Answer(status=403), "http_403", "answered 403"),
    (Answer(status=410), "gone", "answered 410"),
    (Answer(status=302, headers={"Location": "/feed"}), "redirect_loop", "do not end"),
    (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "guarded", "no web address"),
    (Answer(rss(), hang=5), "timeout", "within 3 s"),
    (Answer(rss(), headers={"X-Long": "x" * 100_000}), "broken", "headers are longer than any we read"),
    (Answer(rss(), headers={f"X-{n}": "x" for n in range(20_000)}), "broken", "headers are longer than any we read"),
    (Answer(rss(), headers={"X Bad": "x"}), "broken", "is not HTTP as it should be"),
]


@pytest.mark.parametrize(("answer", "reason", "words"), BAD_FEEDS, ids=[b[1] + str(i) for i, b in enumerate(BAD_FEEDS)])
def test_a_bad_feed_is_named_for_the_duty_officer_and_keeps_the_cursor(
    outlet: LoopbackOutlet, answer: Answer, reason: str, words: str
) -> None:
    outlet.answers["/feed"] = answer

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            assert (seen.end.outcome, seen.end.reason) == (RunOutcome.FAILED, reason)
            assert words in seen.end.error
            assert (seen.end.cursor.etag, seen.end.cursor.body_hash) == ("", "")
            assert ("warning", "fetch.failed") in seen.notes

    run(go())


def test_a_304_with_a_body_is_not_believed_and_the_feed_is_asked_for_again(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    whole = outlet.answers["/feed"]
    assert isinstance(whole, Answer)

    def wrong(headers: Mapping[str, str]) -> Answer:
        if "if-none-match" in headers:
            return Answer(rss((f"{outlet.base}/z", "Never listed")), status=304)
        return replace(whole, headers={"ETag": '"1"'})

    outlet.answers["/feed"] = wrong

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            again = await v.visit(feed(outlet))
            assert (again.end.outcome, again.articles) == (RunOutcome.NOT_MODIFIED, [])

    run(go())
    assert "/z" not in outlet.paths()


def test_an_outlet_that_is_not_there_is_said_to_be_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def go() -> None:
        async with visitor() as v:
            source = replace(feed(LoopbackOutlet()), url=f"http://127.0.0.1:{port}/feed")
            no_robots = await v.visit(source)
            assert (no_robots.end.outcome, no_robots.end.reason) == (RunOutcome.FAILED, "robots_unread")
        async with visitor(obey_robots=False) as v:
            seen = await v.visit(source)
            assert (seen.end.reason, "does not take connections" in seen.end.error) == ("refused", True)

    run(go())


def test_broken_xml_gives_the_entries_that_can_be_read(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    whole = rss((f"{outlet.base}/a", "Salt & pepper"))
    outlet.answers["/feed"] = Answer(whole.replace("</channel></rss>", "<item><title>cut"))

    async def go() -> None:
        async with visitor() as v:
            assert len((await v.visit(feed(outlet))).articles) == 1

    run(go())


def test_a_page_in_another_encoding_than_declared_is_read_right(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    arabic = "أمطار غزيرة ترفع منسوب النهر"
    text = page(arabic, f"<p>{arabic}، بحسب دائرة المياه التي توقعت استمرار الأمطار حتى نهاية الأسبوع المقبل.</p>")
    outlet.answers["/a"] = Answer(text.encode("utf-8"), headers={"Content-Type": "text/html; charset=windows-1256"})

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet, languages=("ar",)))
            assert seen.articles[0].title == arabic

    run(go())


NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SourceKind.FEED, rss(("{base}/a", "{title}"))),
        (
            SourceKind.SITEMAP,
            f"<urlset xmlns:n='{NEWS}'><url><loc>{{base}}/a</loc><n:news><n:title>{{title}}</n:title></n:news></url>"
            "</urlset>",
        ),
        (SourceKind.LISTING, "<html><h2><a href='{base}/a'>{title}</a></h2></html>"),
    ],
)
def test_a_list_that_declares_no_encoding_is_read_in_the_outlets_own(
    outlet: LoopbackOutlet, kind: SourceKind, text: str
) -> None:
    title = "Потери и наводнения на севере страны"

    async def nothing_else(_url: str) -> Fetched:
        raise AssertionError

    raw = text.format(base=outlet.base, title=title).encode("cp1251")
    answer = Fetched(url=f"{outlet.base}/feed", status=200, headers={}, body=raw)
    source = replace(feed(outlet), kind=kind, links="h2 a", outlet=Outlet(id="o", name="O", encoding="windows-1251"))
    found = asyncio.run(READERS[kind](answer, source, nothing_else))
    assert [entry.title for entry in found.entries] == [title]


@pytest.mark.parametrize(
    ("answer", "reason", "quarantined"),
    [
        (Answer(page("Photo of the day", "")), "no_text", True),
        (Answer(""), "empty_page", True),
        (Answer("<div>" * 2000 + "deep"), "too_deep", True),
        (Answer(status=404), "gone", False),
        (Answer(status=403), "http_403", False),
    ],
)
def test_a_useless_page_is_refused_with_the_reason_and_not_fetched_again(
    outlet: LoopbackOutlet, answer: Answer, reason: str, quarantined: bool
) -> None:
    serve(outlet, "a", "b")
    outlet.answers["/a"] = answer

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            assert [(r.reason, r.quarantined) for r in seen.rejections] == [(reason, quarantined)]
            assert len(seen.articles) == 1, "the other article is read all the same"
            outlet.seen.clear()
            await v.visit(feed(outlet), SourceState())
            assert outlet.paths() == ["/feed"]

    run(go())


def test_a_date_in_the_future_is_refused_and_the_headline_is_kept(outlet: LoopbackOutlet) -> None:
    future = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/a", "x"), extra=f"<pubDate>{future}</pubDate>"))
    outlet.answers["/a"] = Answer(page("A headline <!channel>", BODY + f"<time datetime='{future}'></time>"))

    async def go() -> None:
        async with visitor() as v:
            found = (await v.visit(feed(outlet))).articles[0]
            assert found.published_at is None
            assert found.title == "A headline"  # the tag-like part is markup to a browser, too

    run(go())


@pytest.mark.parametrize(
    ("listed", "days"), [("<pubDate>Wed, 20 Nov 2024 10:00:00 GMT</pubDate>", {20}), ("", {13, 14, 15})]
)
def test_a_page_s_hijri_day_gives_way_to_the_feed_s_time(outlet: LoopbackOutlet, listed: str, days: set[int]) -> None:
    outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/a", "x"), extra=listed))
    outlet.answers["/a"] = Answer(page(body=BODY + "<p class=date>12 جمادى الأولى 1446 هـ</p>"))

    async def go() -> None:
        async with visitor() as v:
            [found] = (await v.visit(feed(outlet))).articles
            assert found.published_at is not None
            assert found.published_at.day in days

    run(go())


def test_a_listing_page_and_a_news_sitemap_lead_to_articles(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a-long-slug-2026")
    outlet.answers["/front"] = Answer(
        "<ul class=n><li><a href='/a-long-slug-2026'>A headline of some length</a></li></ul><a href='/about'>About</a>"
    )
    outlet.answers["/map"] = Answer(
        "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        f"<url><loc>{outlet.base}/a-long-slug-2026</loc><lastmod>2026-11-24T10:00:00Z</lastmod></url></urlset>"
    )

    async def go() -> None:
        async with visitor() as v:
            listing = await v.visit(feed(outlet, "/front", kind=SourceKind.LISTING, links="ul.n a"), SourceState())
            assert len(listing.articles) == 1
            v.hashes.clear()
            sitemap = await v.visit(feed(outlet, "/map", kind=SourceKind.SITEMAP), SourceState())
            assert sitemap.articles[0].published_at == datetime(2026, 11, 24, 10, tzinfo=UTC)

    run(go())


def test_a_probe_says_what_the_source_is_and_what_to_change(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")

    async def go() -> None:
        async with visitor() as v:
            good = await v.crawl.probe(feed(outlet))
            assert good.ok
            assert "rss with 1 entries" in good.summary
            wrong = await v.crawl.probe(feed(outlet, languages=("ar",)))
            assert not wrong.ok
            missing = await v.crawl.probe(feed(outlet, "/none"))
            assert (missing.ok, "answered 404" in missing.summary) == (False, True)

    run(go())


def test_a_renewed_engine_goes_on_and_the_old_one_leaves_nothing_behind(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            await v.crawl.recycle()
            assert (await v.visit(feed(outlet))).end.outcome is RunOutcome.NOT_MODIFIED
        left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        assert left == []

    run(go())


def test_a_source_that_moved_for_good_is_asked_at_its_new_home_after_the_third_time(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    outlet.answers["/new"] = outlet.answers["/feed"]
    outlet.answers["/feed"] = Answer(status=301, headers={"Location": "/new"})

    async def go() -> None:
        async with visitor() as v:
            for _ in range(4):
                seen = await v.visit(feed(outlet))
            assert seen.end.moved.target == f"{outlet.base}/new"
            assert outlet.paths()[-1] == "/new"
            assert outlet.paths().count("/feed") == 3
            outlet.answers["/new"] = Answer(status=404)
            await v.visit(feed(outlet))
            outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/a", "Back again at the old address")))
            back = await v.visit(feed(outlet))
            assert (back.end.outcome, back.end.moved.count) == (RunOutcome.OK, 0)

    run(go())


def test_a_passing_redirect_moves_nothing(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    outlet.answers["/new"] = outlet.answers["/feed"]
    outlet.answers["/feed"] = Answer(status=302, headers={"Location": "/new"})

    async def go() -> None:
        async with visitor() as v:
            for _ in range(4):
                assert (await v.visit(feed(outlet))).end.moved.count == 0

    run(go())
    assert outlet.paths().count("/feed") == 4


def test_a_validator_that_lies_is_caught_by_the_daily_unconditional_visit_and_not_sent_again(
    outlet: LoopbackOutlet,
) -> None:
    serve(outlet, "a", "b")
    fresh = outlet.answers["/feed"]
    assert isinstance(fresh, Answer)
    state = {"body": replace(fresh, headers={"ETag": '"same"'})}

    def lying(headers: Mapping[str, str]) -> Answer:
        return Answer(status=304) if "if-none-match" in headers else state["body"]

    outlet.answers["/feed"] = lying

    async def go() -> None:
        async with visitor() as v:
            await v.visit(feed(outlet))
            more = [(f"{outlet.base}/{slug}", f"Headline of {slug} in the feed") for slug in ("a", "b", "c")]
            state["body"] = Answer(rss(*more), headers={"ETag": '"same"'})
            outlet.answers["/c"] = Answer(page("The one that the validator hid"))
            assert (await v.visit(feed(outlet))).end.outcome is RunOutcome.NOT_MODIFIED
            day_ago = datetime.now(UTC) - timedelta(hours=25)
            v.state = replace(v.state, cursor=replace(v.state.cursor, unconditional_at=day_ago))
            caught = await v.visit(feed(outlet))
            assert [a.title for a in caught.articles] == ["The one that the validator hid"]
            assert ("warning", "validators.lied") in caught.notes
            outlet.seen.clear()
            again = await v.visit(feed(outlet))
            assert again.end.outcome is RunOutcome.NOT_MODIFIED, "the body's hash still spares the work"
            assert "if-none-match" not in outlet.seen[-1][1]

    run(go())


def test_a_long_backlog_makes_room_for_news_when_the_list_is_due_again(outlet: LoopbackOutlet) -> None:
    serve(outlet, *"abcdef")
    for slug in "abcdef":
        outlet.answers[f"/{slug}"] = Answer(page(f"Headline of {slug} on its page"), hang=0.4)

    async def go() -> None:
        async with visitor() as v:
            hasty = feed(outlet, interval=timedelta(seconds=1))
            first = await v.visit(hasty)
            assert 0 < len(first.articles) < 6
            assert (first.end.more, len(first.end.pending)) == (True, 6 - len(first.articles))
            assert all(page.attempt_count == 0 for page in first.end.pending)
            serve(outlet, "news", *"abcdef")
            second = await v.visit(hasty)
            assert second.articles[0].title == "Headline of news on its page"

    run(go())


def test_a_source_that_is_read_in_another_way_is_not_known_by_what_it_was(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "b")
    links = [f"<h{level}><a href=/{slug}>Headline of {slug}</a></h{level}>" for level, slug in ((2, "a"), (3, "b"))]
    outlet.answers["/front"] = Answer("".join(links), headers={"ETag": '"1"'})
    front = feed(outlet, "/front", kind=SourceKind.LISTING, links="h2 a")

    async def go() -> None:
        async with visitor() as v:
            assert [a.link[-1] for a in (await v.visit(front)).articles] == ["a"]
            assert [a.link[-1] for a in (await v.visit(replace(front, links="h3 a"))).articles] == ["b"]

    run(go())
