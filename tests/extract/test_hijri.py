"""Hijri dates: read where a page says its time in no other calendar, right to one day, and said to be so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.extract.dates import parse_date, parse_hijri
from crawler.extract.page import extract_page

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STORY = "<p>رفعت الأمطار الغزيرة منسوب النهر بمقدار أربعين سنتيمتراً خلال يومين، بحسب دائرة الموارد.</p>" * 3

# The days are those of the Umm al-Qura calendar; other countries saw the moon a day earlier or later.
WRITTEN = [
    ("1 محرم 1421", "2000-04-06"),
    ("12 صفر 1446 هـ", "2024-08-16"),
    ("٣ ربيع الأول ١٤٤٥هـ", "2023-09-18"),
    ("3 ربيع الآخر 1445", "2023-10-18"),
    ("3 ربيع الثاني 1445 ه", "2023-10-18"),
    ("الخميس، 12 جمادى الأولى 1446 هـ", "2024-11-14"),
    ("12 جمادى الاولى 1446", "2024-11-14"),
    ("12 جمادي الأول، 1446هـ", "2024-11-14"),
    ("12 جمادى الآخرة 1446", "2024-12-13"),
    ("12 من جمادى الثانية 1446 هـ", "2024-12-13"),
    ("۱۲ جمادی‌الثانی ۱۴۴۶", "2024-12-13"),
    ("20 رجب 1446", "2025-01-20"),
    ("۲۰ رجب المرجب ۱۴۴۶", "2025-01-20"),
    ("15 شعبان 1446", "2025-02-14"),
    ("1 رمضان 1446 هـ", "2025-03-01"),
    ("1 رمضان المبارك 1446 هـ", "2025-03-01"),
    ("1 شوال 1446", "2025-03-30"),
    ("5 ذو القعدة 1446 هـ", "2025-05-03"),
    ("5 ذي القعدة 1446", "2025-05-03"),
    ("5 ذوالقعدة 1446", "2025-05-03"),
    ("۵ ذی‌قعده ۱۴۴۶", "2025-05-03"),
    ("9 ذو الحجة 1446 هـ", "2025-06-05"),
    ("9 ذي الحجه 1446", "2025-06-05"),
    ("1446/05/12", "2024-11-14"),
    ("1446/05/12هـ", "2024-11-14"),
    ("١٤٤٦/٠٥/١٢ هـ", "2024-11-14"),
    ("12/05/1446", "2024-11-14"),
    ("12-5-1446هـ", "2024-11-14"),
    ("1446-05-12T10:30:00", "2024-11-14"),
]


@pytest.mark.parametrize(("text", "day"), WRITTEN)
def test_a_hijri_date_is_read_to_one_day_and_on_request_only(text: str, day: str) -> None:
    found = parse_hijri(text, "UTC", NOW)
    assert found is not None
    assert abs(found - datetime.fromisoformat(day).replace(tzinfo=UTC)) < timedelta(days=2)
    assert parse_date(text, "UTC", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "31 رجب 1446", "0 رجب 1446", "1446/13/01", "1446/00/10", "1446/05/31", "12 رجب 1420", "12 رجب 1500", "1405/09/03",
        "12 تشرين 1446", "12 رجب 1449", "رجب 1446", "24 نوفمبر 2026", "1446",
    ],
)  # fmt: skip
def test_what_no_hijri_calendar_has_and_what_lies_ahead_is_refused(text: str) -> None:
    assert parse_hijri(text, "UTC", NOW) is None


def test_the_hour_is_kept_and_tomorrow_by_our_moon_is_today() -> None:
    assert f"{parse_hijri('12 رجب 1446 - 10:30 م', 'Asia/Riyadh', NOW):%H:%M}" == "19:30"
    for hour in range(24):
        now = datetime(2026, 11, 24, hour, tzinfo=UTC)
        for day in range(1, 31):
            found = parse_hijri(f"{day} جمادى الآخرة 1448", "Asia/Riyadh", now)
            assert found is None or found < now + timedelta(hours=3)


@pytest.mark.parametrize(
    "text",
    [
        "الثلاثاء 10 جمادى الأولى 1446 هـ الموافق 12 نوفمبر 2024 م",
        "12 نوفمبر 2024 الموافق 10 جمادى الأولى 1446",
        "1446/05/10 هـ - 2024/11/12 م",
        "1446-5-10 | 12-11-2024",
        "سه‌شنبه ۲۲ آبان ۱۴۰۳ - ۱۰ جمادی‌الاول ۱۴۴۶ - 12 November 2024",
        "۱۰ جمادی‌الاول ۱۴۴۶ - سه‌شنبه ۲۲ آبان ۱۴۰۳",
    ],
)
def test_of_two_calendars_in_one_line_the_hijri_one_is_not_used(text: str) -> None:
    found = parse_date(text, "UTC", NOW)
    assert found is not None
    assert f"{found:%Y-%m-%d}" == "2024-11-12"


def page(head: str = "", line: str = "") -> bytes:
    return f"<html><head>{head}</head><body><h1>الأمطار ترفع منسوب النهر</h1>{line}<article>{STORY}</article></body></html>".encode()


HIJRI = "<span class=date>12 جمادى الأولى 1446 هـ</span>"


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        (page("<meta property=article:published_time content=2024-11-20T10:00:00Z>", HIJRI), "https://t.example/a"),
        (page("<meta name=date content='1446/05/12'>", "<time>20 نوفمبر 2024</time>"), "https://t.example/a"),
        (page("", HIJRI + "<span class=time>20 نوفمبر 2024</span>"), "https://t.example/a"),
        (page("", HIJRI), "https://t.example/2024/11/20/a"),
    ],
    ids=["meta", "visible", "beside", "address"],
)
def test_whatever_else_says_the_time_is_believed_before_a_hijri_date(raw: bytes, url: str) -> None:
    found = extract_page(raw, url=url, now=NOW)
    assert f"{found.published_at:%Y-%m-%d}" == "2024-11-20"
    assert (found.approximate, found.warnings) == (False, ())


def test_a_page_that_says_its_day_in_hijri_only_has_a_time_with_a_warning() -> None:
    found = extract_page(page("", HIJRI), url="https://t.example/a", now=NOW)
    assert found.published_at in {datetime(2024, 11, day, tzinfo=UTC) for day in (13, 14, 15)}
    assert (found.approximate, found.warnings) == (True, ("the publication day is Hijri: one early or late",))


def test_a_hijri_day_that_cannot_be_is_no_time() -> None:
    found = extract_page(page("", "<span class=date>31 رجب 1446 هـ</span>"), url="https://t.example/a", now=NOW)
    assert (found.published_at, found.approximate, found.warnings) == (None, False, ("no publication time",))
