"""What outlets put into headers, against the standards and the reader."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from news.hub import Offer
from news.run import RunOutcome
from tests.crawler.conftest import Answer, LoopbackOutlet, feed, page, rss, run, serve, visitor

HEADLINE = "Rain lifts the river by forty centimetres"


def as_sent(text: bytes) -> str:
    """The handler of the tests writes Latin-1."""
    return text.decode("latin-1")


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/ku/هەواڵ-ڕۆژ".encode(), "/ku/%D9%87%DB%95%D9%88%D8%A7%DA%B5-%DA%95%DB%86%DA%98"),
        ("/ar/مجتـمع".encode(), "/ar/%D9%85%D8%AC%D8%AA%D9%80%D9%85%D8%B9"),
        ("/ar/خبر".encode("cp1256"), "/ar/%CE%C8%D1"),
        (b"/two words", "/two%20words"),
        (b"/kept/%D9%85", "/kept/%D9%85"),
    ],
)
def test_a_redirect_to_letters_is_followed_as_browsers_follow_it(
    outlet: LoopbackOutlet, location: bytes, asked: str
) -> None:
    serve(outlet, "a")
    outlet.answers["/a"] = Answer(status=301, headers={"Location": as_sent(location)})
    outlet.answers[asked] = Answer(page())

    async def go() -> None:
        async with visitor() as v:
            assert [a.title for a in (await v.visit(feed(outlet))).articles] == [HEADLINE]

    run(go())
    assert outlet.paths()[-1] == asked


@pytest.mark.parametrize(
    "location", ["http://[", "//[::1", "http://tigris.example:99999/", "http://:80/", "mailto:a@b"]
)
def test_a_redirect_to_no_address_is_said_and_costs_one_page(outlet: LoopbackOutlet, location: str) -> None:
    serve(outlet, "a", "b")
    outlet.answers["/a"] = Answer(status=302, headers={"Location": location})

    async def go() -> None:
        async with visitor() as v:
            seen = await v.visit(feed(outlet))
            assert (seen.end.outcome, len(seen.articles)) == (RunOutcome.OK, 1)
            assert "a redirect to no web address" in seen.rejections[0].detail

    run(go())


def test_headers_that_are_no_text_spoil_no_answer(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")
    strange = {
        "X-Title": as_sent("خبر".encode("cp1256")),
        "ETag": as_sent(b'"\xe9"'),
        "Last-Modified": as_sent(b"\xff"),
    }
    outlet.answers["/a"] = Answer(page(), headers=strange)
    listed = outlet.answers["/feed"]
    assert isinstance(listed, Answer)
    listed.headers.update(strange)

    async def go() -> None:
        async with visitor() as v:
            assert len((await v.visit(feed(outlet))).articles) == 1
            assert (await v.visit(feed(outlet))).end.outcome is RunOutcome.NOT_MODIFIED

    run(go())


def test_a_wait_that_is_no_number_is_no_wait(outlet: LoopbackOutlet) -> None:
    outlet.answers["/feed"] = Answer(status=429, headers={"Retry-After": "²"})

    async def go() -> None:
        async with visitor() as v:
            end = (await v.visit(feed(outlet))).end
            assert (end.reason, end.hold_until) == ("http_429", None)

    run(go())


def test_a_hub_and_its_topic_may_come_in_two_headers(outlet: LoopbackOutlet) -> None:
    serve(outlet, "a")

    class Twice(dict[str, str]):
        def items(self):  # type: ignore[no-untyped-def]
            return [("Link", '<https://hub.example/>; rel="hub"'), ("Link", f'<{outlet.base}/self>; rel="self"')]

    def twice(_headers: Mapping[str, str]) -> Answer:
        return Answer(rss((f"{outlet.base}/a", "Headline of a in the feed")), headers=Twice())

    outlet.answers["/feed"] = twice

    async def go() -> None:
        async with visitor() as v:
            assert (await v.visit(feed(outlet))).end.offer == Offer("https://hub.example/", f"{outlet.base}/self")

    run(go())
