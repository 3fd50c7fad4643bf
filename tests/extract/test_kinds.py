"""Pages of the kinds that regional outlets run: invented texts in the markup of content systems and themes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.extract.page import extract_page

PAGES = Path(__file__).parent / "kinds"
ZONE = "Asia/Baghdad"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Expected:
    """`published` is in the outlet's zone; `says` and `says_not` are pieces of the text."""

    title: str
    published: str
    says: tuple[str, ...] = ()
    says_not: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    language: str = ""


ARABIC = "الأمطار ترفع منسوب النهر أربعين سنتيمتراً"
ENGLISH = "Rain lifts the river by forty centimetres"
TURKISH = "Yağmur nehri kırk santimetre yükseltti"
PERSIAN = "باران سطح رودخانه را چهل سانتی\u200cمتر بالا برد"

KINDS = {
    # The outlet's clock stands above the headline, other stories' days below it.
    "newspaper-theme": Expected(ARABIC, "2026-11-20 10:30", ("تراقب السدود",), ("بيان رسمي",), ("ليلى حسن",), "ar"),
    "jannah-theme": Expected(
        "باران ئاستی ڕووبارەکەی چل سانتیمەتر بەرز کردەوە",
        "2026-11-20 00:00",
        ("جووتیارانی",),
        ("بەندەرەکە",),
        ("دانا عەلی",),
        "ckb",
    ),
    "drupal": Expected(PERSIAN, "2026-11-20 11:00", ("شبانه\u200cروز",), ("اسکله", "آبان"), (), "fa"),
    "header-clock": Expected(ARABIC, "2026-11-20 00:00", ("تراقب السدود",)),
    "updated-first": Expected(ENGLISH, "2026-11-20 10:30", ("watching the dams",)),
    # The outlet's name is the first heading; the headline is the second, or none.
    "joomla-k2": Expected(TURKISH, "2026-11-20 10:30", ("Kemal Aydınlı",), ("iskeleleri",), ("Ayşe Demirel",), "tr"),
    "plain-date": Expected(ARABIC, "2026-11-20 10:30", ("تراقب السدود",)),
    "old-tables": Expected(
        "Baranê asta çem çil santîmetre bilind kir", "2026-11-20 10:30", ("bendavan",), ("benderê",), (), "kmr"
    ),
    "cp1256": Expected(ARABIC, "2026-11-20 10:30", ("تراقب السدود",), ("الموازنة",)),
    "saba-newsroom": Expected(PERSIAN, "2026-11-20 11:00", ("سازمان آب منطقه", "شبانه\u200cروز"), ("توهین", "کد خبر")),
    # The text is no paragraphs, stands in captions or data only, begins with a lead of its own, or other things stand within.
    "blogger": Expected(ARABIC, "2026-11-20 00:00", ("تراقب السدود",), ("مرسلة",), ("أبو سعد",)),
    "nextjs-shell": Expected(ENGLISH, "2026-11-20 13:30", ("watching the dams",)),
    "gallery": Expected(
        f"بالصور.. {ARABIC}", "2026-11-20 10:30", ("دائرة الموارد المائية", "تراقب السدود"), ("الموازنة",)
    ),
    "haber-script": Expected(
        TURKISH, "2026-11-20 10:30", ("Su işleri", "Kemal Aydınlı"), ("iskeleleri",), ("Anadolu Kaynağı",)
    ),
    "walls": Expected(ENGLISH, "2026-11-20 00:00", ("the north",), ("weekly letter", "cookies", "lived by")),
    "several": Expected(
        ENGLISH, "2026-11-20 13:30", ("watching the dams",), ("behind closed doors",), ("Nora Kassab",)
    ),
    # Months and bylines of further languages.
    "armenian": Expected("Անձրևները բարձրացրել են գետի մակարդակը", "2026-11-20 10:30", ("ասուլիսում",), ("Կամուրջը",)),
    "russian": Expected(
        "Дожди подняли уровень реки на сорок сантиметров",
        "2026-11-20 10:30",
        ("плотин",),
        ("причалы",),
        ("Марина Дзасохова",),
    ),
    "br-only": Expected("הגשמים העלו את מפלס הנהר בארבעים סנטימטרים", "2026-11-20 10:30", ("הסכרים",), ("ממומן",)),
    "opinion": Expected("النهر والناس", "2026-11-20 10:30", ("تراقب السدود",), ("الموازنة",), ("ليلى حسن",)),
    "video": Expected(ARABIC, "2026-11-20 10:30", ("دائرة الموارد المائية",), ("الميناء",)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_many_kinds_are_read_right(kind: str) -> None:
    expected = KINDS[kind]
    found = extract_page(
        (PAGES / f"{kind}.html").read_bytes(), url=f"https://{kind}.example/news/1", zone=ZONE, now=NOW
    )
    assert found.title == expected.title
    assert found.published_at is not None
    assert f"{found.published_at.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}" == expected.published
    assert [piece for piece in expected.says if piece not in found.text] == []
    assert [piece for piece in expected.says_not if piece in found.text] == []
    assert found.authors == expected.authors
    assert found.language == (expected.language or found.language)
