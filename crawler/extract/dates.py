"""Dates as outlets write them -> aware UTC. Tables of months per tradition; no guessing.

ISO 8601 and RFC 2822 first; then `24 تشرين الثاني 2026`, `2026-11-24 17:05`, `24ی تشرینی دووەم`,
`24 Mijdar 2026`, `24 Kasım 2026`, `3 آذر 1405` and their like, with any digits. Years 1300 to 1420 are
Jalali, 1421 to 1499 Hijri; those days are known to one and are read on request only (`parse_hijri`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from crawler.extract import hijri
from crawler.extract.fold import plain

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
FUTURE = timedelta(hours=26)
"""A clock or zone error of an outlet stays under this; more is no date."""

FARTHEST = timedelta(hours=14)
"""No zone is farther from Greenwich."""

_MONTHS: dict[str, int] = {}
for _names in (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
    "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
    "كانون_ثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_أول تشرين_ثاني كانون_أول",
    "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
    "کانوونی_دووەم شوبات ئازار نیسان ئایار حوزەیران تەممووز ئاب ئەیلوول تشرینی_یەکەم تشرینی_دووەم کانوونی_یەکەم",
    "rêbendan reşemî adar nîsan gulan hezîran tîrmeh tebax îlon cotmeh mijdar berfanbar",
    "çile sibat adar nîsan gulan pûşper tîrmeh gelawêj rezber kewçêr sermawez berfanbar",
    "kanûna_paşîn sibat adar nîsan gulan hezîran tîrmeh tebax îlon çiriya_pêşîn çiriya_paşîn kanûna_pêşîn",
    "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "janv fevr mars avr mai juin juil aout sept oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "янв февр март апр май июнь июль авг сент окт нояб дек",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի",
    "հունվար փետրվար մարտ ապրիլ մայիս հունիս հուլիս օգոստոս սեպտեմբեր հոկտեմբեր նոյեմբեր դեկտեմբեր",
    "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר",
    "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი",
    "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
):
    for _number, _name in enumerate(_names.split(), 1):
        _MONTHS.setdefault(plain(_name.replace("_", " ")), _number)

_JALALI = {
    plain(name): number
    for names in (
        "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
        "حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت",
        "خاکەلێوە گوڵان جۆزەردان پووشپەڕ گەلاوێژ خەرمانان ڕەزبەر خەزەڵوەر سەرماوەز بەفرانبار ڕێبەندان ڕەشەمە",
    )
    for number, name in enumerate(names.split(), 1)
}
_TIES = ("ي", "a", "e")
_JALALI_YEARS = range(1300, 1421)
_NUMERIC = re.compile(
    r"\b(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4}))(?!\d)"
)
_NAMED = re.compile(
    r"(?P<d>\d{1,2})\s*(?:ي|ى|ê|e|st|nd|rd|th)?[\s.,-]+(?:(?:من|de|of)\s+)?(?P<m>[^\W\d_]+(?:[ /][^\W\d_]+)?)"
    r"(?:\s?/\s?[^\W\d_]+(?: [^\W\d_]+)?|\s?\([^\W\d_]+(?: [^\W\d_]+)?\))?"  # the same month's other name
    r"[\s.,/-]+(?:de\s+)?(?P<y>\d{4})"
)
_NAMED_FIRST = re.compile(
    r"(?P<m>[^\W\d_]{3,}(?: (?:ال)?(?:اول|ثاني))?)\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})"
)
_URL_DAY = re.compile(r"(?<=[/_.-])(?P<y>(?:19|20)\d\d)(?P<cut>[/-]?)(?P<m>\d{1,2})(?P=cut)(?P<d>\d{1,2})(?=[/_.-]|$)")
_CLOCK = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2}))?\s*"
    r"(?:(?P<am>am|a\.m\.|ص|صباحا?|صبح|ق\.ظ|پ\.ن|ب ن)"
    r"|(?P<pm>pm|p\.m\.|م|مساءا?|ظهرا?|عصرا?|بعد ?از ?ظهر|ب\.ظ|د\.ن|د ن))?(?!\w)"
)
_AMERICAN_CLOCK = re.compile(r"(?<![\d:])(?P<h>\d{1,2}):\d{2}(?::\d{2})?\s*[ap](?:m\b|\.m\.)")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?(?![\d/.:-]))?")
_ZONE = re.compile(
    r"(?:\b(?:UTC|GMT)|غرينتش|جرينتش|گرینویچ)(?:\s?(?P<sign>[+-])\s?(?P<h>\d{1,2})(?::?(?P<min>\d{2}))?)?(?![\w:])"
)


def parse_date(text: str, zone: str, now: datetime) -> datetime | None:
    """An aware UTC time, or None where nothing plausible is written.

    Times that name neither an offset nor Greenwich are in `zone`. Refused: before 1995, more than 26 hours after `now`.
    """
    text = " ".join(text.split())[:200]
    if not text:
        return None
    place = _stated_zone(text) or ZoneInfo(zone)
    for read in (_iso, _rfc, _written):
        found = read(text, place)
        if found is not None and EARLIEST <= found <= now + FUTURE:
            return found.astimezone(UTC)
    return None


def _stated_zone(text: str) -> tzinfo | None:
    """Greenwich's or so many hours off it, where the text says so of the only time that it gives."""
    match = _ZONE.search(text)
    if match is None or len(_CLOCK.findall(text[: match.start()] + text[match.end() :])) > 1:
        return None
    off = timedelta(hours=int(match["h"] or 0), minutes=int(match["min"] or 0))
    return timezone(-off if match["sign"] == "-" else off) if off <= FARTHEST else None


def parse_hijri(text: str, zone: str, now: datetime) -> datetime | None:
    """The time at a Hijri date, right to one day: months begin by sight. None where there is none, or
    none that can be. For what says its time in no other calendar."""
    folded, place = plain(" ".join(text.split())[:200]), ZoneInfo(zone)
    for written in _days(folded):
        date = hijri.gregorian(*written)
        found = _at(date, folded, place) if date else None
        if found is None or not EARLIEST <= found <= now + FUTURE:
            continue
        # Tomorrow by our moon is today by theirs.
        return (found if found <= now else found - timedelta(days=1)).astimezone(UTC)
    return None


def date_in_url(url: str, zone: str, now: datetime) -> datetime | None:
    """The day that stands in an address (`/2026/11/24/`, `/20261124/`, `2026-11-24`), at midnight in
    `zone`; None where none does."""
    match = _URL_DAY.search(url)
    if match is None:
        return None
    year, month, day = (int(match[name]) for name in ("y", "m", "d"))
    try:
        found = datetime(year, month, day, tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return found.astimezone(UTC) if EARLIEST <= found <= now + FUTURE else None


def _iso(text: str, zone: tzinfo) -> datetime | None:
    match = _ISO.search(text)
    candidate = match[0].replace(" +", "+").replace(" Z", "Z") if match else text
    try:
        at = datetime.fromisoformat(candidate)
    except ValueError:
        return None
    if match is None and len(text) < 10:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _rfc(text: str, zone: tzinfo) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" means that the zone is not known (RFC 5322, 3.3).
    return at if at.tzinfo else at.replace(tzinfo=UTC if text.endswith("-0000") else zone)


def _written(text: str, zone: tzinfo) -> datetime | None:
    folded = plain(text)
    for year, month, day in _days(folded):
        date = _jalali(year, month, day) if year in _JALALI_YEARS else (year, month, day)
        if date is not None and year not in hijri.YEARS:
            return _at(date, folded, zone)
    return None


def _at(date: tuple[int, int, int], folded: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime(*date, *_clock(folded), tzinfo=zone)
    except ValueError:
        return None


def _days(text: str) -> Iterator[tuple[int, int, int]]:
    """Year, month and day of every date that is written, each in its own calendar."""
    for match in _NUMERIC.finditer(text):
        year, month, day = (int(match[a] or match[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
        yield (year, day, month) if _is_american(match, text) else (year, month, day)
    for pattern in (_NAMED, _NAMED_FIRST):
        for match in pattern.finditer(text):
            year, name = int(match["y"]), match["m"].split("/")[0].strip()
            month_named = _month(name, year) or _month(name.partition(" ")[0], year)
            if month_named is not None:
                yield year, month_named, int(match["d"])


def _is_american(match: re.Match[str], text: str) -> bool:
    """Whether `11/9/2026` has the month first: with a clock of AM and PM, and no zero before a single digit, as content
    systems write it that were left at the settings of the United States; or since it can be read in no other way."""
    first, second = match["d2"], match["m2"]
    if first is None or "/" not in match[0] or int(match["y2"]) < EARLIEST.year:
        return False
    if int(second) > 12:
        return int(first) <= 12
    clock = _AMERICAN_CLOCK.search(text)
    numbers = (first, second, clock["h"] if clock else "0")
    return any(len(number) == 1 for number in numbers) and not any(number.startswith("0") for number in numbers)


def _month(name: str, year: int) -> int | None:
    if year in hijri.YEARS:
        return hijri.month_named(name)
    months = _JALALI if year in _JALALI_YEARS else _MONTHS
    # Kurdish ties the year to the month by a letter: تشرینی دووەمی 2026, Mijdara 2026.
    return months.get(name) or (months.get(name[:-1]) if name.endswith(_TIES) else None)


def _clock(text: str) -> tuple[int, int]:
    match = _CLOCK.search(text)
    if match is None:
        return 0, 0
    hour = int(match["h"])
    if match["pm"] and hour < 12:
        hour += 12
    if match["am"] and hour == 12:
        hour = 0
    return (hour, int(match["min"])) if hour < 24 and int(match["min"]) < 60 else (0, 0)


def _jalali(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    """A Jalali date in the Gregorian calendar. The 33-year rule, which is exact from 1178 to 1633
    (Borkowski, 1996)."""
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    cycle, rest = divmod(year - 979, 33)
    days = cycle * 12053 + rest * 365 + (rest + 3) // 4
    days += (month - 1) * 31 - max(0, month - 7) + day - 1
    at = datetime(1600, 3, 20, tzinfo=UTC) + timedelta(days=days)
    return at.year, at.month, at.day


__all__ = ["date_in_url", "parse_date", "parse_hijri"]
