"""Bytes -> text: byte order mark, UTF-8 whatever is declared, declared, outlet's, cp1256.

UTF-8 comes before the declaration: regional sites declare windows-1256 and serve UTF-8 far
more often than text in another encoding happens to be valid UTF-8.

Mojibake is met three ways: a page of UTF-8 with a few broken letters stays UTF-8; Arabic declared as
Western is not believed; UTF-8 that was once taken for cp1256 or cp1252, and encoded again, is turned back.
"""

from __future__ import annotations

import codecs
import re
from functools import partial

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_-]{3,20})""", re.IGNORECASE)
_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(rb"[\xc0-\xff]{4}")
"""Four letters in a row that are not ASCII's: a word in Arabic, and none in a Western language."""
_WORDS = 5
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
_SECTION = "§"
"""In every alef of _TWICE and in hardly any page: to look for it alone costs a ninth of counting the pairs."""
_TWICE = (("ط§", "ظ„", "cp1256"), ("Ø§", "Ù\u201e", "cp1252"), ("Ø§", "Ù\x84", "latin-1"))
"""How alef and lam, in every Arabic or Kurdish text, look when each byte was taken for a letter."""
_FOREIGN = re.compile(r"[^\x00-\x7f]{2,}")
_ALIASES = {"iso-8859-6": "windows-1256", "ascii": "windows-1252", "iso-8859-1": "windows-1252"}


def decode(raw: bytes, *, declared: str = "", fallback: str = "") -> tuple[str, str]:
    """(text, encoding used). Never fails: what cannot be decoded becomes U+FFFD."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace"), encoding
    if b"\x00" in raw and (wide := _known(declared)).startswith("utf-16"):
        return raw.decode(wide, "replace"), wide
    try:
        return _turned_back(raw.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as error:
        # Cut off in the middle of a letter is still UTF-8.
        if error.start > len(raw) - 4:
            return raw.decode("utf-8", "ignore"), "utf-8"
    if _is_mostly_utf8(raw):
        return raw.decode("utf-8", "replace"), "utf-8"
    found = _META.search(raw[:4096])
    names = [declared, found[1].decode("ascii") if found else "", fallback, "windows-1256"]
    for name in names:
        encoding = _known(name)
        if encoding in _WESTERN and len(_WORD.findall(raw)) >= _WORDS:
            continue
        if encoding and encoding != "utf-8":
            return raw.decode(encoding, "replace"), encoding
    return raw.decode("utf-8", "replace"), "utf-8"


def _is_mostly_utf8(raw: bytes) -> bool:
    """All but a tenth of what is not ASCII makes letters of UTF-8, as no other encoding's text does."""
    high = len(_HIGH.findall(raw))
    return sum(map(len, _LETTER.findall(raw))) >= 0.9 * high


def _turned_back(text: str) -> str:
    if _SECTION not in text:
        return text
    for alef, lam, encoding in _TWICE:
        if text.count(alef) >= _WORDS and text.count(lam) >= _WORDS:
            return _FOREIGN.sub(partial(_once, encoding=encoding), text)
    return text


def _once(found: re.Match[str], encoding: str) -> str:
    try:
        return found[0].encode(encoding).decode("utf-8")
    except UnicodeError:
        return found[0]


_PAGES = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "gbk", "gb2312", "gb18030", "big5"})
_FAMILIES = ("cp", "iso8859", "koi8", "mac", "euc", "shift", "tis")
"""Encodings of pages; Python knows codecs that are none (rot13, punycode)."""


def _known(name: str) -> str:
    name = _ALIASES.get(name.strip().lower(), name.strip().lower())
    try:
        found = codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
    return found if found in _PAGES or found.startswith(_FAMILIES) else ""
