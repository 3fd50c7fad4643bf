"""Visits and the outlet's wishes: robots.txt, one request at a time, waiting, no way inside."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from news.run import RunOutcome
from tests.crawler.conftest import Answer, LoopbackOutlet, feed, page, run, serve, visitor


def test_robots_txt_is_obeyed_and_said(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "private")
    outlet.answers["/robots.txt"] = Answer("User-agent: *\nDisallow: /private\nCrawl-delay: 0.1")

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            assert [r.reason for r in seen.rejections] == ["robots"]
            assert "robots.txt of the outlet disallows it" in seen.rejections[0].detail

    run(go())
    assert "/private" not in outlet.paths()


def test_a_robots_txt_that_fails_forbids_all_for_now(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    outlet.answers["/robots.txt"] = Answer(status=503)

    async def go() -> None:
        async with visitor() as v:
            assert (await v.visit(feed(outlet))).end.reason == "robots_unread"

    run(go())
    assert outlet.paths() == []


@pytest.mark.parametrize("where", ["feed", "page"])
def test_a_redirect_to_an_inside_host_is_refused_and_nobody_there_is_called(outlet: LoopbackOutlet, where: str) -> None:
    inside = LoopbackOutlet("127.0.0.2")
    inside.answers["/secret"] = Answer(page())
    serve(outlet, "a")
    outlet.answers["/feed" if where == "feed" else "/a"] = Answer(
        status=302, headers={"Location": inside.base + "/secret"}
    )

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            reasons = {seen.end.reason, *(r.reason for r in seen.rejections)}
            assert "guarded" in reasons
            assert "loopback" in seen.end.error + "".join(r.detail for r in seen.rejections)

    run(go())
    assert inside.seen == []
    inside.close()


def test_a_page_that_asks_to_wait_ends_the_visit_and_nothing_more_is_asked_before_its_time(
    outlet: LoopbackOutlet,
) -> None:
    serve(outlet, "a", "b", "c")
    outlet.answers["/b"] = Answer(status=429, headers={"Retry-After": "2"})

    async def go() -> None:
        async with visitor() as v:
            first = await v.visit(feed(outlet))
            assert [a.link[-1] for a in first.articles] == ["c"]
            assert [(p.url[-1], p.attempt_count) for p in first.end.pending] == [("b", 0), ("a", 0)]
            assert first.end.hold_until is not None
            at = len(outlet.paths())
            held = await v.visit(feed(outlet))
            assert (held.end.outcome, held.end.reason, len(held.end.pending)) == (RunOutcome.FAILED, "held", 2)
            assert len(outlet.paths()) == at, "not even the feed was asked"
            outlet.answers["/b"] = Answer(page("Headline of b on its page"))
            await asyncio.sleep(2.1)
            later = await v.visit(feed(outlet))
            assert ([a.link[-1] for a in later.articles], later.end.pending) == (["b", "a"], ())

    run(go())


def test_a_retry_after_holds_the_source(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = Answer(status=429, headers={"Retry-After": "120"})

    async def go() -> None:
        async with visitor() as v:
            end = (await v.visit(feed(outlet))).end
            assert end.hold_until is not None
            assert timedelta(seconds=100) < end.hold_until - datetime.now(UTC) <= timedelta(seconds=120)

    run(go())


def test_two_sources_of_one_host_never_have_two_requests_at_once(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "b", "c")
    outlet.answers["/other"] = outlet.answers["/feed"]

    async def go() -> None:
        async with visitor() as v:
            await asyncio.gather(v.visit(feed(outlet)), v.visit(feed(outlet, "/other", id="demo/other")))

    run(go())
    assert outlet.most_at_once == 1
