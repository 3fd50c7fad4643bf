"""Who wrote it, on pages whose data do not say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.page import extract_page

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TITLE = "Karvan closes its northern quay"
TEXT = "The port authority of Karvan said on Monday that the northern quay would be closed while divers inspect it."


def authors(byline: str) -> tuple[str, ...]:
    html = f"<html><head><title>{TITLE} | The Post</title></head><body><article><h1>{TITLE}</h1>{byline}<p>{TEXT}</p>"
    return extract_page(html.encode(), url="https://post.example/news/1", now=NOW).authors


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("<p class=x1>By Nadia Tarim<br>Karvan</p>", ("Nadia Tarim",)),
        ("<p class=x1>By Nadia Tarim and Omar Belisle</p>", ("Nadia Tarim", "Omar Belisle")),
        ("<div>إعداد: <span>هدى منصور</span></div>", ("هدى منصور",)),
        ("<div>بقلم: <b class=username><a href=/user/7>ليلى الحداد</a></b></div>", ("ليلى الحداد",)),
        ("<div class=details-writer>كتب - سامر قبلان:</div>", ("سامر قبلان",)),
        ("<dd itemprop=author>نوشته شده توسط: <span>مریم صادقی</span></dd>", ("مریم صادقی",)),
        ("<span class=post-author>Gönderen <b>Deniz Kaya</b></span>", ("Deniz Kaya",)),
        ("<div><a href=/autor/lv>Lucía Vera</a></div>", ("Lucía Vera",)),
        ("<span class=author>Omar Belisle, Business Editor</span>", ("Omar Belisle",)),
        ("<span class=author>ليلى الحداد، مراسلة الشؤون الاقتصادية</span>", ("ليلى الحداد",)),
        # Nobody's name.
        ("<p>By the numbers</p>", ()),
        ("<p>By 2030 the quay will have been replaced</p>", ()),
        ("<p>كتب: أفضل روايات العام</p>", ()),
        ("<p>بقلم من أفضل ما كتب</p>", ()),
        ("<div><a href=/authors>Our authors</a></div>", ()),
    ],
)
def test_a_byline_is_known_by_its_words_or_where_it_leads(byline: str, names: tuple[str, ...]) -> None:
    assert authors(byline) == names
