"""Sitemaps and their indexes, as outlets serve them."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from crawler.visit import MOST_LISTED
from news.outlet import Source, SourceKind
from news.run import RunOutcome
from tests.crawler.conftest import Answer, LoopbackOutlet, bomb, feed, page, run, visitor


def sitemap(outlet: LoopbackOutlet, *paths: str, kind: str = "url", dates: bool = False) -> str:
    root = {"url": "urlset", "sitemap": "sitemapindex"}[kind]
    date = "<lastmod>2026-11-{:02d}</lastmod>" if dates else ""
    rows = [f"<{kind}><loc>{outlet.base}{path}</loc>{date.format(at)}</{kind}>" for at, path in enumerate(paths, 1)]
    return f"<{root}>{''.join(rows)}</{root}>"


def index(outlet: LoopbackOutlet, *paths: str, dates: bool = False) -> Answer:
    return Answer(sitemap(outlet, *paths, kind="sitemap", dates=dates), headers={"ETag": '"always the same"'})


@pytest.fixture
def source(outlet: LoopbackOutlet) -> Source:
    for name in "abc":
        outlet.answers[f"/{name}"] = Answer(page(f"Headline of {name} on its page"))
    return replace(feed(outlet, "/sitemap.xml"), kind=SourceKind.SITEMAP)


def test_news_in_a_sitemap_is_found_although_the_index_stays_the_same(outlet: LoopbackOutlet, source: Source) -> None:
    outlet.answers["/sitemap.xml"] = index(outlet, "/posts.xml")
    outlet.answers["/posts.xml"] = Answer(sitemap(outlet, "/a"))

    async def go() -> None:
        async with visitor() as v:
            assert len((await v.visit(source)).articles) == 1
            outlet.answers["/posts.xml"] = Answer(sitemap(outlet, "/a", "/b"))
            assert [a.link for a in (await v.visit(source)).articles] == [f"{outlet.base}/b"]

    run(go())
    assert [headers for path, headers in outlet.seen if path == "/sitemap.xml" and "if-none-match" in headers] == []


def test_an_index_may_name_indexes_and_their_sitemaps_are_no_articles(outlet: LoopbackOutlet, source: Source) -> None:
    outlet.answers["/sitemap.xml"] = index(outlet, "/ar.xml")
    outlet.answers["/ar.xml"] = index(outlet, "/ar-posts.xml")
    outlet.answers["/ar-posts.xml"] = Answer(sitemap(outlet, "/a"))

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(source)
            assert ([a.link for a in seen.articles], seen.rejections) == ([f"{outlet.base}/a"], [])

    run(go())


def test_indexes_that_name_one_another_end_somewhere(outlet: LoopbackOutlet, source: Source) -> None:
    outlet.answers["/sitemap.xml"] = index(outlet, *(f"/{at}.xml" for at in range(9)))
    for at in range(9):
        outlet.answers[f"/{at}.xml"] = outlet.answers["/sitemap.xml"]

    async def go() -> None:
        async with visitor() as v:
            assert (await v.visit(source)).end.outcome is RunOutcome.EMPTY

    run(go())
    assert len(outlet.paths()) <= 7


@pytest.mark.parametrize("failed", [Answer(status=404), Answer("<html>gone</html>"), Answer(status=500)])
def test_a_sitemap_that_fails_does_not_take_the_others_with_it(
    outlet: LoopbackOutlet, source: Source, failed: Answer
) -> None:
    outlet.answers["/sitemap.xml"] = index(outlet, "/c.xml", "/b.xml", "/a.xml", dates=True)
    outlet.answers["/a.xml"] = failed
    outlet.answers["/b.xml"] = Answer(sitemap(outlet, "/b"))
    outlet.answers["/c.xml"] = Answer(sitemap(outlet, "/c"))

    async def go() -> None:
        async with visitor() as v:
            assert {a.link[-1] for a in (await v.visit(source)).articles} == {"b", "c"}

    run(go())


def test_an_index_whose_sitemaps_all_fail_says_so(outlet: LoopbackOutlet, source: Source) -> None:
    outlet.answers["/sitemap.xml"] = index(outlet, "/a.xml", "/b.xml")

    async def go() -> None:
        async with visitor() as v:
            end = (await v.visit(source)).end
            assert (end.outcome, end.reason) == (RunOutcome.FAILED, "http_404")
            assert "/a.xml, named by the sitemap index, answered 404" in end.error

    run(go())


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["/pages.xml", "/tags.xml", "/sitemap-news.xml"], {"/sitemap-news.xml", "/pages.xml"}),
        (["/posts-1.xml", "/posts-2.xml", "/posts-3.xml"], {"/posts-1.xml", "/posts-3.xml"}),
    ],
)
def test_without_dates_those_are_read_where_news_may_stand(
    outlet: LoopbackOutlet, source: Source, names: list[str], read: set[str]
) -> None:
    outlet.answers["/sitemap.xml"] = index(outlet, *names)
    for name in names:
        outlet.answers[name] = Answer(sitemap(outlet))

    async def go() -> None:
        async with visitor() as v:
            await v.visit(source)

    run(go())
    assert set(outlet.paths()) == {"/sitemap.xml", *read}


def test_a_sitemap_may_be_a_gzip_file(outlet: LoopbackOutlet, source: Source) -> None:
    outlet.answers["/sitemap.xml"] = Answer(gzip.compress(index(outlet, "/a.xml.gz").raw))
    packed = gzip.compress(sitemap(outlet, "/a").encode())
    outlet.answers["/a.xml.gz"] = Answer(packed, headers={"Content-Type": "application/gzip"})

    async def go() -> None:
        async with visitor() as v:
            assert len((await v.visit(source)).articles) == 1

    run(go())


@pytest.mark.parametrize(
    ("body", "reason"), [(bomb(200), "too_large"), (b"\x1f\x8b\x08\x00" + b"x" * 50, "broken"), (bomb(1), "empty_body")]
)
def test_a_gzip_file_is_no_bomb(outlet: LoopbackOutlet, source: Source, body: bytes, reason: str) -> None:
    outlet.answers["/sitemap.xml"] = Answer(body)

    async def go() -> None:
        async with visitor() as v:
            assert (await v.visit(source)).end.reason == reason

    run(go())


def test_of_a_list_of_all_that_was_ever_published_the_newest_are_read(outlet: LoopbackOutlet, source: Source) -> None:
    days = [
        f"<url><loc>{outlet.base}/{at}</loc><lastmod>{1996 + at // 300}-01-02</lastmod></url>" for at in range(9000)
    ]
    outlet.answers["/sitemap.xml"] = Answer(f"<urlset>{''.join(days)}</urlset>")

    async def go() -> None:
        async with visitor() as v:
            end = (await v.visit(source, limit=2)).end
            assert (end.listed, len(end.pending)) == (MOST_LISTED, MOST_LISTED - 2)

    run(go())
    assert all(int(path[1:]) >= 7800 for path in outlet.paths() if path != "/sitemap.xml")
