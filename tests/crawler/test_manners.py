"""Visits and the outlet's wishes: robots.txt, one request at a time, waiting, no way inside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

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


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffUser-agent: *\nDisallow: /private",
        "User-agent: Marsad/0.1\nDisallow: /private",
        "User-agent: marsad\nDisallow: /private\n\nUser-agent: *\nAllow: /",
        "User-agent: *\rDisallow: /private",
    ],
)
def test_robots_txt_is_obeyed_however_it_is_written(outlet: LoopbackOutlet, text: str) -> None:
    serve(outlet, "a", "private")
    outlet.answers["/robots.txt"] = Answer(text)

    async def go() -> None:
        async with visitor() as v:
            assert [r.reason for r in (await v.visit(feed(outlet))).rejections] == ["robots"]

    run(go())
    assert "/private" not in outlet.paths()


def test_of_two_crawl_delays_on_one_host_the_slower_counts(outlet: LoopbackOutlet) -> None:
    other = LoopbackOutlet()
    other.answers["/b"] = Answer(page())
    serve(outlet, "a", "c")
    outlet.answers["/a"] = Answer(status=302, headers={"Location": other.base + "/b"})
    outlet.answers["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 0.5")
    times: list[float] = []

    def timed(answer: Answer) -> Callable[[Mapping[str, str]], Answer]:
        return lambda _headers: (times.append(time.monotonic()), answer)[1]

    for path in ("/feed", "/a", "/c"):
        answer = outlet.answers[path]
        assert isinstance(answer, Answer)
        outlet.answers[path] = timed(answer)

    async def go() -> None:
        async with visitor() as v:
            for _ in range(4):
                await v.visit(feed(outlet))

    run(go())
    other.close()
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.49


class Ahead:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by

    def monotonic(self) -> float:
        return time.monotonic() + self.by.total_seconds()


def test_an_outlet_that_wants_a_request_in_ten_minutes_gets_no_more_and_is_read(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a", "b")
    outlet.answers["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 600")
    clock = Ahead()

    async def go() -> None:
        async with visitor(clock=clock) as v:
            for asked in ([], ["/feed"], ["/feed", "/b"], ["/feed", "/b", "/a"]):
                end = (await v.visit(feed(outlet))).end
                assert outlet.paths() == asked
                assert end.hold_until is None or end.hold_until - clock.now() > timedelta(seconds=590)
                clock.by += timedelta(seconds=601)

    run(go())
