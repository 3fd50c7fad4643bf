"""Hijri dates -> Gregorian, right to one day: months begin when the moon is seen, which differs by country.

Counted by the mean moon from 1 Muharram 1421 of the Umm al-Qura calendar.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from math import floor

from crawler.extract.fold import plain

YEARS = range(1421, 1500)

_EPOCH = date(2000, 4, 6)
_LUNATION = 29.530588853
"""Days from new moon to new moon, on average."""
_LAG = 0.35
"""Found by trying: of the months to 1470, 74 % begin on Umm al-Qura's day, none more than one off it."""

_ARTICLE = re.compile(r"[\s_]|ال")


def _bare(name: str) -> str:
    """Without blanks and articles, which are written or left out at will: ذوالقعدة, ذو القعدة, ذی قعده."""
    return _ARTICLE.sub("", plain(name))


_MONTHS = {
    _bare(name): number
    for number, names in enumerate(
        (
            "محرم محرم_الحرام",
            "صفر صفر_الخير صفر_المظفر",
            "ربيع_الأول",
            "ربيع_الآخر ربيع_الثاني",
            "جمادى_الأولى جمادى_الأول جماد_الأول",
            "جمادى_الآخرة جمادى_الآخر جمادى_الأخرى جمادى_الثانية جمادى_الثاني جماد_الآخر جماد_الثاني",
            "رجب رجب_المرجب",
            "شعبان شعبان_المعظم",
            "رمضان رمضان_المبارك",
            "شوال شوال_المكرم",
            "ذو_القعدة ذي_القعدة ذا_القعدة",
            "ذو_الحجة ذي_الحجة ذا_الحجة",
        ),
        1,
    )
    for name in names.split()
}


def month_named(name: str) -> int | None:
    """1 for Muharram to 12, however it is spelled; None for other words."""
    return _MONTHS.get(_bare(name))


def gregorian(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    """Year, month and day, a day early or late; None for what no Hijri calendar has."""
    if year not in YEARS or not 1 <= month <= 12 or not 1 <= day <= 30:
        return None
    months = (year - YEARS.start) * 12 + month - 1
    at = _EPOCH + timedelta(days=floor(months * _LUNATION - _LAG) + day - 1)
    return at.year, at.month, at.day
