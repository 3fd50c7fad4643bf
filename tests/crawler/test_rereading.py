"""Pages read again: edits that no feed tells of, withdrawals, moved and doubled addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.rereading import GAPS, following, missed
from news.article import Withdrawal
from news.outlet import Reread
from news.run import RunOutcome
from news.url import canonical_url, identity, is_front_page
from tests.crawler.conftest import Answer, LoopbackOutlet, feed, page, rss, run, visitor

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def due(outlet: LoopbackOutlet, path: str, **facts: object) -> Reread:
    url = f"{outlet.base}{path}"
    return Reread(url=url, link=url, due_at=NOW, entry_hash="h", **facts)  # type: ignore[arg-type]


def test_a_page_that_is_due_is_read_again_although_the_feed_says_nothing_new(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = Answer(rss())
    outlet.answers["/story-one"] = Answer(page("The headline after the edit"))

    async def go() -> None:
        async with visitor() as v:
            v.state = replace(v.state, rereads=(due(outlet, "/story-one"),))
            seen = await v.visit(feed(outlet))
            assert [(a.title, a.entry_hash) for a in seen.articles] == [("The headline after the edit", "h")]
            assert seen.end.reread == (f"{outlet.base}/story-one",)
            [again] = seen.end.reread_again
            assert again.step == 1
            assert again.due_at > datetime.now(UTC) + timedelta(hours=4)

    run(go())


@pytest.mark.parametrize("way", ["404", "410", "front page"])
def test_a_page_is_withdrawn_when_it_is_missing_twice_an_hour_apart(outlet: LoopbackOutlet, way: str) -> None:
    outlet.answers["/feed"] = Answer(rss())
    outlet.answers["/"] = Answer(page("Front page of the day"))
    gone = Answer(status=302, headers={"Location": "/"}) if way == "front page" else Answer(status=int(way))
    outlet.answers["/story-one"] = gone

    async def go() -> None:
        async with visitor() as v:
            v.state = replace(v.state, rereads=(due(outlet, "/story-one"),))
            first = await v.visit(feed(outlet))
            assert (first.articles, first.rejections) == ([], [])
            [again] = first.end.reread_again
            assert again.missing_at is not None
            v.state = replace(v.state, rereads=(again,))
            soon = await v.visit(feed(outlet))
            assert (soon.rejections, len(soon.end.reread_again)) == ([], 1), "an hour has not passed"
            hour_ago = replace(again, missing_at=again.missing_at - timedelta(hours=1))
            v.state = replace(v.state, rereads=(hour_ago,))
            last = await v.visit(feed(outlet))
            [withdrawal] = last.rejections
            assert isinstance(withdrawal, Withdrawal)
            assert last.end.reread_again == ()

    run(go())


def test_a_page_that_comes_back_was_not_withdrawn_and_a_bad_minute_overwrites_nothing(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = Answer(rss())
    outlet.answers["/one"] = Answer(page("Back again after the deployment"))
    outlet.answers["/two"] = Answer("<html><title>Service page</title></html>")
    outlet.answers["/three"] = Answer(status=503)

    async def go() -> None:
        async with visitor() as v:
            waiting = [due(outlet, "/one", missing_at=NOW), due(outlet, "/two"), due(outlet, "/three")]
            v.state = replace(v.state, rereads=tuple(waiting))
            seen = await v.visit(feed(outlet))
            assert [a.title for a in seen.articles] == ["Back again after the deployment"]
            assert seen.rejections == []
            assert all(item.missing_at is None for item in seen.end.reread_again)
            assert len(seen.end.reread_again) == 3

    run(go())


def test_nothing_is_read_again_while_the_outlet_is_down(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = Answer(status=500)

    async def go() -> None:
        async with visitor() as v:
            v.state = replace(v.state, rereads=(due(outlet, "/story-one"),))
            seen = await v.visit(feed(outlet))
            assert (seen.end.outcome, seen.end.reread) == (RunOutcome.FAILED, ())

    run(go())
    assert outlet.paths() == ["/feed"]


def test_rereading_ends() -> None:
    item: Reread | None = Reread(url="u", link="u", due_at=NOW)
    steps = 0
    while item is not None:
        item, steps = following(item, NOW), steps + 1
    assert steps == len(GAPS) + 1
    assert isinstance(missed(Reread(url="u", link="u", due_at=NOW), 404, NOW), Reread)


def test_an_article_is_known_by_its_own_canonical_address_and_still_by_the_listed_one(outlet: LoopbackOutlet) -> None:
    body = page("Two addresses, one article")
    own = body.replace("<head>", f'<head><link rel="canonical" href="{outlet.base}/iraq/story-123456">')
    outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/x?id=123456", "a"), (f"{outlet.base}/front-named", "b")))
    outlet.answers["/x?id=123456"] = Answer(own)
    outlet.answers["/front-named"] = Answer(
        body.replace("<head>", f'<head><link rel="canonical" href="{outlet.base}/">')
    )

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            by_url = {a.url: a for a in seen.articles}
            assert by_url[f"{outlet.base}/iraq/story-123456"].aliases == (f"{outlet.base}/x?id=123456",)
            assert by_url[f"{outlet.base}/front-named"].aliases == (), "a front page is nobody's canonical"

    run(go())


def test_a_link_that_leads_to_the_front_page_is_no_article(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/story-removed", "a")))
    outlet.answers["/story-removed"] = Answer(status=301, headers={"Location": "/"})
    outlet.answers["/"] = Answer(page("Front page of the day"))

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            assert ([r.reason for r in seen.rejections], seen.articles) == (["gone"], [])

    run(go())


SAME = [
    ("https://www.tigris.example/en/story?utm_source=x&id=7#top", "https://tigris.example/en/story?id=7"),
    ("https://m.tigris.example/a/12345/", "https://tigris.example/a/12345"),
    ("https://mobile.tigris.example/a/12345", "https://tigris.example/a/12345"),
    ("https://amp.tigris.example/a/12345", "https://tigris.example/a/12345"),
    ("https://tigris.example/a/12345/amp", "https://tigris.example/a/12345"),
    ("https://tigris.example/amp/a/12345", "https://tigris.example/a/12345"),
    ("https://tigris.example/a/12345.amp.html", "https://tigris.example/a/12345.html"),
    ("https://tigris.example/a/12345?amp=1&fbclid=zz", "https://tigris.example/a/12345"),
    ("https://tigris.example:443/خبر/١٢", "https://tigris.example/%D8%AE%D8%A8%D8%B1/%D9%A1%D9%A2"),
    ("https://tigris.example/هەواڵ-ڕێککەوتن", "https://tigris.example/%D9%87%DB%95%D9%88%D8%A7%DA%B5-%DA%95%DB%8E%DA%A9%DA%A9%DB%95%D9%88%D8%AA%D9%86"),
    ("https://tigris.example/أخـبار", "https://tigris.example/%D8%A3%D8%AE%D9%80%D8%A8%D8%A7%D8%B1"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_article_has_one_address(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)
    assert canonical_url(canonical_url(one)) == canonical_url(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://tigris.example/camp", "https://tigris.example/c"),
        ("https://tigris.example/story?id=7", "https://tigris.example/story?id=8"),
        ("https://tigris.example/أخـبار", "https://tigris.example/أخبار"),
        ("https://ar.tigris.example/1", "https://en.tigris.example/1"),
    ],
)
def test_two_articles_have_two(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    ("url", "named", "believed"),
    [
        ("https://t.example/ar/98765-x", "https://t.example/98765-other-words", True),
        ("https://t.example/ar/iraq-syria-sign", "/world/iraq-syria-sign.html", True),
        ("https://t.example/iraq-syria-sign", "https://t.example/", False),
        ("https://t.example/iraq-syria-sign", "https://t.example/other-article", False),
        ("https://t.example/98765", "https://other.example/98765", False),
        ("https://t.example/98765", "https://t.example/98764", False),
        ("https://t.example/98765", "javascript:void(0)", False),
        ("https://t.example/98765", "", False),
        ("https://t.example/98765", "http://[broken", False),
    ],
)
def test_a_page_is_believed_only_about_the_same_article_of_its_own_house(url: str, named: str, believed: bool) -> None:
    assert (identity(url, named) != url) is believed


def test_front_pages() -> None:
    assert is_front_page("https://t.example/")
    assert is_front_page("https://t.example/ar/")
    assert not is_front_page("https://t.example/?p=12")
    assert not is_front_page("https://t.example/story")
