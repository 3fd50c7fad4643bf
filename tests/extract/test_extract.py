"""Pages and feeds: dates, languages, encodings, hostile input, the worker pool."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.dates import parse_date
from crawler.extract.encoding import decode
from crawler.extract.language import detect_language
from crawler.extract.page import extract_page, extract_record
from crawler.extract.pool import ExtractionPool
from crawler.feeds import parse_feed
from news.errors import ParseError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-24T10:30:00+03:00", "UTC", "2026-11-24T07:30"),
        ("2026-11-24 10:30", "Asia/Baghdad", "2026-11-24T07:30"),
        ("Tue, 24 Nov 2026 07:30:00 GMT", "UTC", "2026-11-24T07:30"),
        ("24 تشرين الثاني 2026 10:30", "Asia/Baghdad", "2026-11-24T07:30"),
        ("الثلاثاء ٢٤ نوفمبر ٢٠٢٦ - ١٠:٣٠ ص", "Asia/Baghdad", "2026-11-24T07:30"),
        ("24 نوفمبر 2026 10:30 م", "Asia/Baghdad", "2026-11-24T19:30"),
        ("24 كانون الثاني 2026", "Asia/Baghdad", "2026-01-23T21:00"),
        ("24 تشرین دووەم 2026", "Asia/Baghdad", None),
        ("24ی تشرینی دووەم 2026 10:30", "Asia/Baghdad", "2026-11-24T07:30"),
        ("24 Mijdar 2026 10:30", "Asia/Baghdad", "2026-11-24T07:30"),
        ("24 Kasım 2026 10:30", "Europe/Istanbul", "2026-11-24T07:30"),
        ("۳ آذر ۱۴۰۵ ۱۱:۰۰", "Asia/Tehran", "2026-11-24T07:30"),
        ("24 نوفمبر/تشرين الثاني 2026 - 10:30 صباحاً", "Asia/Baghdad", "2026-11-24T07:30"),
        ("23 تشرين ثاني 2026 09:22 مساءً", "UTC", "2026-11-23T21:22"),
        ("24 نوفمبر 2026 12:05 ظهراً", "UTC", "2026-11-24T12:05"),
        ("24 نوفمبر 2026 12:05 ص", "UTC", "2026-11-24T00:05"),
        ("2 آذر 1405 - 02:09:08 ب.ظ", "UTC", "2026-11-23T14:09"),
        ("2 قوس 1405", "UTC", "2026-11-23T00:00"),
        ("٢ی سەرماوەزی ١٤٠٥", "UTC", "2026-11-23T00:00"),
        ("23ی تشرینی دووەمی 2026", "UTC", "2026-11-23T00:00"),
        ("23 ноября 2026 г., 10:30", "UTC", "2026-11-23T10:30"),
        ("10:30, 23 Նոյեմբերի, 2026", "UTC", "2026-11-23T10:30"),
        ("23 בנובמבר 2026", "UTC", "2026-11-23T00:00"),
        ("23 Noyabr 2026", "UTC", "2026-11-23T00:00"),
        ("23 ნოემბერი, 2026", "UTC", "2026-11-23T00:00"),
        ("23 Kas. 2026", "UTC", "2026-11-23T00:00"),
        ("10:30 p.m. November 23, 2026", "UTC", "2026-11-23T22:30"),
        ("November 24, 2026", "UTC", "2026-11-24T00:00"),
        ("24/11/2026 10:30", "Asia/Baghdad", "2026-11-24T07:30"),
        ("11/9/2026 8:05:00 AM", "UTC", "2026-11-09T08:05"),
        ("11/23/2026 10:30 PM", "UTC", "2026-11-23T22:30"),
        ("9/10/2026, 10:30 p.m.", "UTC", "2026-09-10T22:30"),
        ("11/23/2026", "UTC", "2026-11-23T00:00"),
        ("11/09/2026 08:05 AM", "UTC", "2026-09-11T08:05"),
        ("11/9/2026 08:05", "UTC", "2026-09-11T08:05"),
        ("11.9.2026 8:05 AM", "UTC", "2026-09-11T08:05"),
        ("11/9/2026 8:05 ص", "UTC", "2026-09-11T08:05"),
        ("16/10/2026, 12:36 PM", "UTC", "2026-10-16T12:36"),
        ("3/25/1405", "UTC", None),
        ("\u202b24\u202c/\u061c11/2026", "UTC", "2026-11-24T00:00"),
        ("2026-11-24 07:30:00 UTC", "Asia/Baghdad", "2026-11-24T07:30"),
        ("2026-11-24T10:30+03", "UTC", "2026-11-24T07:30"),
        ("2026-11-24 10:30 UTC+03:00", "America/New_York", "2026-11-24T07:30"),
        ("2026-11-24 10:30 GMT+3", "America/New_York", "2026-11-24T07:30"),
        ("24 نوفمبر 2026 07:30 بتوقيت غرينتش", "Asia/Baghdad", "2026-11-24T07:30"),
        ("24 نوفمبر 2026 10:30 بتوقيت مكة (07:30 غرينتش)", "Asia/Riyadh", "2026-11-24T07:30"),
        ("24 نوفمبر (تشرين الثاني) 2026", "UTC", "2026-11-24T00:00"),
        ("تشرين الثاني 24, 2026", "UTC", "2026-11-24T00:00"),
        ("23 نونبر 2026", "UTC", "2026-11-23T00:00"),
        ("23 غشت 2026", "UTC", "2026-08-23T00:00"),
        ("23ê Mijdara 2026an", "UTC", "2026-11-23T00:00"),
        ("23 Çiriya Pêşîn 2026", "UTC", "2026-10-23T00:00"),
        ("23rd of November 2026", "UTC", "2026-11-23T00:00"),
        ("2031-01-01T00:00:00Z", "UTC", None),
        ("1970-01-01T00:00:00Z", "UTC", None),
        ("12 جمادى الآخرة 1448", "Asia/Riyadh", None),
        ("Read in 5 minutes", "UTC", None),
    ],
)
def test_dates_of_every_tradition_are_read_and_nothing_is_guessed(text: str, zone: str, expected: str | None) -> None:
    found = parse_date(text, zone, NOW)
    assert (found.strftime("%Y-%m-%dT%H:%M") if found else None) == expected


@pytest.mark.parametrize(
    ("text", "candidates", "expected"),
    [
        ("Heavy rain lifted the water level of the river by forty centimetres", (), "en"),
        ("رفعت الأمطار الغزيرة منسوب نهر دجلة بمقدار أربعين سنتيمتراً خلال يومين", ("ar", "ckb"), "ar"),
        ("بەفرێکی زۆر شەوی ڕابردوو ڕێگای دوو ناحیەی شاخاویی داخست", ("ckb", "ar"), "ckb"),
        ("Festîvala dengbêjan a heftemîn roja duşemê li Duhokê dest pê kir", ("kmr", "tr"), "kmr"),
        ("بارش باران سطح آب رودخانه را چهل سانتی‌متر بالا برد و کشاورزان امیدوارند", ("fa", "ar"), "fa"),
        ("Şiddetli yağmur nehrin su seviyesini iki günde kırk santimetre yükseltti", ("tr", "kmr"), "tr"),
        ("123 456", ("en", "ar"), "und"),
    ],
)
def test_languages_are_told_apart_among_the_candidates(text: str, candidates: tuple[str, ...], expected: str) -> None:
    assert detect_language(text, candidates) == expected


def test_valid_utf_8_is_believed_before_the_declaration_and_cp1256_is_the_fall_back() -> None:
    text = "أمطار غزيرة"
    assert decode(text.encode("utf-8"), declared="windows-1256") == (text, "utf-8")
    assert decode(text.encode("cp1256"), declared="utf-8") == (text, "cp1256")
    assert decode(b"\xff\xfe" + text.encode("utf-16-le"))[0] == text
    assert decode(text.encode("cp1256"), declared="no-such-code")[0] == text


def test_a_profile_reads_the_outlet_s_markup_without_dateline_and_tail() -> None:
    html = (
        "<html><head><title>x</title></head><body><main><article><h1>أمطار ترفع منسوب النهر</h1>"
        "<time datetime='2026-11-24T10:00:00+03:00'></time><div class='article-content'>"
        "<p>شفق نيوز/ رفعت الأمطار منسوب النهر بمقدار أربعين سنتيمتراً خلال يومين بحسب الدائرة.</p>"
        "<p>وتوقعت الأنواء استمرار الأمطار.</p><p>Shafaq Live</p><p>ليس من الخبر</p></div></article></main></body></html>"
    )
    found = extract_page(html.encode(), url="https://shafaq.com/ar/x", candidates=("ar",), now=NOW)
    assert found.method == "profile:shafaq"
    assert found.text.startswith("رفعت الأمطار")
    assert "ليس من الخبر" not in found.text
    assert found.published_at == datetime(2026, 11, 24, 7, tzinfo=UTC)


def test_a_page_whose_profile_finds_next_to_nothing_is_read_as_if_there_were_no_profile() -> None:
    html = (
        "<html><body><main><h1>Rain lifts the river</h1><div class='news-content'><p>Short.</p>"
        "<div class='ads'><p>The river rose by forty centimetres within two days, the office said on Tuesday.</p></div>"
        "<form><p>Farmers along the valley expect a better harvest than in the three years before.</p></form></div></main></body></html>"
    )
    found = extract_page(html.encode(), url="https://shafaq.com/en/x", now=NOW)
    assert found.method == "generic"
    assert "The river rose" in found.text
    assert "Farmers" in found.text


def test_the_generic_reader_leaves_navigation_and_other_stories_out() -> None:
    story = "".join(f"<p>Sentence {i} of the story about the river and its long valley.</p>" for i in range(6))
    html = (
        "<html><body><nav><a href=/>Home of the site and more words</a></nav><div class=related><p><a href=/x>Another story "
        f"that is not this one at all</a></p></div><h1>River</h1><div id=c>{story}</div><footer>All rights</footer></body></html>"
    )
    found = extract_page(html.encode(), url="https://x.example/1", now=NOW)
    assert found.text.count("Sentence") == 6
    assert "Another story" not in found.text
    assert "rights" not in found.text


def test_joiners_of_persian_and_kurdish_are_kept() -> None:
    word = "می\u200cشود"
    html = f"<html><body><h1>خبر</h1><article><p>{(word + ' این خبر بلند است و ادامه دارد ') * 5}</p></article></body></html>"
    assert extract_page(html.encode(), url="https://x.example", candidates=("fa",), now=NOW).text.count(word) == 5


@pytest.mark.parametrize(
    "html",
    ["<a " * 50_000, "<div>" * 200_000, "<p>" * 50_000 + "x", "<table><tr>" * 20_000, "<!--" * 40_000, "&" * 150_000],
    ids=["attributes", "deep", "paragraphs", "tables", "comments", "ampersands"],
)
def test_hostile_pages_end_quickly_in_a_clear_error(html: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ParseError):
        extract_page(html.encode(), url="https://x.example", now=NOW)
    assert time.monotonic() - begun < 10, "minutes would be a hole; seconds are a slow machine"


@given(st.binary(max_size=400))
@settings(max_examples=120, deadline=None)
def test_no_bytes_break_the_readers(raw: bytes) -> None:
    for read in (
        lambda: extract_page(b"<html><h1>T</h1><p>" + raw, url="https://x.example", now=NOW),
        lambda: parse_feed(b"<rss><channel><item><link>http://x.example/" + raw, url="https://x.example"),
        lambda: parse_feed(raw, url="https://x.example"),
    ):
        with suppress(ParseError):
            read()


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_date_reader(text: str) -> None:
    found = parse_date(text, "Asia/Baghdad", NOW)
    assert found is None or found.tzinfo is UTC


def test_the_pool_reads_pages_replaces_a_late_worker_and_ends_clean() -> None:
    page = (
        "<html><body><h1>Title</h1><article>"
        + "".join(f"<p>Sentence {i} of the story about rivers.</p>" for i in range(9))
    ).encode()

    async def go() -> None:
        pool = ExtractionPool(1, timedelta(seconds=8))
        found = await pool.extract(page, url="https://x.example", now=NOW)
        assert found.title == "Title"
        with pytest.raises(ParseError, match="no text"):
            await pool.extract(b"<html><body><h1>Only a title</h1></body></html>", url="u", now=NOW)
        worker = pool._workers._idle[-1]
        assert worker is not None
        worker.process.kill()
        with pytest.raises(ParseError) as crashed:
            await pool.extract(page, url="https://x.example", now=NOW)
        assert crashed.value.reason == "extraction_crashed"
        assert (await pool.extract(page, url="https://x.example", now=NOW)).title == "Title"
        pool._workers._seconds = 0.0
        with pytest.raises(ParseError) as late:
            await pool.extract(page, url="https://x.example", now=NOW)
        assert late.value.reason == "extraction_timeout"
        await pool.close()

    asyncio.run(go())


class Unreadable:
    """Cannot be taken out of the message in which it is sent."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no\nnumber " * 99,)


def test_why_a_reader_was_lost_stands_in_the_message_in_one_bounded_line() -> None:
    async def go() -> str:
        pool = ExtractionPool(1)
        try:
            with pytest.raises(ParseError) as crashed:
                await pool.extract(b"<h1>Title</h1>", url="https://x.example", candidates=Unreadable(), now=NOW)
        finally:
            await pool.close()
        assert crashed.value.reason == "extraction_crashed"
        return crashed.value.message

    message = asyncio.run(go())
    assert message.startswith("https://x.example: ")
    assert "ValueError: invalid literal for int()" in message
    assert "\n" not in message
    assert len(message) < 400


def test_a_warm_pool_reads_its_first_page_in_the_worker_that_stands_ready() -> None:
    async def go() -> None:
        pool = ExtractionPool(1)
        pool.warm()
        assert pool._warming is not None
        await pool._warming
        (ready,) = pool._workers._idle
        assert ready is not None
        page = b"<h1>Title</h1><p>A sentence of the story about rivers that is long enough to be one.</p>"
        assert (await pool.extract(page, url="https://x.example", now=NOW)).title == "Title"
        assert pool._workers._idle == [ready]
        pool.warm()
        await pool.close()

    asyncio.run(go())


def test_the_record_form_answers_even_for_a_useless_page() -> None:
    found = extract_record({"id": 1, "url": "https://x.example", "html": ""})
    assert (found["id"], found["text"], found["method"], found["reason"]) == (1, "", "none", "empty_page")
