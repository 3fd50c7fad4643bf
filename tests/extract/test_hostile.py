"""No input raises anything but our own error, and none of 150 kB takes over two seconds."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.dates import parse_date
from crawler.extract.encoding import decode
from crawler.extract.page import extract_page
from crawler.feeds import parse_feed, parse_listing, parse_sitemap
from crawler.opml import read
from news.errors import ParseError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://tigris.example/a"
SIZE = 150_000

PIECES = st.lists(
    st.sampled_from([
        "<p>", "</p>", "<div class=related>", "</div>", "<table><tr><td>", "<article>", "</article>", "<h1>", "</h1>",
        "<h2>Read also</h2>", "<a href=/x>", "</a>", "<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle",',
        '"headline":1,"datePublished":[]}', "<!--", "-->", "<![CDATA[", "]]>", "&amp;lt;", "&#0;", "&#x110000;", "\x00", "\ud800",
        "<meta property=article:published_time content=۱۳۹۹/۱۳/۴۵>", "<time datetime=99999-99-99>", "<br>" * 50, "<form>", "<frameset>",
        "<svg><foreignObject>", "Ministers met on Monday to discuss the border. ", "وقع الوزيران مذكرة تفاهم أمنية بين البلدين. ", "\u202e",
        "<item><link>", "</item>", "<entry>", "<urlset><url><loc>", "<rss>", "<channel>", "<?xml version='1.0'?>", "<!DOCTYPE html>",
    ]),
    max_size=60,
)  # fmt: skip


@given(PIECES)
@settings(max_examples=150, deadline=None)
def test_no_page_and_no_feed_raises_anything_but_our_own_error(pieces: list[str]) -> None:
    raw = "".join(pieces).encode("utf-8", "surrogatepass")
    with suppress(ParseError):
        extract_page(raw, url=URL, zone="Asia/Baghdad", now=NOW)
    for reader in (parse_feed, parse_sitemap, parse_listing):
        with suppress(ParseError):
            reader(raw, url=URL)
    with suppress(ParseError):
        read(raw, "x")


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "windows-1256", "utf-16", "nonsense", "rot13", "base64"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_decoded(raw: bytes, charset: str) -> None:
    text, _ = decode(raw, declared=charset, fallback="windows-1256")
    assert isinstance(text, str)


@given(
    st.one_of(
        st.text(max_size=60),
        st.from_regex(r"[0-9۰-۹٠-٩]{1,6}[-/. :]{1,2}[0-9]{1,6}[-/. ][0-9]{1,6} ?(م|ص|pm|Z|\+9999)?"),
    )
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_plausible_time_or_none(text: str) -> None:
    found = parse_date(text, "Asia/Baghdad", NOW)
    assert found is None or found.tzinfo is UTC


def fill(piece: str) -> str:
    return piece * (SIZE // len(piece) + 1)


HOSTILE = {
    "nested blocks": fill("<div>"),
    "nested links": fill("<a href=x>"),
    "many links with a text": fill("<a href=/story-of-the-day>A headline that is long enough here</a> text<br>"),
    "teasers": fill("<li><a href=x>A headline that is long enough here</a><p>Some words below it that end.</p></li>"),
    "cells": fill("<table><tr><td>a"),
    "one line": fill("word "),
    "breaks": fill("<br>"),
    "named noise": fill("<div class='related share'>Words of a sentence that goes on.</div>"),
    "nested noise": fill("<div class=related><p>a</p>"),
    "entities": fill("&amp;lt;"),
    "one attribute": f"<p class='{fill('related ')}'>x</p>",
    "attributes": "<p " + fill("a=b ") + ">x</p>",
    "comment openings": fill("<!--"),
    "instruction openings": fill("<?"),
    "declarations in nested headings": fill("<h1>*<!x>"),
    "texts in nested blocks": fill("<div><i></i>x"),
    "data": "<script type='application/ld+json'>" + fill('{"@graph":[') + "</script>",
    "headings": fill(
        "<h2>Read also</h2><p>Words of a sentence that goes on for some time, and then ends somewhere.</p>"
    ),
    "times": fill("<time datetime=x>12.12.2020 12:12</time>"),
    "items": "<rss><channel>" + fill("<item><title>a</title><link>https://t.example/a</link></item>"),
    "open items": "<rss>" + fill("<item>"),
    "spans": fill("<span>a</span>"),
    "headings in headings": "<title>another one altogether</title>" + "<h2>a<div>" * 120 + fill("word "),
    "blanks around the headline": "<div class=a>" * 150 + fill("<b> </b>"),
    "nested noise without paragraphs": "<div class=related>" * 240 + fill("<a>x</a>y"),
    "pieces of a title": "<title>"
    + " - ".join(f"w{i} two three four" for i in range(3500))
    + "</title>"
    + "".join(f"<div>w{i} two three fou</div>" for i in range(3000)),
    "many authors": "<div>" + fill("<div class=author>x</div>"),
    "blanks in the data": "<script type='application/ld+json'>" + fill(" ") + "x</script>",
    "nested types": "<script type='application/ld+json'>" + '{"@type":' + "[" * 900 + "]" * 900 + "}</script>",
    "broken words": fill("ا*"),
    "spaces": fill(" "),
    "digits": fill("1"),
    "dots": fill("1.1/"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_takes_long(name: str) -> None:
    raw = f"<html><body><h1>A headline</h1>{HOSTILE[name]}".encode()
    begun = time.process_time()
    with suppress(ParseError):
        extract_page(raw, url=URL, now=NOW)
    for reader in (parse_feed, parse_sitemap, parse_listing):
        with suppress(ParseError):
            reader(HOSTILE[name].encode(), url=URL)
    parse_date(HOSTILE[name], "UTC", NOW)
    assert time.process_time() - begun < 4 * 2, "two seconds each"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:00+99:99", "2026-03-01T10:00:00+24:00", "Sun, 01 Mar 2026 10:00:00 +9999", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "2026-03-01T25:61:61Z", "2026-03-01 10:00 Asia/Nowhere", "00/00/0000", "Ⅳ 2026", "1446/13/31 25:99",
    ],
)  # fmt: skip
def test_an_impossible_zone_or_hour_costs_no_more_than_itself(text: str) -> None:
    found = parse_date(text, "Asia/Baghdad", NOW)
    assert found is None or found.date().isoformat() in ("2026-02-28", "2026-03-01")


def test_half_a_character_in_the_data_and_half_an_address_in_a_link_spoil_no_page() -> None:
    data = json.dumps(
        {"@type": "NewsArticle", "headline": "\ud83d", "author": "\ud83d", "articleBody": "\ud83d words " * 20}
    )
    raw = f"<script type=application/ld+json>{data}</script><h1><a href='http://[::1'>A headline</a></h1>".encode()
    found = extract_page(raw, url=URL, now=NOW)
    for text in (found.title, found.text, *found.authors):
        text.encode()


def test_a_large_page_of_hidden_parts_takes_no_longer_than_it_is_long() -> None:
    raw = b"<h1>A headline</h1>" + b"<div hidden>a</div>b " * 60_000
    begun = time.process_time()
    extract_page(raw, url=URL, now=NOW)
    assert time.process_time() - begun < 3, "six seconds where each is taken out by itself"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://t.example/2026/02/24/story", "2026-02-23T21:00:00+00:00"),
        ("https://t.example/a/20260224/story", "2026-02-23T21:00:00+00:00"),
        ("https://t.example/a/2026-2-4-1.55", "2026-02-03T21:00:00+00:00"),
        ("https://t.example/a/2026/13/24/x", None),
        ("https://t.example/a/20261399", None),
        ("https://t.example/a/2027/02/24/x", None),
        ("https://t.example/a/120260224", None),
    ],
)
def test_a_day_in_an_address_is_the_last_resort(url: str, day: str | None) -> None:
    from crawler.extract.dates import date_in_url

    found = date_in_url(url, "Asia/Baghdad", NOW)
    assert (found.isoformat() if found else None) == day


def test_half_a_character_in_a_json_feed_spoils_no_entry() -> None:
    """It could not be stored: the source's visits would fail for as long as the entry is listed."""
    half = {"title": "Cut off \ud83d", "summary": "\udc00", "content_html": "<p>\ud83d</p>", "id": "\ud83d"}
    raw = json.dumps({"title": "\ud83d", "items": [{"url": "https://x.example/\ud83d", **half}]}).encode()
    feed = parse_feed(raw, url="https://x.example/feed")
    [entry] = feed.entries
    assert entry.title == "Cut off ?"
    for text in (feed.title, entry.link, entry.guid, entry.title, entry.summary, entry.content_html):
        text.encode()


NO_ADDRESSES = [
    "http://[",
    "//[::1",
    "http://a:99999/one-two-three",
    "http://a:x/one-two-three",
    "http://a\uff0fb/one-two-three",
]


@pytest.mark.parametrize("link", NO_ADDRESSES)
def test_a_link_to_no_address_costs_its_entry_alone(link: str) -> None:
    good = "https://tigris.example/one-two-three"
    title = "A headline that is long enough here"
    lists = {
        parse_feed: f"<rss><channel><item><title>{title}</title><link>{link}</link></item>"
        f"<item><title>{title}</title><link>{good}</link></item></channel></rss>",
        parse_sitemap: f"<urlset><url><loc>{link}</loc></url><url><loc>{good}</loc></url></urlset>",
        parse_listing: f"<a href='{link}'>{title}</a><a href='{good}'>{title}</a>",
    }
    for reader, text in lists.items():
        assert [e.link for e in reader(text.encode(), url=URL).entries] == [good]
    items = [{"url": link}, {"url": good}]
    assert [e.link for e in parse_feed(json.dumps({"items": items}).encode(), url=URL).entries] == [good]
    atom = f"<feed><entry xml:base='{link}'><link href='{good}'/></entry></feed>"
    assert [e.link for e in parse_feed(atom.encode(), url=URL).entries] == [good]


def test_an_article_that_quotes_a_whole_page_makes_its_feed_no_web_page() -> None:
    quoted = "<![CDATA[<!DOCTYPE html PUBLIC 'x'><!DOCTYPE html [<!ENTITY a 'b'>]><html><body>Quoted</body></html>]]>"
    item = f"<item><link>https://t.example/a</link><description>{quoted}</description></item>"
    assert len(parse_feed(f"<rss><channel>{item}</channel></rss>".encode(), url=URL).entries) == 1


@pytest.mark.parametrize(
    "before",
    [
        "",
        "<!-- <rss> -->",
        "<?x <rss> ?>",
        "<!DOCTYPE rss>",
        "<!DOC<!DOCTYPE rss>TYPE r [<!ENTITY a 'b'>]>",
        "<1>",
        "x",
    ],
)
def test_entities_are_refused_whatever_stands_before_their_declaration(before: str) -> None:
    raw = f"{before}<!DOCTYPE r [<!ENTITY a 'aaaa'>]><rss><channel/></rss>".encode()
    with pytest.raises(ParseError) as refused:
        parse_feed(raw, url=URL)
    assert refused.value.reason == "xml_entities"
